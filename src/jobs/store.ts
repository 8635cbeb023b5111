import type { Asked, AuditEntry, OperationView } from '../cluster/answers.ts';
import { RefusedError, UnknownOperation } from '../cluster/errors.ts';
import { BUSY_STATES } from '../cluster/operation.ts';
import type { Operation, StepRecord } from '../cluster/operation.ts';
import type { Keys } from './keys.ts';
import { RememberedClusters } from './remembered.ts';
import { ADD_OPERATION, BEGIN_CHANGE, BEGIN_VISIT, SET_OPERATION, WRITE_STEP } from './store-scripts.ts';
import type { RedisClient } from '../redis/connect.ts';

/** What is written to the audit log with a change, besides what the operation itself tells. */
export interface AuditNote {
  readonly event: string;
  readonly user?: string;
  readonly detail?: string;
}

export interface Visitor {
  readonly view: OperationView;
  /** Newest visit of the step: only its holder may write the step's record. */
  readonly fence: number;
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

const ASK_KEEP_SECONDS = 7 * 86_400;
const AUDIT_KEEP = 100_000;

/**
 * Operations, their steps, the audit log and what is remembered of clusters, in Redis. Every change of an operation is
 * a compare-and-set together with its audit entry, the cluster's claim and the mark that its message is out of date.
 */
export class Store {
  readonly clusters: RememberedClusters;
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #onState: ((operation: Operation) => void) | undefined;

  /** @param onState told of each operation that this store brought into another state, for metrics */
  constructor(redis: RedisClient, keys: Keys, onState?: (operation: Operation) => void) {
    this.clusters = new RememberedClusters(redis, keys);
    this.#redis = redis;
    this.#keys = keys;
    this.#onState = onState;
  }

  /**
   * Adds an operation and claims its cluster.
   * @returns the operation with that id when it is there already (the same request twice)
   * @throws RefusedError naming the operation that holds the cluster
   */
  async add(operation: Operation, audit: AuditNote): Promise<Operation> {
    const holds = operation.planOnly === true ? '0' : '1';
    const [verdict, text] = (await this.#redis.eval(
      ADD_OPERATION,
      5,
      this.#keys.operation(operation.id),
      this.#keys.operations(),
      this.#keys.liveOperations(),
      this.#keys.busy(operation.cluster),
      this.#keys.audit(),
      JSON.stringify(operation),
      operation.id,
      operation.createdAt,
      holds,
      this.#keys.operation(''),
      JSON.stringify(this.#entry(operation, audit)),
      AUDIT_KEEP,
    )) as [string, string];
    if (verdict === 'busy') {
      throw new RefusedError(
        `Cluster ${operation.cluster} is busy with operation ${text}.`,
        `Wait for it, or look at it with \`/ams ops ${operation.cluster}\`; \`/ams cancel ${text}\` stops it.`,
      );
    }
    if (verdict === 'added') this.#onState?.(operation);
    return verdict === 'there' ? (JSON.parse(text) as Operation) : operation;
  }

  /**
   * Changes an operation exactly once: `change` is pure and may run again when somebody else was faster.
   * Returning the same object changes nothing.
   * @throws UnknownOperation, and whatever `change` throws
   */
  async update(
    id: string,
    audit: AuditNote | ((after: Operation) => AuditNote | undefined) | undefined,
    change: (operation: Operation) => Operation,
    options: { readonly handOverTo?: string } = {},
  ): Promise<Operation> {
    for (;;) {
      const [doc, rev] = await this.#redis.hmget(this.#keys.operation(id), 'doc', 'rev');
      if (doc === null || doc === undefined) throw new UnknownOperation(id);
      const before = JSON.parse(doc) as Operation;
      const after = change(before);
      if (after === before) return before;
      const note = typeof audit === 'function' ? audit(after) : audit;
      const written = await this.#redis.eval(
        SET_OPERATION,
        5,
        this.#keys.operation(id),
        this.#keys.liveOperations(),
        this.#keys.busy(after.cluster),
        this.#keys.audit(),
        this.#keys.untold(),
        rev ?? '0',
        JSON.stringify(after),
        id,
        BUSY_STATES.includes(after.state) ? '1' : '0',
        options.handOverTo ?? '',
        note ? JSON.stringify(this.#entry(after, note)) : '',
        AUDIT_KEEP,
        after.createdAt,
        after.planOnly === true ? '0' : '1',
        this.#keys.operation(''),
      );
      if (written === 1 && after.state !== before.state) this.#onState?.(after);
      if (written === 1) return after;
      if (written === -1) {
        const holder = await this.#redis.get(this.#keys.busy(after.cluster));
        throw new RefusedError(
          `Cluster ${after.cluster} is busy with operation ${holder ?? '(another)'}.`,
          'Wait for it, then try again.',
        );
      }
    }
  }

  async read(id: string): Promise<Operation | undefined> {
    const doc = await this.#redis.hget(this.#keys.operation(id), 'doc');
    return doc === null ? undefined : (JSON.parse(doc) as Operation);
  }

  /** Of these ids, those that nothing is recorded of. */
  async unknown(ids: readonly string[]): Promise<readonly string[]> {
    const there = await Promise.all(ids.map((id) => this.#redis.exists(this.#keys.operation(id))));
    return ids.filter((_id, at) => there[at] === 0);
  }

  async steps(id: string): Promise<Readonly<Record<string, StepRecord>>> {
    const raw = await this.#redis.hgetall(this.#keys.steps(id));
    return Object.fromEntries(
      Object.entries(raw).map(([step, text]) => [step, JSON.parse(text) as StepRecord]),
    );
  }

  async view(id: string): Promise<OperationView | undefined> {
    const [operation, steps] = await Promise.all([this.read(id), this.steps(id)]);
    return operation && { operation, steps };
  }

  /** Begins a visit to a step: from now on, earlier visits of it can write nothing. */
  async beginVisit(id: string, step: string): Promise<Visitor | undefined> {
    const [fence, doc, flat] = (await this.#redis.eval(
      BEGIN_VISIT,
      3,
      this.#keys.operation(id),
      this.#keys.steps(id),
      this.#keys.fences(id),
      step,
    )) as [number, string | null, string[]];
    if (doc === null) return undefined;
    const steps: Record<string, StepRecord> = {};
    for (let at = 0; at < flat.length; at += 2) {
      const name = flat[at];
      const text = flat[at + 1];
      if (name !== undefined && text !== undefined) steps[name] = JSON.parse(text) as StepRecord;
    }
    return { fence, view: { operation: JSON.parse(doc) as Operation, steps } };
  }

  /** Writes a step's record and marks the operation's message as out of date. @throws StepTaken */
  async writeStep(
    id: string,
    step: string,
    fence: number,
    record: StepRecord,
    audit?: AuditEntry,
  ): Promise<void> {
    const written = await this.#redis.eval(
      WRITE_STEP,
      4,
      this.#keys.steps(id),
      this.#keys.fences(id),
      this.#keys.untold(),
      this.#keys.audit(),
      step,
      fence,
      JSON.stringify(record),
      id,
      audit ? JSON.stringify(audit) : '',
      AUDIT_KEEP,
    );
    if (written !== 1) throw new StepTaken(id, step);
  }

  /**
   * Marks a step as changing the cloud, in one with the look whether its operation still runs: once a cancel has been
   * answered no change begins that it did not find marked.
   * @throws OperationStopped, StepTaken
   */
  async beginChange(
    operation: Pick<Operation, 'id' | 'run'>,
    step: string,
    fence: number,
    record: StepRecord,
  ): Promise<void> {
    const { id, run } = operation;
    const verdict = await this.#redis.eval(
      BEGIN_CHANGE,
      3,
      this.#keys.operation(id),
      this.#keys.steps(id),
      this.#keys.fences(id),
      step,
      fence,
      run,
      JSON.stringify(record),
    );
    if (verdict === 0) throw new StepTaken(id, step);
    if (verdict !== 1) throw new OperationStopped(id);
  }

  /** @throws StepTaken when another visit of the step has begun */
  async expectVisit(id: string, step: string, fence: number): Promise<void> {
    if ((await this.#redis.hget(this.#keys.fences(id), step)) !== String(fence))
      throw new StepTaken(id, step);
  }

  /** Forgets the failed ends of steps, so that a retry begins them anew; what is done stays done. */
  async reopenSteps(id: string): Promise<void> {
    const steps = await this.steps(id);
    for (const [step, record] of Object.entries(steps)) {
      if (record.state === 'done') continue;
      const { memory, notes } = record;
      const fresh: StepRecord = {
        state: 'pending',
        ...(memory ? { memory } : {}),
        ...(notes ? { notes } : {}),
      };
      await this.#redis.hincrby(this.#keys.fences(id), step, 1);
      await this.#redis.hset(this.#keys.steps(id), step, JSON.stringify(fresh));
    }
  }

  /** Ids of all operations that are not over. */
  liveIds(): Promise<string[]> {
    return this.#redis.zrange(this.#keys.liveOperations(), '0', '-1');
  }

  /** Newest first. `after`: only those created later than that (milliseconds since 1970). */
  async list(filter: {
    cluster?: string;
    live?: boolean;
    after?: number;
    limit: number;
  }): Promise<readonly Operation[]> {
    const found: Operation[] = [];
    const index = filter.live === true ? this.#keys.liveOperations() : this.#keys.operations();
    for (let from = 0; found.length < filter.limit; from += 100) {
      const oldest = filter.after === undefined ? '-inf' : `(${filter.after}`;
      const ids = await this.#redis.zrevrangebyscore(index, '+inf', oldest, 'LIMIT', from, 100);
      if (ids.length === 0) break;
      const docs = await Promise.all(ids.map((id) => this.read(id)));
      found.push(
        ...docs
          .filter((op) => op !== undefined && (!filter.cluster || op.cluster === filter.cluster))
          .map((op) => op as Operation),
      );
    }
    return found.slice(0, filter.limit);
  }

  /** Newest first. */
  async history(filter: { cluster?: string; limit: number }): Promise<readonly AuditEntry[]> {
    const rows = await this.#redis.xrevrange(this.#keys.audit(), '+', '-', 'COUNT', 2_000);
    const entries = rows.map(([, fields]) => JSON.parse(fields[1] ?? '{}') as AuditEntry);
    return entries
      .filter((entry) => !filter.cluster || entry.cluster === filter.cluster)
      .slice(0, filter.limit);
  }

  /** Messages that may be out of date although nobody told the outbox: healed by the sweeper. */
  untold(): Promise<string[]> {
    return this.#redis.smembers(this.#keys.untold());
  }

  async told(id: string): Promise<void> {
    await this.#redis.srem(this.#keys.untold(), id);
  }

  async keepAsk(asked: Asked): Promise<void> {
    await this.#redis.set(this.#keys.ask(asked.id), JSON.stringify(asked), 'EX', ASK_KEEP_SECONDS);
  }

  async asked(id: string): Promise<Asked | undefined> {
    const text = await this.#redis.get(this.#keys.ask(id));
    return text === null ? undefined : (JSON.parse(text) as Asked);
  }

  #entry(operation: Operation, note: AuditNote): AuditEntry {
    return {
      at: Date.now(),
      operation: operation.id,
      cluster: operation.cluster,
      kind: operation.wish.kind,
      event: note.event,
      ...(note.user === undefined ? {} : { user: note.user }),
      ...(operation.digest === undefined ? {} : { digest: operation.digest }),
      ...(note.detail === undefined ? {} : { detail: note.detail }),
    };
  }
}
