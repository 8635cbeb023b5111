import type { Problem } from '../../cluster/errors.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { foundPart, inOrder, removalSeconds } from './planner.ts';
import type { Observed } from './planner.ts';
import type { Found, Part, Resource, StepKind } from '../resource.ts';
import { adoptedGone } from '../resources/adopted.ts';

/** What has to be done with a part: made, changed, or removed and made anew; and why, in sentences. */
interface Verdict {
  readonly action: 'create' | 'update' | 'remake';
  readonly words: readonly string[];
}

interface Placed {
  readonly part: Part;
  readonly kind: StepKind;
}

/** What differs of a part, one sentence or more. */
export interface Difference {
  readonly part: string;
  readonly words: readonly string[];
}

/** What differs between a spec and the cloud. */
export interface Differences {
  /** By part, in the order of the kinds; one sentence or more each. */
  readonly found: readonly Difference[];
  /** What no plan can mend: a person has to. */
  readonly problems: readonly Problem[];
  /** The steps that set it right, checks at the end included; none when nothing differs. */
  readonly steps: readonly PlanStep[];
}

/**
 * Compares a spec with what was seen and plans what sets it right: what is missing is made, what differs is changed,
 * what cannot be changed is removed and made anew together with what stands on it, and whoever holds an id or address of
 * something made anew takes over the new one.
 * @param more what else differs, of tasks, for their steps to mend
 * @param skip parts that cannot be compared
 * @param hidden by part, in sentences, what differs that only a closer look shows
 */
export function planRepair(
  kinds: readonly StepKind[],
  spec: ClusterSpec,
  observed: Observed,
  {
    more = [],
    skip = new Set(),
    hidden = new Map(),
  }: {
    readonly more?: readonly Difference[];
    readonly skip?: ReadonlySet<string>;
    readonly hidden?: ReadonlyMap<string, readonly string[]>;
  } = {},
): Differences {
  const all = kinds.flatMap((kind) => kind.parts(spec).map((part): Placed => ({ part, kind })));
  const problems: Problem[] = [];
  const verdicts = new Map<string, Verdict>();
  for (const { part, kind } of all) {
    if (kind.type !== 'resource' || skip.has(part.id)) continue;
    const seen = foundPart(observed, part.id);
    const verdict = ownVerdict(kind, part, spec, seen, hidden.get(part.id) ?? [], problems);
    if (verdict) verdicts.set(part.id, verdict);
  }
  const found = all.flatMap(({ part }) => {
    const verdict = verdicts.get(part.id);
    if (!verdict) return [];
    return [{ part: part.id, words: verdict.words.length > 0 ? verdict.words : [`${part.id} is missing.`] }];
  });
  spread(all, observed, verdicts);
  const steps = verdicts.size + more.length === 0 ? [] : stepsOf(all, spec, observed, verdicts, more);
  return { found: [...found, ...more], problems, steps };
}

function ownVerdict(
  kind: Resource,
  part: Part,
  spec: ClusterSpec,
  found: Found<unknown> | undefined,
  hidden: readonly string[],
  problems: Problem[],
): Verdict | undefined {
  if (found === undefined) {
    const gone = adoptedGone(part.id, spec);
    if (!gone) return { action: 'create', words: [] };
    problems.push(gone);
    return undefined;
  }
  if (!found.ours) return undefined;
  const now = kind.ready(found);
  if (now.state === 'broken') {
    if (now.remake === true && kind.remove) return { action: 'remake', words: [now.problem.message] };
    problems.push(now.problem);
    return undefined;
  }
  // What is still on its way shows itself half: it is judged when it is there.
  if (now.state === 'waiting') return now.leaves === true ? { action: 'create', words: [] } : undefined;
  const change = kind.diff(spec, part.id, found.seen);
  const words = change.action === 'none' ? hidden : [...change.changes, ...hidden];
  if (words.length === 0) return undefined;
  return change.action !== 'replace' && kind.update
    ? { action: 'update', words }
    : { action: 'remake', words };
}

/** Lets each verdict have its consequences, until there are no more. */
function spread(all: readonly Placed[], observed: Observed, verdicts: Map<string, Verdict>): void {
  const waiting = [...verdicts.keys()];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const cause = all.find((one) => one.part.id === id);
    const verdict = verdicts.get(id);
    if (!cause || !verdict) continue;
    for (const [other, consequence] of consequences(cause, verdict, all, observed)) {
      const before = verdicts.get(other);
      const merged = before ? merge(before, consequence) : consequence;
      if (merged === before) continue;
      verdicts.set(other, merged);
      waiting.push(other);
    }
  }
}

/** Harder measures win; a part that is made anyway needs no other. */
function merge(before: Verdict, more: Verdict): Verdict {
  if (before.action !== 'update') return before;
  const words = [...new Set([...before.words, ...more.words])];
  if (more.action === before.action && words.length === before.words.length) return before;
  return { action: more.action, words };
}

function consequences(
  { part, kind }: Placed,
  verdict: Verdict,
  all: readonly Placed[],
  observed: Observed,
): [string, Verdict][] {
  const made = verdict.action !== 'update';
  const leaves = verdict.action === 'create' && foundPart(observed, part.id) !== undefined;
  const others = all.flatMap((one) => {
    const found = foundPart(observed, one.part.id);
    if (one.kind.type !== 'resource' || one.part.id === part.id || found?.ours !== true) return [];
    return [{ id: one.part.id, part: one.part, kind: one.kind }];
  });
  const list: [string, Verdict][] = [];
  for (const other of others) {
    const holds = other.kind.holds?.includes(kind.kind) === true && needsDirectly(other.part, part.id, all);
    if (holds && other.kind.update && (made || (kind.type === 'resource' && kind.versioned === true))) {
      const words = [`It must take over the new ${made ? '' : 'version of '}${part.id}.`];
      list.push([other.id, { action: 'update', words }]);
    }
    const first =
      (leaves || verdict.action === 'remake') &&
      kind.type === 'resource' &&
      kind.removeAfter?.includes(other.kind.kind) === true &&
      standsOn(other.part, part.id, all, other.kind);
    if (first) {
      const words = [`It cannot stay while ${part.id} is replaced.`];
      // With what is being deleted by somebody it goes by itself.
      list.push([other.id, leaves ? { action: 'create', words: [] } : { action: 'remake', words }]);
    }
    // Nodes read the database's address once, at their first boot.
    if (made && kind.kind === 'database' && other.kind.kind === 'scaling-group') {
      const words = [
        'Its nodes know the old database only: they are replaced, and what streams through them stops.',
      ];
      list.push([other.id, { action: 'remake', words }]);
    }
  }
  return list;
}

/** Whether a part names another among its needs, seen through the tasks in between. */
function needsDirectly(part: Part, wanted: string, all: readonly Placed[]): boolean {
  return part.needs.some((need) => {
    if (need === wanted) return true;
    const between = all.find((one) => one.part.id === need);
    return between?.kind.type === 'task' && needsDirectly(between.part, wanted, all);
  });
}

/** Whether a part stands on another through any number of others; needs of one's own kind are mere order. */
function standsOn(part: Part, wanted: string, all: readonly Placed[], kind: StepKind): boolean {
  return part.needs.some((need) => {
    const between = all.find((one) => one.part.id === need);
    if (!between || between.kind.kind === kind.kind) return false;
    return need === wanted || standsOn(between.part, wanted, all, between.kind);
  });
}

/** The group that is to have no nodes, if there is one: its ports serve nobody. */
export function emptyGroup(spec: ClusterSpec): Role | undefined {
  return ROLES.find((role) => spec[role].desired === 0);
}

/** What proves a cluster at the end: of ports behind which nobody is wanted nothing can be fetched. */
export function checksOf(spec: ClusterSpec): readonly string[] {
  const flight = emptyGroup(spec) === undefined ? ['test-flight'] : [];
  return ['nodes-origin', 'nodes-edge', 'cluster-ports', ...flight];
}

function stepsOf(
  all: readonly Placed[],
  spec: ClusterSpec,
  observed: Observed,
  verdicts: ReadonlyMap<string, Verdict>,
  more: readonly Difference[],
): readonly PlanStep[] {
  const isMade = (id: string): boolean => {
    const action = verdicts.get(id)?.action;
    return action === 'create' || action === 'remake';
  };
  const hadDatabase = ['launch-template-origin', 'launch-template-edge'].some((id) =>
    foundPart(observed, id),
  );
  const planned = new Set<string>([...verdicts.keys(), ...more.map((one) => one.part), ...checksOf(spec)]);
  if (isMade('database') || isMade('launch-template-origin') || isMade('launch-template-edge'))
    planned.add('database-install');
  if (isMade('database') || !hadDatabase) planned.add('admin');
  const removals = removalSteps(all, observed, verdicts);
  const steps = all.flatMap(({ part, kind }): PlanStep[] => {
    if (!planned.has(part.id)) return [];
    const verdict = verdicts.get(part.id) ?? updateFor(part.id, more);
    const lost = part.id === 'database' && verdict?.action === 'create' && hadDatabase;
    const own = removals.filter((step) => step.part === part.id).map((step) => step.id);
    return [
      {
        id: part.id,
        kind: kind.kind,
        part: part.id,
        action: verdict === undefined ? 'check' : verdict.action === 'update' ? 'update' : 'create',
        after: [...new Set([...nearestNeeds(part, planned, all), ...own])],
        title: part.title,
        changes: lost ? [DATABASE_LOST] : verdict?.action === 'update' ? verdict.words : [],
        typicalSeconds: kind.typicalSeconds,
      },
    ];
  });
  return inOrder([...removals, ...steps]);
}

/** A task mends what differs of its part as an update does. */
function updateFor(part: string, more: readonly Difference[]): Verdict | undefined {
  const one = more.find((each) => each.part === part);
  return one && { action: 'update', words: one.words };
}

export const DATABASE_LOST =
  'The database machine is gone, and its data with it: users, settings and stream records. A new, empty one takes its place.';

/** Removals of what is replaced, dependants first. */
function removalSteps(
  all: readonly Placed[],
  observed: Observed,
  verdicts: ReadonlyMap<string, Verdict>,
): readonly PlanStep[] {
  const going = all.flatMap(({ part, kind }) => {
    const verdict = verdicts.get(part.id);
    const found = foundPart(observed, part.id);
    if (verdict?.action !== 'remake' || !found || kind.type !== 'resource') return [];
    return [{ part, kind, found, verdict }];
  });
  return going.map(({ part, kind, found, verdict }, index): PlanStep => {
    const before =
      kind.oneByOne === true ? going.slice(0, index).findLast((one) => one.kind === kind) : undefined;
    const first = going.filter((one) => kind.removeAfter?.includes(one.kind.kind));
    return {
      id: `remove-${part.id}`,
      kind: kind.kind,
      part: part.id,
      action: 'remove',
      after: [...(before ? [before] : []), ...first].map((one) => `remove-${one.part.id}`),
      title: `Replace ${part.id}: remove the old one (${found.id})`,
      changes: verdict.words,
      target: found.id,
      typicalSeconds: removalSeconds(kind, found.seen),
    };
  });
}

/** The needs of a part that the plan contains; one that it does not is replaced by the needs of that one. */
function nearestNeeds(part: Part, planned: ReadonlySet<string>, all: readonly Placed[]): readonly string[] {
  return part.needs.flatMap((need) => {
    if (planned.has(need)) return [need];
    const other = all.find((one) => one.part.id === need);
    return other ? nearestNeeds(other.part, planned, all) : [];
  });
}
