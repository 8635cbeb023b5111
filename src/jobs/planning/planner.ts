import { NOTHING_LEFT } from '../../cluster/plan.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Role } from '../../cluster/names.ts';
import type { Found, Observing, Resource, StepKind } from '../resource.ts';

/** What is there of a cluster: by kind, everything that carries its tag or that its spec names. */
export type Observed = ReadonlyMap<string, readonly Found<unknown>[]>;

/** Looks at everything of a cluster at the same time; at less than everything where only some kinds are given. */
export async function observeAll(kinds: readonly StepKind[], look: Observing): Promise<Observed> {
  const resources = kinds.filter((kind): kind is Resource => kind.type === 'resource');
  const seen = await Promise.all(
    resources.map(async (kind) => [kind.kind, await kind.observe(look)] as const),
  );
  return new Map(seen);
}

export function foundPart(observed: Observed, part: string): Found<unknown> | undefined {
  for (const found of observed.values()) {
    const one = found.find((each) => each.part === part);
    if (one) return one;
  }
  return undefined;
}

/** The plan of a new cluster: each part of the spec, those that somebody else made only checked. */
export function planCreate(
  kinds: readonly StepKind[],
  spec: ClusterSpec,
  observed: Observed,
): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  for (const kind of kinds) {
    for (const part of kind.parts(spec)) {
      const found = foundPart(observed, part.id);
      const adopted = found !== undefined && !found.ours;
      steps.push({
        id: part.id,
        kind: kind.kind,
        part: part.id,
        action: kind.type === 'task' || adopted ? 'check' : 'create',
        after: part.needs,
        title: part.title,
        changes: [],
        typicalSeconds: adopted ? 1 : kind.typicalSeconds,
      });
    }
  }
  return inOrder(dropUnknownNeeds(steps));
}

/** The plan that brings one group to the size in the spec and waits until its nodes serve. */
export function planScale(
  kinds: readonly StepKind[],
  spec: ClusterSpec,
  observed: Observed,
  role: Role,
): readonly PlanStep[] {
  const part = `scaling-group-${role}`;
  const found = foundPart(observed, part);
  const steps: PlanStep[] = [];
  for (const kind of kinds) {
    for (const one of kind.parts(spec)) {
      if (one.id === part && kind.type === 'resource' && found) {
        const change = kind.diff(spec, part, found.seen);
        if (change.action === 'none') continue;
        steps.push({
          id: part,
          kind: kind.kind,
          part,
          action: 'update',
          after: [],
          title: one.title,
          changes: change.changes,
          typicalSeconds: kind.typicalSeconds,
        });
      }
      if (one.id === `nodes-${role}`) {
        steps.push({
          id: one.id,
          kind: kind.kind,
          part: one.id,
          action: 'check',
          after: [part],
          title: one.title,
          changes: [],
          typicalSeconds: kind.typicalSeconds,
        });
      }
    }
  }
  return inOrder(dropUnknownNeeds(steps));
}

/** The plan that removes everything of ours that was seen, dependants first, in parallel where the cloud allows. */
export function planDestroy(
  kinds: readonly StepKind[],
  cluster: string,
  observed: Observed,
): readonly PlanStep[] {
  const steps = removals(kinds, observed, () => true);
  return [...steps, proof(NOTHING_LEFT, NOTHING_LEFT, `Prove that nothing of ${cluster} is left`, steps)];
}

/**
 * The plan that removes what an operation made and nothing else.
 * @param goes whether that operation made it
 */
export function planUndoing(
  kinds: readonly StepKind[],
  of: { readonly cluster: string; readonly operation: string },
  observed: Observed,
  goes: (found: Found<unknown>) => boolean,
): readonly PlanStep[] {
  const stays = [...observed.values()].flat().some((found) => found.ours && !goes(found));
  if (!stays) return planDestroy(kinds, of.cluster, observed);
  const steps = removals(kinds, observed, goes);
  const title = `Prove that nothing that ${of.operation} made is left`;
  return [...steps, proof(ROLLED_BACK, of.operation, title, steps)];
}

/** Kind of the step that proves a roll back; its part is the operation that is rolled back. */
export const ROLLED_BACK = 'rolled-back';

function proof(kind: string, part: string, title: string, after: readonly PlanStep[]): PlanStep {
  return {
    id: kind,
    kind,
    part,
    action: 'check',
    after: after.map((step) => step.id),
    title,
    changes: [],
    typicalSeconds: 5,
  };
}

/** One step for each thing of ours that goes, in an order that the cloud accepts. */
function removals(
  kinds: readonly StepKind[],
  observed: Observed,
  goes: (found: Found<unknown>) => boolean,
): readonly PlanStep[] {
  const resources = kinds.filter(
    (kind): kind is Resource => kind.type === 'resource' && kind.remove !== undefined,
  );
  const steps: PlanStep[] = [];
  const idsOfKind = new Map<string, string[]>();
  const firstOfKind = new Map<string, string[]>();
  for (const kind of resources) {
    const ours = (observed.get(kind.kind) ?? []).filter((one) => one.ours && goes(one));
    const ids: string[] = [];
    const first: string[] = [];
    for (const found of ours.toSorted((a, b) => b.part.localeCompare(a.part) || a.id.localeCompare(b.id))) {
      const twin = steps.some((step) => step.part === found.part);
      const id = `remove-${found.part}${twin ? `-${ids.length + 1}` : ''}`;
      const before = kind.oneByOne === true ? ids.at(-1) : undefined;
      if (kind.removeLast?.includes(found.part) !== true) first.push(id);
      steps.push({
        id,
        kind: kind.kind,
        part: found.part,
        action: 'remove',
        after: before === undefined ? [] : [before],
        title: `Remove ${found.part} (${found.id})`,
        changes: [],
        target: found.id,
        typicalSeconds: removalSeconds(kind, found.seen),
      });
      ids.push(id);
    }
    idsOfKind.set(kind.kind, ids);
    firstOfKind.set(kind.kind, first);
  }
  const ordered = steps.map((step) => {
    const kind = resources.find((one) => one.kind === step.kind);
    const first = (kind?.removeAfter ?? []).flatMap((other) => idsOfKind.get(other) ?? []);
    const own = kind?.removeLast?.includes(step.part) === true ? (firstOfKind.get(step.kind) ?? []) : [];
    return { ...step, after: [...new Set([...step.after, ...own, ...first])] };
  });
  return inOrder(ordered);
}

/** How long a removal usually takes. @param seen undefined: of one that does not stay on */
export function removalSeconds({ goneSeconds = 1, staysSeconds }: Resource, seen?: unknown): number {
  return goneSeconds + (seen === undefined ? 0 : (staysSeconds?.(seen) ?? 0));
}

/** A need that this plan does not contain is there already or does not exist in this cluster. */
function dropUnknownNeeds(steps: readonly PlanStep[]): readonly PlanStep[] {
  const ids = new Set(steps.map((step) => step.id));
  return steps.map((step) => ({ ...step, after: step.after.filter((id) => ids.has(id)) }));
}

/** Dependencies first, else in the given order. @throws Error when the steps depend on each other in a circle */
export function inOrder(steps: readonly PlanStep[]): readonly PlanStep[] {
  const left = [...steps];
  const done = new Set<string>();
  const sorted: PlanStep[] = [];
  while (left.length > 0) {
    const at = left.findIndex((step) => step.after.every((id) => done.has(id)));
    const step = left[at];
    if (!step)
      throw new Error(`steps depend on each other in a circle: ${left.map((one) => one.id).join(', ')}`);
    left.splice(at, 1);
    done.add(step.id);
    sorted.push(step);
  }
  return sorted;
}
