import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../cluster/answers.ts';
import type { Operation, StepRecord } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { RedisClient } from '../../redis/connect.ts';
import { CommonClock } from './common-clock.ts';
import type { Keys } from './keys.ts';
import { KnownOperations } from './known-operations.ts';
import type { KnownOperation } from './known-operations.ts';
import type { StepJob } from '../queues.ts';
import { BEGIN_CHANGE, BEGIN_TAKEN, BEGIN_VISIT, WRITE_STEP } from './store-scripts.ts';

/** One visit to one step. */
export interface StepVisit {
  readonly operation: Operation;
  readonly step: PlanStep;
  /** Newest visit of the step: only its holder may write the step's record. */
  readonly fence: number;
  /** The step as it was when the visit began. */
  readonly record: StepRecord;
  /** The step was untouched until now; what is recorded by now is what it was to begin with. */
  readonly begun: StepRecord | undefined;
  /** Other steps of the operation that have been visited so far, by whomever. */
  readonly others: readonly string[];
  /** What is recorded of another step. */
  other(step: string): StepRecord | undefined;
}

/** Where the jobs of a queue lie: the list of those that are active, and what the keys of each begin with. */
export interface JobsPlace {
  readonly active: string;
  readonly prefix: string;
}

/** A visit that was begun as its job was taken. */
export interface TakenVisit {
  readonly jobId: string;
  /** @returns nothing when there is no such step */
  visitor(job: { readonly name: string; readonly data: StepJob }): Promise<StepVisit | undefined>;
}

/**
 * Number of the visit, digest of the operation's document, steps and their records by turns, begun now?, Redis' time, the
 * document.
 */
type BeginAnswer = readonly [number, string, readonly string[], number, number, string];

/** What the end of a step leads to. */
export interface Next {
  /** Steps that may start now: this was the last one that they waited for. */
  readonly ready: readonly string[];
  /** Nothing waits for this step: the operation may be over. */
  readonly last: boolean;
}

/** Another visit of the same step has begun since: this one must stop and write nothing. */
export class StepTaken extends Error {
  constructor(operation: string, step: string) {
    super(`step ${step} of ${operation} is visited by another worker`);
    this.name = 'StepTaken';
  }
}

/** The operation was stopped since this visit began: it must change nothing any more. */
export class OperationStopped extends Error {
  constructor(operation: string) {
    super(`${operation} is not running any more`);
    this.name = 'OperationStopped';
  }
}

/** So many entries of the audit log are kept, about. */
export const AUDIT_KEEP = 100_000;

/** Visits to steps: what they find recorded and what they write. Each visit has a number, and only the newest writes. */
export class Visits {
  /** Each visit that begins tells what it knows. */
  readonly clock: CommonClock;
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #known = new KnownOperations();

  /** @param now the clock of this process */
  constructor(redis: RedisClient, keys: Keys, now?: () => number) {
    this.clock = new CommonClock(now);
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Sends a command that does nothing, where Redis is there: see `onTime`. */
  async nudge(): Promise<void> {
    if (this.#redis.status === 'ready') await this.#redis.exists(this.#keys.untold());
  }

  /**
   * Begins a visit to a step: from now on, earlier visits of it can write nothing.
   * @param opening the record with which a step begins that nobody has begun; it is told the step where this process
   *   knows the plan already
   * @returns nothing when there is no such step
   */
  async begin(
    { operation: id, step, run }: StepJob,
    opening: (step: PlanStep | undefined) => StepRecord,
  ): Promise<StepVisit | undefined> {
    const before = this.#known.get(id);
    const { aheadMs } = this.clock;
    const fresh = opening(before && stepOf(before.operation, step));
    const heard = this.clock.asking();
    const answer = (await BEGIN_VISIT.run(
      this.#redis,
      [this.#keys.operation(id), this.#keys.untold(), this.#keys.steps(id), this.#keys.fences(id)],
      [step, id, run, before?.digest ?? '', JSON.stringify(fresh)],
    )) as BeginAnswer;
    const [fence, digest, , , time, doc] = answer;
    if (fence === 0) return undefined;
    heard(time);
    const known = before?.digest === digest ? before : this.#known.read(id, digest, doc);
    return visitorOf(known.operation, step, answer, this.#asKnownNow(fresh, aheadMs));
  }

  /**
   * Begins the visits to the steps whose jobs were taken with these tokens by the commands before.
   * @param fresh the record with which a step begins that nobody has begun
   * @param changers names of the jobs of steps that may change something at once: their records say so
   * @returns by token; nothing where no job was taken, or one that somebody else had before
   */
  async beginTaken(
    tokens: readonly string[],
    jobs: JobsPlace,
    fresh: StepRecord,
    changers: readonly string[],
  ): Promise<ReadonlyMap<string, TakenVisit>> {
    const openings = [fresh, { ...fresh, changing: true }].map((record) => JSON.stringify(record));
    const { aheadMs } = this.clock;
    const heard = this.clock.asking();
    const [time, flat] = (await BEGIN_TAKEN.run(
      this.#redis,
      [jobs.active, this.#keys.untold()],
      [jobs.prefix, this.#keys.operation(''), ...openings, changers.length, ...changers, ...tokens],
    )) as readonly [number, readonly unknown[]];
    heard(time);
    const visits = new Map<string, TakenVisit>();
    for (let at = 0; at + 2 < flat.length; at += 3) {
      const [token, jobId, answer] = flat.slice(at, at + 3) as [string, string, BeginAnswer];
      visits.set(token, {
        jobId,
        visitor: async ({ name, data: { operation: id, step } }) => {
          const before = this.#known.get(id);
          const known = before?.digest === answer[1] ? before : await this.#read(id);
          const begun = changers.includes(name) ? { ...fresh, changing: true } : fresh;
          return known && visitorOf(known.operation, step, answer, this.#asKnownNow(begun, aheadMs));
        },
      });
    }
    return visits;
  }

  /** The record with which a step has begun a moment ago, when this process' clock was taken to be so far ahead. */
  #asKnownNow(fresh: StepRecord, aheadMs: number): StepRecord {
    const laterMs = aheadMs - this.clock.aheadMs;
    if (laterMs === 0 || fresh.startedAt === undefined) return fresh;
    return { ...fresh, startedAt: fresh.startedAt + laterMs };
  }

  async #read(id: string): Promise<KnownOperation | undefined> {
    const doc = await this.#redis.hget(this.#keys.operation(id), 'doc');
    if (doc === null) return undefined;
    return this.#known.read(id, createHash('sha1').update(doc).digest('hex'), doc);
  }

  /** Writes a step's record and marks the operation's message as out of date. @throws StepTaken */
  async write(visitor: StepVisit, record: StepRecord, audit?: AuditEntry): Promise<void> {
    await this.#write(visitor, record, audit, []);
  }

  /** Steps that are ready once this one is done, as far as its visit's beginning has shown: what is done stays done. */
  readyAfter(visitor: StepVisit): readonly string[] {
    const { step, other } = visitor;
    const isDone = (id: string): boolean => id === step.id || other(id)?.state === 'done';
    const isPending = (id: string): boolean => (other(id)?.state ?? 'pending') === 'pending';
    const next = followersOf(visitor);
    return next.filter(({ id, after }) => isPending(id) && after.every(isDone)).map(({ id }) => id);
  }

  /** Whether nothing but these steps can be ready once this one is done. */
  isFollowedBy(visitor: StepVisit, ready: readonly string[]): boolean {
    const next = followersOf(visitor);
    return next.length > 0 && next.every(({ id }) => ready.includes(id));
  }

  /**
   * Writes that a step is done, in one with the look at what that leads to: of two that end at the same time, one finds
   * both done.
   * @throws StepTaken
   */
  async end(visitor: StepVisit, record: StepRecord, audit: AuditEntry): Promise<Next> {
    const { step } = visitor;
    const next = followersOf(visitor);
    const asked = [...new Set(next.flatMap(({ id, after }) => [id, ...after]))].filter(
      (id) => id !== step.id,
    );
    const texts = await this.#write(visitor, record, audit, asked);
    const records = new Map(asked.map((id, at) => [id, recordOf(texts[at])]));
    const isDone = (id: string): boolean => id === step.id || records.get(id)?.state === 'done';
    const isPending = (id: string): boolean => (records.get(id)?.state ?? 'pending') === 'pending';
    const ready = next.filter(({ id, after }) => isPending(id) && after.every(isDone)).map(({ id }) => id);
    return { ready, last: next.length === 0 };
  }

  /**
   * Marks a step as changing the cloud, in one with the look whether its operation still runs: once a cancel has been
   * answered no change begins that it did not find marked.
   * @throws OperationStopped, StepTaken
   */
  async beginChange({ operation, step, fence }: StepVisit, record: StepRecord): Promise<void> {
    const { id, run } = operation;
    const verdict = await BEGIN_CHANGE.run(
      this.#redis,
      [this.#keys.operation(id), this.#keys.steps(id), this.#keys.fences(id)],
      [step.id, fence, run, JSON.stringify(record)],
    );
    if (verdict === 0) throw new StepTaken(id, step.id);
    if (verdict !== 1) throw new OperationStopped(id);
  }

  /** @throws StepTaken when another visit of the step has begun */
  async expectNewest({ operation: { id }, step, fence }: StepVisit): Promise<void> {
    if ((await this.#redis.hget(this.#keys.fences(id), step.id)) !== String(fence))
      throw new StepTaken(id, step.id);
  }

  async #write(
    { operation: { id }, step, fence }: StepVisit,
    record: StepRecord,
    audit: AuditEntry | undefined,
    others: readonly string[],
  ): Promise<readonly (string | null)[]> {
    const written = await WRITE_STEP.run(
      this.#redis,
      [this.#keys.steps(id), this.#keys.fences(id), this.#keys.untold(), this.#keys.audit()],
      [step.id, fence, JSON.stringify(record), id, audit ? JSON.stringify(audit) : '', AUDIT_KEEP, ...others],
    );
    if (written === null) throw new StepTaken(id, step.id);
    return written as readonly (string | null)[];
  }
}

/**
 * Whether a step's job came before the steps that it needs were done. Jobs are sent right behind the end of the step
 * before: where that end did not come to pass, since the visit was taken over or Redis had lost the script, they wait.
 * One that has begun may have been left so by a process that died before it could put the step back.
 */
export function cameTooSoon({ step, record: { state }, other }: StepVisit): boolean {
  if (state !== 'pending' && state !== 'running') return false;
  return !step.after.every((id) => other(id)?.state === 'done');
}

function visitorOf(
  operation: Operation,
  step: string,
  [fence, , flat, begun]: BeginAnswer,
  fresh: StepRecord,
): StepVisit | undefined {
  const planned = stepOf(operation, step);
  if (planned === undefined) return undefined;
  const texts = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) texts.set(flat[at] ?? '', flat[at + 1] ?? '');
  return {
    operation,
    step: planned,
    fence,
    record: recordOf(texts.get(step)) ?? { state: 'pending' },
    begun: begun === 1 ? fresh : undefined,
    others: [...texts.keys()].filter((other) => other !== step),
    other: (other) => recordOf(texts.get(other)),
  };
}

/** Steps that wait for the one that is visited. */
function followersOf({ operation, step }: StepVisit): readonly PlanStep[] {
  return operation.plan?.steps.filter(({ after }) => after.includes(step.id)) ?? [];
}

function stepOf({ plan }: Operation, id: string): PlanStep | undefined {
  return plan?.steps.find((step) => step.id === id);
}

function recordOf(text: string | null | undefined): StepRecord | undefined {
  return text === null || text === undefined ? undefined : (JSON.parse(text) as StepRecord);
}
