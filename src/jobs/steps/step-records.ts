import type { StepRecord, StepWait } from '../../cluster/operation.ts';
import type { Output } from '../resource.ts';
import type { Gathered } from './step-context.ts';

/** The record of a step that is being visited. @param before the record that the visit found */
export function runningRecord(
  before: StepRecord,
  { memory, notes }: Pick<Gathered, 'memory' | 'notes'>,
  now: {
    readonly startedAt: number;
    readonly changing: boolean;
    readonly changedAt: number | undefined;
    readonly unseenMs: number;
  },
): StepRecord {
  const { why, attempts, wait, changes } = before;
  return {
    state: 'running',
    startedAt: now.startedAt,
    ...(now.changing ? { changing: true } : {}),
    ...(now.unseenMs > 0 ? { unseenMs: now.unseenMs } : {}),
    ...(why === undefined ? {} : { why }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(wait === undefined ? {} : { wait }),
    ...(changes === undefined ? {} : { changes }),
    ...(now.changedAt === undefined ? {} : { changedAt: now.changedAt }),
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** Of one that is done: what only a step under way needs is left out. */
export function doneRecord(running: StepRecord, endedAt: number, output: Output | undefined): StepRecord {
  const { why: _why, attempts: _attempts, wait: _wait, changes: _changes, changedAt: _at, ...more } = running;
  const { unseenMs: _unseen, ...rest } = more;
  return { ...rest, state: 'done', endedAt, ...(output ? { output } : {}) };
}

/** Of one that looks again. @param attempts visits in a row that met an error; undefined: the last one met none */
export function waitingRecord(
  running: StepRecord,
  next: {
    readonly wait: StepWait | undefined;
    readonly changes: number;
    readonly attempts: number | undefined;
    readonly why: string;
    readonly lookAgainAt: number;
  },
): StepRecord {
  const { attempts: _attempts, wait: _wait, ...rest } = running;
  const { wait, changes, attempts, why, lookAgainAt } = next;
  return {
    ...rest,
    ...(wait ? { wait } : {}),
    ...(changes > 0 ? { changes } : {}),
    ...(attempts === undefined ? {} : { attempts }),
    state: 'waiting',
    why,
    lookAgainAt,
  };
}
