import { createHash } from 'node:crypto';
import type { Asked, AuditEntry, OperationView } from '../../cluster/answers.ts';
import { RefusedError, UnknownOperation } from '../../cluster/errors.ts';
import { BUSY_STATES } from '../../cluster/operation.ts';
import type { Operation, OperationState, Standing, StepRecord } from '../../cluster/operation.ts';
import { auditEntry } from './audit-entry.ts';
import type { AuditNote } from './audit-entry.ts';
import type { Keys } from './keys.ts';
import { RememberedClusters } from './remembered.ts';
import { reopenedRecord } from './reopened.ts';
import { ADD_OPERATION, DOCUMENTS_OF, SET_OPERATION } from './store-scripts.ts';
import { AUDIT_KEEP, Visits } from './visits.ts';
import type { RedisClient } from '../../redis/connect.ts';

/** What goes with a change of an operation, in the same moment. */
export interface ChangeOptions {
  /** The operation that is added and takes the cluster over from the one that ends. */
  readonly successor?: { readonly operation: Operation; readonly note: AuditNote };
  /** Steps that are not done begin anew; visits to them that are still under way end unheard. */
  readonly reopen?: boolean;
}

const ASK_KEEP_SECONDS = 7 * 86_400;
/** Entries of the audit log that are read at a time. */
const AUDIT_PAGE = 2_000;

/**
 * Operations, their steps, the audit log and what is remembered of clusters, in Redis. Every change of an operation is
 * a compare-and-set together with its audit entry, the cluster's claim and the mark that its message is out of date.
 */
export class Store {
  readonly clusters: RememberedClusters;
  readonly visits: Visits;
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #onState: ((operation: Operation) => void) | undefined;

  /**
   * @param onState told of each operation that this store brought into another state, for metrics
   * @param now the clock of this process
   */
  constructor(redis: RedisClient, keys: Keys, onState?: (operation: Operation) => void, now?: () => number) {
    this.clusters = new RememberedClusters(redis, keys);
    this.visits = new Visits(redis, keys, now);
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
    const doc = JSON.stringify(operation);
    const [verdict, text] = (await ADD_OPERATION.run(
      this.#redis,
      [
        this.#keys.operation(operation.id),
        this.#keys.operations(),
        this.#keys.liveOperations(),
        this.#keys.busy(operation.cluster),
        this.#keys.audit(),
      ],
      [
        doc,
        operation.id,
        operation.createdAt,
        holds,
        JSON.stringify(auditEntry(operation, audit, Date.now())),
        AUDIT_KEEP,
        markOf(operation, doc),
      ],
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
    options: ChangeOptions = {},
  ): Promise<Operation> {
    for (;;) {
      const [doc, rev] = await this.#redis.hmget(this.#keys.operation(id), 'doc', 'rev');
      if (doc === null || doc === undefined) throw new UnknownOperation(id);
      const before = JSON.parse(doc) as Operation;
      const after = change(before);
      if (after === before) return before;
      const note = typeof audit === 'function' ? audit(after) : audit;
      const text = JSON.stringify(after);
      const { successor } = options;
      const written = await SET_OPERATION.run(
        this.#redis,
        [
          this.#keys.operation(id),
          this.#keys.liveOperations(),
          this.#keys.busy(after.cluster),
          this.#keys.audit(),
          this.#keys.untold(),
          this.#keys.steps(id),
          this.#keys.fences(id),
          ...(successor ? [this.#keys.operation(successor.operation.id), this.#keys.operations()] : []),
        ],
        [
          rev ?? '0',
          text,
          id,
          BUSY_STATES.includes(after.state) ? '1' : '0',
          note ? JSON.stringify(auditEntry(after, note, Date.now())) : '',
          AUDIT_KEEP,
          after.createdAt,
          after.planOnly === true ? '0' : '1',
          markOf(after, text),
          ...(successor ? this.#added(successor) : ['', '', '', '', '']),
          ...(options.reopen === true ? await this.#reopened(id) : []),
        ],
      );
      if (written === 1 && successor) this.#onState?.(successor.operation);
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

  /** What `SET_OPERATION` adds a successor by: id, document, mark without revision, audit entry, when it was created. */
  #added({ operation, note }: NonNullable<ChangeOptions['successor']>): (string | number)[] {
    const doc = JSON.stringify(operation);
    const entry = JSON.stringify(auditEntry(operation, note, Date.now()));
    return [operation.id, doc, markOf(operation, doc), entry, operation.createdAt];
  }

  async read(id: string): Promise<Operation | undefined> {
    const doc = await this.#redis.hget(this.#keys.operation(id), 'doc');
    return doc === null ? undefined : (JSON.parse(doc) as Operation);
  }

  /** How these operations stand, by id; those that nothing is recorded of are missing. */
  async standing(ids: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    const all = await Promise.all(ids.map(async (id) => [id, await this.#standing(id)] as const));
    return new Map(all.flatMap(([id, standing]) => (standing === undefined ? [] : [[id, standing]])));
  }

  /** By its mark, which is short. An older version of this program leaves it behind, which its revision shows. */
  async #standing(id: string): Promise<Standing | undefined> {
    const [rev, mark] = await this.#redis.hmget(this.#keys.operation(id), 'rev', 'mark');
    const [of, state, run] = mark?.split(' ') ?? [];
    return of === rev && run !== undefined
      ? { state: state as OperationState, run: Number(run) }
      : this.read(id);
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

  /**
   * The steps that are not done, as triples for `SET_OPERATION`: name, record, and the record with which it begins anew.
   * What it remembers stays.
   */
  async #reopened(id: string): Promise<string[]> {
    const raw = await this.#redis.hgetall(this.#keys.steps(id));
    return Object.entries(raw).flatMap(([step, text]) => {
      const record = JSON.parse(text) as StepRecord;
      return record.state === 'done' ? [] : [step, text, JSON.stringify(reopenedRecord(record))];
    });
  }

  /** Ids of all operations that are not over. */
  liveIds(): Promise<string[]> {
    return this.#redis.zrange(this.#keys.liveOperations(), '0', '-1');
  }

  /** By cluster: the live operation that holds it. */
  async holders(clusters: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const held = await Promise.all(
      clusters.map(async (cluster) => {
        const id = await this.#redis.get(this.#keys.busy(cluster));
        const isLive = id !== null && (await this.#redis.zscore(this.#keys.liveOperations(), id)) !== null;
        return isLive ? ([[cluster, id]] as const) : [];
      }),
    );
    return new Map(held.flat());
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
      const keys = ids.map((id) => this.#keys.operation(id));
      const docs = (await DOCUMENTS_OF.run(this.#redis, keys, [filter.cluster ?? ''])) as string[];
      found.push(...docs.map((doc) => JSON.parse(doc) as Operation));
    }
    return found.slice(0, filter.limit);
  }

  /** Newest first, from all of the log: other clusters may have written a lot since. */
  async history({ cluster, limit }: { cluster?: string; limit: number }): Promise<readonly AuditEntry[]> {
    const found: AuditEntry[] = [];
    const mark = cluster === undefined ? '' : `"cluster":${JSON.stringify(cluster)}`;
    for (let end = '+'; found.length < limit;) {
      const rows = await this.#redis.xrevrange(this.#keys.audit(), end, '-', 'COUNT', AUDIT_PAGE);
      // Reading each would take longer than looking for the name in it.
      const near = rows.map(([, fields]) => fields[1] ?? '{}').filter((text) => text.includes(mark));
      const entries = near.map((text) => JSON.parse(text) as AuditEntry);
      found.push(...entries.filter((entry) => cluster === undefined || entry.cluster === cluster));
      if (rows.length < AUDIT_PAGE) break;
      end = `(${rows.at(-1)?.[0] ?? ''}`;
    }
    return found.slice(0, limit);
  }

  /** Messages that may be out of date although nobody told the outbox: healed by the sweeper. */
  untold(): Promise<string[]> {
    return this.#redis.smembers(this.#keys.untold());
  }

  async told(...ids: readonly string[]): Promise<void> {
    await this.#redis.srem(this.#keys.untold(), ...ids);
  }

  /** Keeps a question, with its answer once that is there. */
  async keepAsk(asked: Asked): Promise<void> {
    await this.#redis.set(this.#keys.ask(asked.id), JSON.stringify(asked), 'EX', ASK_KEEP_SECONDS);
  }

  /** Keeps a question, unless whoever answers it was faster. */
  async keepNewAsk(asked: Asked): Promise<void> {
    await this.#redis.set(this.#keys.ask(asked.id), JSON.stringify(asked), 'EX', ASK_KEEP_SECONDS, 'NX');
  }

  async asked(id: string): Promise<Asked | undefined> {
    const text = await this.#redis.get(this.#keys.ask(id));
    return text === null ? undefined : (JSON.parse(text) as Asked);
  }
}

/** How an operation stands, for scripts: state, run and digest of its document. */
function markOf({ state, run }: Operation, doc: string): string {
  return `${state} ${run} ${createHash('sha1').update(doc).digest('hex')}`;
}
