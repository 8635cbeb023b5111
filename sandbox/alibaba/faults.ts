/** What goes wrong with one call. */
export interface FaultPlan {
  /** Any product when left out. */
  readonly product?: string;
  readonly action: string;
  /** Before the work is done, or after it, when only the answer suffers. */
  readonly when: 'before' | 'after';
  readonly kind: 'throttle' | '503' | '500' | 'cut' | 'slow' | 'html' | 'code';
  /** For `code`, and to replace the usual code of the other kinds. */
  readonly code?: string;
  readonly status?: number;
  readonly message?: string;
  /** How many calls it strikes; 1 unless told, Infinity for a permanent refusal. */
  readonly times?: number;
  /** Calls that pass unharmed first. */
  readonly skip?: number;
  /** Simulated milliseconds that a `slow` answer takes (30 s unless told); for other kinds a delay before them. */
  readonly delayMs?: number;
  /** Sent as x-acs-retry-after with `throttle`, milliseconds. */
  readonly retryAfterMs?: number;
  /** Narrows the fault to calls with these parameters. */
  readonly matches?: (params: Readonly<Record<string, unknown>>) => boolean;
}

/** A planned fault, to see how often it struck and to call it off. */
interface PlannedFault {
  readonly plan: FaultPlan;
  readonly hits: number;
  cancel(): void;
}

/** A call as it arrives (`before`) or is about to be answered (`after`). */
export interface CallMoment {
  readonly product: string;
  readonly action: string;
  readonly when: FaultPlan['when'];
  readonly params: Readonly<Record<string, unknown>>;
  /** The same at both moments of one call. */
  readonly requestId: string;
}

/** Sees every call twice and may strike it. */
type Decider = (moment: CallMoment) => FaultPlan | undefined;

/** Faults to come. */
export interface Faults {
  /** From now on `decider` is asked at both moments of each call, before what is planned. Returns its undo. */
  decide(decider: Decider): () => void;
  /** `action` may be `*`. */
  plan(plan: FaultPlan): PlannedFault;
  /** The fault that strikes this call now, used up by asking. */
  take(
    product: string,
    action: string,
    when: FaultPlan['when'],
    params: Readonly<Record<string, unknown>>,
    requestId?: string,
  ): FaultPlan | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  const planned: { plan: FaultPlan; hits: number; skipped: number }[] = [];
  const deciders = new Set<Decider>();
  return {
    decide(decider) {
      deciders.add(decider);
      return () => void deciders.delete(decider);
    },
    plan(plan) {
      const entry = { plan, hits: 0, skipped: 0 };
      planned.push(entry);
      return {
        plan,
        get hits() {
          return entry.hits;
        },
        cancel() {
          const index = planned.indexOf(entry);
          if (index >= 0) planned.splice(index, 1);
        },
      };
    },
    take(product, action, when, params, requestId = '') {
      for (const decider of deciders) {
        const decided = decider({ product, action, when, params, requestId });
        if (decided !== undefined) return decided;
      }
      for (const entry of planned) {
        const { plan } = entry;
        if (plan.when !== when || (plan.action !== action && plan.action !== '*')) continue;
        if (plan.product !== undefined && plan.product.toUpperCase() !== product.toUpperCase()) continue;
        if (entry.hits >= (plan.times ?? 1) || plan.matches?.(params) === false) continue;
        if (entry.skipped < (plan.skip ?? 0)) {
          entry.skipped += 1;
          continue;
        }
        entry.hits += 1;
        return plan;
      }
      return undefined;
    },
    clear() {
      planned.length = 0;
    },
  };
}
