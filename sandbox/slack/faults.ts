/** Something going wrong with one Web API method. */
export type Fault =
  | { readonly kind: 'error'; readonly status?: number }
  /** A page of whatever stands in between, whatever its status says. */
  | { readonly kind: 'html'; readonly status?: number }
  | { readonly kind: 'ratelimited'; readonly retryAfterSeconds: number }
  /** The connection is cut: `before` the work is done, or `after` it, so that the answer alone is lost. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Refused in Slack's own words, for example `internal_error` or `fatal_error`. */
  | { readonly kind: 'refuse'; readonly code: string };

/** Faults to set from a test. All are off to begin with, and after `clear()` and `reset()`. */
export interface Faults {
  /** Sets a fault for a method, or for all with `*`, for so many calls (default: until undone). Returns its undo. */
  set(method: string, fault: Fault, times?: number): () => void;
  clear(): void;
  /** The whole of Slack is unreachable: every connection is dropped, sockets too. */
  down(): void;
  up(): void;
  /** Cuts all Socket Mode connections without a word. */
  dropSockets(): void;
  /** What Slack does every few hours: `disconnect` to every connection, which are closed soon after. */
  refreshSockets(reason?: 'warning' | 'refresh_requested' | 'link_disabled'): void;
  /** The next deliveries (default 1) are sent twice at the same moment. */
  duplicateDeliveries(times?: number): void;
}

interface Entry {
  readonly method: string;
  readonly fault: Fault;
  left: number;
}

/** The part of the faults that API calls ask. */
export interface FaultBook {
  set: Faults['set'];
  clear(): void;
  /** The fault for this call, if any; uses up one of its times. */
  take(method: string): Fault | undefined;
}

export function createFaultBook(): FaultBook {
  const entries = new Set<Entry>();
  return {
    set(method, fault, times = Number.POSITIVE_INFINITY) {
      const entry = { method, fault, left: times };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    clear: () => entries.clear(),
    take(method) {
      for (const entry of entries) {
        if (entry.method !== '*' && entry.method !== method) continue;
        entry.left -= 1;
        if (entry.left <= 0) entries.delete(entry);
        return entry.fault;
      }
      return undefined;
    },
  };
}
