import { setImmediate } from 'node:timers/promises';
import { toProblem } from '../cluster/errors.ts';
import type { Log } from './log.ts';
import type { OutboxDoor } from './outbox-door.ts';
import type { Store } from './store/store.ts';

/** Progress marks a message at most this often, real time: the outbox sends no more of it. */
const TELL_AGAIN_MS = 1_000;

export interface TellingParts {
  readonly store: Pick<Store, 'told'>;
  readonly outbox: OutboxDoor;
  readonly log: Log;
}

/**
 * Lets messages follow their operations: marks each at once, and for progress that comes right after that once more a
 * moment later. Those that change together are marked together, one round trip after the other. The sweeper tells what
 * could not be told, because Redis was away or this process ended.
 */
export class Telling {
  readonly #parts: TellingParts;
  /** Operations told a moment ago, and whether something has changed since. */
  readonly #told = new Map<string, boolean>();
  readonly #gathered = new Set<string>();
  /** Those under way, and those that gather meanwhile. */
  #last = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(parts: TellingParts) {
    this.#parts = parts;
  }

  /** At once: people wait for it. Never rejects. */
  tell(id: string): Promise<void> {
    if (!this.#told.has(id)) {
      const later = setTimeout(() => {
        const changed = this.#told.get(id) === true;
        this.#told.delete(id);
        if (changed) void this.tell(id);
      }, TELL_AGAIN_MS);
      later.unref();
    }
    this.#told.set(id, false);
    return this.#join(id);
  }

  /** At once, or soon where something was told a moment ago. */
  tellSoon(id: string): void {
    if (this.#told.has(id)) this.#told.set(id, true);
    else void this.tell(id);
  }

  /** Tells at once what was to be told in a moment. Never rejects. */
  async settle(): Promise<void> {
    for (const [id, changed] of this.#told) if (changed) void this.tell(id);
    await this.#last;
  }

  #join(id: string): Promise<void> {
    this.#gathered.add(id);
    this.#next ??= this.#last = this.#tellAfter(this.#last);
    return this.#next;
  }

  async #tellAfter(before: Promise<void>): Promise<void> {
    await before;
    await setImmediate();
    const ids = [...this.#gathered];
    this.#gathered.clear();
    this.#next = undefined;
    try {
      await this.#parts.outbox.touch(...ids.map((id) => `op:${id}` as const));
      await this.#parts.store.told(...ids);
    } catch (error) {
      this.#parts.log.warn(
        { operations: ids, problem: toProblem(error) },
        'messages could not be queued yet',
      );
    }
  }
}
