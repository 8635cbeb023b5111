import type { WebClient } from '@slack/web-api';
import type { Operation, Standing } from '../../cluster/operation.ts';
import type { MessageKey } from '../../jobs/desk.ts';
import type { Log } from '../../jobs/log.ts';
import { patienceMs } from '../../jobs/patience.ts';
import { lostView } from '../views/lost.ts';
import { UNFINISHED } from './letter.ts';
import type { Place } from './places.ts';
import type { Turns } from './shared-pace.ts';
import { readTrouble } from './slack-calls.ts';

/** How often the records behind unfinished messages are looked for, real milliseconds. */
const LOOK_EVERY_MS = 10_000;
const DAY_MS = 86_400_000;
/** Whose clock is ahead forgets a record so much earlier than this process would. */
const CLOCKS_APART_MS = 3_600_000;
/** A plan that asks is made sure of so often, unscaled: nothing changes it, and a person may have deleted it. */
const SURE_EVERY_MS = 5 * 60_000;

/** What its message tells once its record is gone. Plans are large, and those that failed are known for months. */
type Told = Pick<Operation, 'id' | 'cluster' | 'wish' | 'state' | 'run' | 'endedAt'>;

/** Where in Slack an operation's message lies. */
interface Shown {
  readonly operation: Told;
  readonly channel: string;
  readonly ts: string;
  /** When it was last known to be there. */
  readonly at: number;
}

export interface UnfinishedParts {
  readonly client: WebClient;
  readonly pace: Turns;
  readonly log: Log;
  /** How long an operation's record is kept after its end; 0: for ever. Real days. */
  readonly keepDays: number;
  readonly timeScale: number;
  readonly now: () => number;
  /** How these operations stand, by id; those without a record are missing. */
  readonly standing: (ids: readonly string[]) => Promise<ReadonlyMap<string, Standing>>;
  readonly read: (id: string) => Promise<Operation | undefined>;
  /** Where its message lies, and when it was sent last, by whichever process. */
  readonly placeOf: (id: string) => Promise<Place>;
  readonly touch: (key: MessageKey) => Promise<void>;
  /** What was sent there is no longer known: whoever sends the message next finds out whether it is there. */
  readonly doubt: (key: MessageKey, ts: string) => Promise<void>;
}

/**
 * Messages of this process that show an operation as unfinished. Redis holds their operations, and when it was emptied
 * nothing brings them up to date any more: so this process, which still knows them, says that they are lost.
 */
export class Unfinished {
  readonly #parts: UnfinishedParts;
  readonly #shown = new Map<string, Shown>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: UnfinishedParts) {
    this.#parts = parts;
  }

  /** An operation's message says that it is not over. */
  note(operation: Operation, channel: string, ts: string): void {
    this.#shown.set(operation.id, { operation: toldOf(operation), channel, ts, at: this.#parts.now() });
  }

  /** An operation's message shows its end. */
  over(id: string): void {
    this.#shown.delete(id);
  }

  start(): void {
    this.#timer = setInterval(() => this.#lookOnce(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Redis is back, with an older state perhaps, or with none: the messages show what it says now. */
  async redisIsBack(): Promise<void> {
    this.#lookOnce();
    for (const id of this.#shown.keys()) await this.#parts.touch(`op:${id}`).catch(() => undefined);
  }

  #lookOnce(): void {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { standing, log } = this.#parts;
    const all = [...this.#shown.values()];
    try {
      const recorded = await standing(all.map(({ operation }) => operation.id));
      for (const shown of all) {
        const { id, state, run } = shown.operation;
        const now = recorded.get(id);
        if (now === undefined) await this.#isGone(shown);
        else if (!UNFINISHED.has(now.state) || now.state !== state || now.run !== run)
          await this.#renew(shown);
        else if (state === 'awaiting-approval') await this.#makeSure(shown);
      }
    } catch (error) {
      // Redis is away rather than empty: the next look tells.
      log.debug({ error: String(error) }, 'records of unfinished operations could not be looked for');
    }
  }

  async #makeSure(shown: Shown): Promise<void> {
    const { now, timeScale, touch, doubt } = this.#parts;
    const { id } = shown.operation;
    if (now() - shown.at < patienceMs(SURE_EVERY_MS, timeScale) || this.#shown.get(id) !== shown) return;
    this.#shown.set(id, { ...shown, at: now() });
    await doubt(`op:${id}`, shown.ts);
    await touch(`op:${id}`);
  }

  async #isGone(shown: Shown): Promise<void> {
    const { id } = shown.operation;
    if (this.#isLongOver(shown.operation)) this.#shown.delete(id);
    else if (this.#shown.has(id)) await this.#tell(shown);
  }

  /** It went on since, which another process has shown or has yet to show. */
  async #renew(shown: Shown): Promise<void> {
    const { read, placeOf, touch } = this.#parts;
    const { id } = shown.operation;
    const [operation, { sentAt = 0, closed = false }] = await Promise.all([read(id), placeOf(id)]);
    if (!operation || this.#shown.get(id) !== shown) return;
    const { state, endedAt = 0 } = operation;
    const isOver = !UNFINISHED.has(state);
    if (isOver && (closed || sentAt >= endedAt)) return void this.#shown.delete(id);
    this.#shown.set(id, { ...shown, operation: toldOf(operation) });
    // Whoever ended it may have ended itself before the message was marked.
    if (isOver) await touch(`op:${id}`);
  }

  /** Its record has gone by itself, and its message tells how it ended. */
  #isLongOver({ endedAt }: Told): boolean {
    const { keepDays, now } = this.#parts;
    return keepDays > 0 && endedAt !== undefined && now() - endedAt > keepDays * DAY_MS - CLOCKS_APART_MS;
  }

  async #tell({ operation, channel, ts }: Shown): Promise<void> {
    const { client, pace, log } = this.#parts;
    if ((await pace.take('update')) > 0) return;
    log.warn({ operation: operation.id }, 'the record of an unfinished operation is gone');
    try {
      await client.chat.update({ channel, ts, ...lostView(operation) });
    } catch (error) {
      const trouble = readTrouble(error);
      if (trouble.kind === 'rate-limited') await pace.silence('update', trouble.retryAfterMs);
      if (trouble.kind !== 'refused') return;
    }
    this.#shown.delete(operation.id);
  }
}

function toldOf({ id, cluster, wish, state, run, endedAt }: Operation): Told {
  return { id, cluster, wish, state, run, ...(endedAt === undefined ? {} : { endedAt }) };
}
