import { AmsError } from '../../cluster/errors.ts';
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

export function logProblem(log: Log, error: unknown, about: string): void {
  const fields =
    error instanceof AmsError
      ? { about, code: error.code, problem: error.message }
      : {
          about,
          error: error instanceof Error ? (error.stack ?? error.name).slice(0, 2_000) : typeof error,
        };
  log.error(fields, 'could not be prepared or answered');
}
