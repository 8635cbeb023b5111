import type { Engine } from '../engine.ts';
import type { Log } from '../log.ts';
import type { OutboxDoor } from '../outbox-door.ts';
import type { Queues } from '../queues.ts';
import type { Tools } from '../steps/step-context.ts';
import type { Retention } from '../store/retention.ts';
import type { Store } from '../store/store.ts';
import type { JobTrace } from '../trace.ts';

/** What the jobs of the queue `asks` work with. */
export interface AskParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly queues: Queues;
  readonly outbox: OutboxDoor;
  readonly retention: Pick<Retention, 'sweep'>;
  readonly tools: Tools;
  readonly log: Log;
  readonly random: () => number;
  readonly trace?: JobTrace | undefined;
}
