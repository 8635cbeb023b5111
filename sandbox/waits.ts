/** A time during which something of the simulated world was not there yet, or not gone yet. Milliseconds since 1970. */
export interface Wait {
  /** `vpc`, `health`: what was waited for. */
  readonly what: string;
  /** Ids of what it is about: the resource itself, and others that this wait holds up. */
  readonly ids: readonly string[];
  readonly from: number;
  /** Undefined while it lasts. */
  to: number | undefined;
}

/** Remembers when each thing became ready: what nobody can be faster than. */
export interface Waits {
  /** Begins a wait; the returned function ends it, once. */
  begin(what: string, ...ids: readonly (string | undefined)[]): () => void;
  readonly all: readonly Wait[];
}

/** Older ones are forgotten, so that a world may run for days. */
const MOST_KEPT = 100_000;

/** An empty book of waits. */
export function createWaits(): Waits {
  const all: Wait[] = [];
  return {
    all,
    begin(what, ...ids) {
      const wait: Wait = {
        what,
        ids: ids.filter((id) => id !== undefined),
        from: Date.now(),
        to: undefined,
      };
      all.push(wait);
      if (all.length > MOST_KEPT) all.splice(0, MOST_KEPT / 10);
      return () => {
        wait.to ??= Date.now();
      };
    },
  };
}
