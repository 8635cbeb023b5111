import type { MessageKey } from './desk.ts';

/** The worker's side of the outbox: says that messages should be brought up to date. */
export interface OutboxDoor {
  touch(...keys: readonly MessageKey[]): Promise<void>;
}
