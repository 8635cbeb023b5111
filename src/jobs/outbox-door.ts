import type { MessageKey } from './desk.ts';

/** The worker's side of the outbox: says that a message should be brought up to date. */
export interface OutboxDoor {
  touch(key: MessageKey): Promise<void>;
}
