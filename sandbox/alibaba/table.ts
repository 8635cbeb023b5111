/** Marks of which an entry must bear one; without any it may bear what it likes. */
export type AnyOf = string | readonly string[] | undefined;

interface Place<Entry> {
  readonly entry: Entry;
  /** Entries that came earlier have a lower one. */
  readonly turn: number;
  readonly marks: ReadonlySet<string>;
}

/** Entries with the same mark, by key in the order of their turns. */
type Bearers<Entry> = Map<string, Place<Entry>>;

/**
 * What a product remembers of one kind, oldest first, and which entries bear a mark: the id of something they belong
 * to, a tag. An account of a thousand clusters is then asked for the things of one without a look at all the others.
 *
 * An entry's own key is a mark of it, too. Whoever changes what an entry is marked by says so with `remark`.
 */
export class Table<Entry> extends Map<string, Entry> {
  readonly #marksOf: (entry: Entry) => readonly string[];
  readonly #places = new Map<string, Place<Entry>>();
  readonly #marked = new Map<string, Bearers<Entry>>();
  #turns = 0;

  /** @param marksOf what else than its key an entry is found by */
  constructor(marksOf: (entry: Entry) => readonly string[]) {
    super();
    this.#marksOf = marksOf;
  }

  override set(key: string, entry: Entry): this {
    super.set(key, entry);
    const before = this.#places.get(key);
    const place: Place<Entry> = {
      entry,
      turn: before?.turn ?? this.#turns++,
      marks: new Set([key, ...this.#marksOf(entry)]),
    };
    if (before) this.#forget(key, before);
    this.#places.set(key, place);
    for (const mark of place.marks) {
      const bearers: Bearers<Entry> = this.#marked.get(mark) ?? new Map();
      bearers.set(key, place);
      // A new entry is the last of all anyhow.
      this.#marked.set(
        mark,
        before ? new Map([...bearers].toSorted(([, a], [, b]) => byTurn(a, b))) : bearers,
      );
    }
    return this;
  }

  override delete(key: string): boolean {
    const place = this.#places.get(key);
    if (place) this.#forget(key, place);
    this.#places.delete(key);
    return super.delete(key);
  }

  override clear(): void {
    this.#places.clear();
    this.#marked.clear();
    super.clear();
  }

  /** Takes note of an entry's present marks. */
  remark(key: string): void {
    const place = this.#places.get(key);
    if (place) this.set(key, place.entry);
  }

  /** The entries that bear one of the marks, oldest first. */
  bearing(...marks: readonly string[]): readonly Entry[] {
    const found = [...new Set(marks)].flatMap((mark) => this.#marked.get(mark) ?? []);
    const [only, ...others] = found;
    if (only === undefined) return [];
    if (others.length === 0) return Array.from(only.values(), (place) => place.entry);
    const places = new Set(found.flatMap((bearers) => [...bearers.values()]));
    return [...places].toSorted(byTurn).map((place) => place.entry);
  }

  /** How many entries bear a mark. */
  count(mark: string): number {
    return this.#marked.get(mark)?.size ?? 0;
  }

  /**
   * Fewer entries, oldest first, among which are all that meet the demands: whoever asks still looks at each. It goes by
   * the demand that fewest entries meet, and by none that most of them do.
   */
  narrowed(...demands: readonly AnyOf[]): readonly Entry[] {
    let fewest: readonly string[] | undefined;
    let least = this.size / 2;
    for (const demand of demands) {
      const marks = typeof demand === 'string' ? [demand] : (demand ?? []);
      const size = marks.reduce((sum, mark) => sum + this.count(mark), 0);
      if (marks.length === 0 || size > least) continue;
      fewest = marks;
      least = size;
    }
    return fewest === undefined ? [...this.values()] : this.bearing(...fewest);
  }

  #forget(key: string, place: Place<Entry>): void {
    for (const mark of place.marks) {
      const bearers = this.#marked.get(mark);
      bearers?.delete(key);
      if (bearers?.size === 0) this.#marked.delete(mark);
    }
  }
}

function byTurn(a: { readonly turn: number }, b: { readonly turn: number }): number {
  return a.turn - b.turn;
}

/** The mark of everything in a region; no id or name looks like it. */
export function inRegion(regionId: string): string {
  return `@${regionId}`;
}
