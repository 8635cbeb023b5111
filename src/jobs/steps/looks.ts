import type { StepRecord } from '../../cluster/operation.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { Crowd } from './crowd.ts';
import type { ListTags } from './crowd.ts';
import { VISIBLE_LATE_MS } from '../patience.ts';
import type { Hints } from '../resource.ts';

/** How new the cloud's answers must be for a visit. */
export interface Freshness {
  /** By `performance.now()`. */
  readonly since: number;
  /** Nothing was done in this step before: answers of the look right before the operation began serve too. */
  readonly early: boolean;
  /** The tags that such answers were listed by; undefined: the cluster's own. */
  readonly tags?: ListTags | undefined;
  /** It is one of the looks that a wait takes: see {@link Looks.waits}. */
  readonly isFree?: boolean;
}

interface Start {
  readonly since: number;
  readonly tags: ListTags | undefined;
}

/** A visit to a step, as far as it matters here. */
export interface Looker {
  readonly operation: string;
  readonly run: number;
  readonly step: PlanStep;
  readonly fence: number;
  readonly record: StepRecord;
  /** Steps of the operation that have been visited so far, by whomever. */
  readonly others: readonly string[];
}

interface Visited {
  readonly fence: number;
  /** Nobody else ever visited the step. */
  readonly isAlone: boolean;
  /** No visit to it has looked at or changed anything yet. */
  readonly isUnbegun: boolean;
  readonly endedAt: number;
  /** When it looks again, and where; and whether that has to wait for its region. */
  readonly waits: { readonly dueAt: number; readonly regionId: string; readonly isFree: boolean } | undefined;
}

/** What a first visit goes by that compares what steps before it did is no older, unscaled. */
const MOST_AGE_MS = 30_000;

/** Two that wait for the same look at the same moment: a look may come so much of its pause too early. */
const SLACK = 0.02;

/** Operations and steps that are remembered at a time. */
const MOST_KEPT = 50_000;

/**
 * Decides how new the cloud's answers must be for each visit, so that as many visits as possible share them and none
 * misses what was done before it. All moments are of this process' own clock, so only what happened here counts: after a
 * visit in another process every answer must begin with the visit itself.
 */
export class Looks {
  /** See {@link Hints}. */
  readonly hints: Hints;
  readonly #timeScale: number;
  readonly #now: () => number;
  readonly #started = new Map<string, Start>();
  readonly #visited = new Map<string, Visited>();
  readonly #changedAt = new Map<string, number>();
  readonly #crowds = new Map<string, Crowd>();
  readonly #none = new Map<string, number>();

  constructor(timeScale: number, now: () => number = () => performance.now()) {
    this.#timeScale = timeScale;
    this.#now = now;
    const hints = new Map<string, string>();
    this.hints = {
      get: (key) => hints.get(key),
      set: (key, value) => keep(hints, key, value),
      delete: (key) => void hints.delete(key),
    };
  }

  /**
   * Redis was out of sight, and may have come back with less than it knew: what it says of visits made or not made
   * proves nothing any more about answers from before.
   */
  forget(): void {
    this.#started.clear();
    this.#visited.clear();
    this.#changedAt.clear();
    this.#none.clear();
    for (const crowd of this.#crowds.values()) crowd.forgetStarts();
  }

  /**
   * Begins the look right before an operation starts.
   * @param tags it lists by these, not by the cluster's own
   * @param since it goes by answers that began then, where that is earlier
   * @returns from when on answers serve it
   */
  starting(operation: string, tags?: ListTags, since: number = this.#now()): number {
    keep(this.#started, operation, { since, tags });
    return since;
  }

  /** When the look right before an operation's start began here, if it did. */
  startOf(operation: string): number | undefined {
    return this.#started.get(operation)?.since;
  }

  /** A look whose answers began at `since` or later, by the cluster's own tags, showed nothing of a kind. */
  sawNone(operation: string, kind: string, since: number): void {
    keep(this.#none, keyOf(operation, kind), since);
  }

  /**
   * Nothing of a kind is left of a cluster that is being removed: nobody makes any more of it, and what was made before
   * and lists show late had time to be shown.
   */
  isNoneLeft(operation: string, kind: string): boolean {
    const started = this.startOf(operation);
    const since = this.#none.get(keyOf(operation, kind));
    if (started === undefined || since === undefined) return false;
    return since >= started + VISIBLE_LATE_MS * this.#timeScale;
  }

  /** Those who wait in a region. */
  crowd(regionId: string): Crowd {
    const known = this.#crowds.get(regionId);
    if (known) return known;
    const crowd = new Crowd(this.#timeScale, this.#now);
    this.#crowds.set(regionId, crowd);
    return crowd;
  }

  /** How long a step that waits should wait on, milliseconds, since its region has been asked a lot; mostly 0. */
  holdMs(operation: string, step: string): number {
    const waits = this.#visited.get(keyOf(operation, step))?.waits;
    return waits === undefined || waits.isFree ? 0 : this.crowd(waits.regionId).holdMs(waits.dueAt);
  }

  /**
   * From when on answers serve a visit.
   * - It goes on from a visit in this process: from about when it was due, and in any case after that one's end.
   * - The step was never visited and the operation never stopped: nobody can have made, changed or removed what it is
   *   about, since the operation alone has the cluster. The look before the start serves, unless steps before it may
   *   have changed what this one compares.
   * - It is its first visit, and all that the operation did was done here: from the last change on, within an age.
   * - Else somebody may have done something a moment ago: from now on.
   */
  freshness({ operation, run, step, fence, record, others }: Looker): Freshness {
    const now = this.#now();
    const before = this.#visited.get(keyOf(operation, step.id));
    const isUnbegun = before?.isUnbegun === true && before.fence === fence - 1;
    if (before?.fence === fence - 1 && !isUnbegun) {
      const { endedAt, waits } = before;
      // An answer from a little earlier would mostly be in vain.
      if (waits?.isFree)
        return { since: Math.max(endedAt, Math.min(now, waits.dueAt)), early: false, isFree: true };
      const dueAt = waits === undefined ? now : waits.dueAt - SLACK * (waits.dueAt - endedAt);
      return { since: Math.max(endedAt, Math.min(now, dueAt)), early: false };
    }
    const isFirst =
      run === 1 && (isUnbegun || (before === undefined && record.state === 'pending' && fence === 1));
    const started = this.#started.get(operation);
    const comparesNothing = step.action === 'create' || step.action === 'remove' || step.after.length === 0;
    if (isFirst && started !== undefined && comparesNothing) {
      // What a create asks for was made by steps before it: nothing of it was seen at the start.
      const tags = step.action === 'create' ? undefined : started.tags;
      return { since: started.since, early: true, tags };
    }
    const changedAt = this.#changedAt.get(operation);
    const isKnown = others.every((id) => this.#visited.get(keyOf(operation, id))?.isAlone === true);
    if (isFirst && changedAt !== undefined && isKnown)
      return { since: Math.max(changedAt, now - MOST_AGE_MS * this.#timeScale), early: false };
    return { since: now, early: false };
  }

  /** A visit has ended, in whatever way. @param changed it has tried to change something in the cloud */
  ended({ operation, step, fence }: Looker, changed: boolean): void {
    const endedAt = this.#now();
    const key = keyOf(operation, step.id);
    const before = this.#visited.get(key);
    const isAlone = before === undefined ? fence === 1 : before.isAlone && before.fence === fence - 1;
    keep(this.#visited, key, { fence, isAlone, isUnbegun: false, endedAt, waits: undefined });
    if (changed) keep(this.#changedAt, operation, endedAt);
  }

  /**
   * A visit that had begun as its job was taken went back unmade, since its region has been asked a lot: the next one
   * goes on from the visit before it.
   */
  held(operation: string, step: string, fence: number): void {
    const key = keyOf(operation, step);
    const visited = this.#visited.get(key);
    if (visited?.fence === fence - 1) keep(this.#visited, key, { ...visited, fence });
  }

  /**
   * The visit that has just ended went by answers from before the start, and has looked at and changed nothing. It waits
   * for nothing in its region, so that its next one comes when it comes.
   */
  unbegun({ operation, step, fence }: Looker): void {
    const key = keyOf(operation, step.id);
    const visited = this.#visited.get(key);
    if (visited?.fence === fence) keep(this.#visited, key, { ...visited, isUnbegun: true });
  }

  /**
   * The step of a visit that has ended waits in a region and looks again after a pause.
   * @param isFree it is one of the looks that a wait takes, when it is likely to be over: however much its region has
   *   been asked, it comes when it is due, and nobody pays for it
   */
  waits(looker: Looker, regionId: string, pauseMs: number, isFree = false): void {
    const key = keyOf(looker.operation, looker.step.id);
    const visited = this.#visited.get(key);
    if (visited?.fence !== looker.fence) return;
    const dueAt = this.#now() + pauseMs;
    keep(this.#visited, key, { ...visited, waits: { dueAt, regionId, isFree } });
    this.crowd(regionId).waits(looker, dueAt);
  }
}

function keyOf(operation: string, step: string): string {
  return `${operation} ${step}`;
}

/** Puts the newest last and forgets the oldest: without them answers must only be newer. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST_KEPT) return;
    map.delete(oldest);
  }
}
