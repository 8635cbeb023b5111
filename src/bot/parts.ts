import type { Settings } from '../cluster/settings.ts';
import type { Desk } from '../jobs/desk.ts';
import type { Log } from '../jobs/log.ts';
import type { Access } from './access.ts';

/** What all handlers share. */
export interface BotParts {
  readonly desk: Desk;
  readonly settings: Settings;
  readonly access: Access;
  readonly log: Log;
  readonly now: () => number;
  /** Has a message sent or brought up to date. */
  touch(key: string): Promise<void>;
  /** Notes that a person opened the app's home, and has it shown. `isNew`: Slack shows them none yet. */
  homeOpened(user: string, isNew: boolean): Promise<void>;
  /** Whether this delivery is the first of its kind; true when that cannot be known. */
  isFirst(deliveryId: string): Promise<boolean>;
}
