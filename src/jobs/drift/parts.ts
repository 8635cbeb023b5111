import type { Log } from '../log.ts';
import type { OutboxDoor } from '../outbox-door.ts';
import type { Queues } from '../queues.ts';
import type { Tools } from '../steps/step-context.ts';
import type { Store } from '../store/store.ts';

/** What the looks for drift work with. */
export interface DriftParts {
  readonly store: Store;
  readonly queues: Queues;
  readonly outbox: OutboxDoor;
  readonly tools: Tools;
  readonly log: Log;
}
