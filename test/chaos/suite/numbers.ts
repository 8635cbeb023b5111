import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import { ROLES } from '../../../src/cluster/names.ts';
import type { Role } from '../../../src/cluster/names.ts';
import type { Operation } from '../../../src/cluster/operation.ts';
import { holdingsOf } from '../../support/holdings.ts';
import type { Town } from '../../support/town.ts';

export type GroupIds = Readonly<Record<Role, string>>;

/** Numbers of a group as a plan words them, and the parameter that sets each. */
const NUMBERS = { min: 'MinSize', max: 'MaxSize', desired: 'DesiredCapacity' } as const;
const NAMES = ['min', 'max', 'desired'] as const satisfies readonly (keyof typeof NUMBERS)[];

/** Of a group that is not there, undefined. */
export type Numbers = Readonly<
  Record<Role, Readonly<Record<keyof typeof NUMBERS, number | undefined>> | undefined>
>;

/** Ids of the scaling groups while both are there. */
export function groupIds(town: Town): GroupIds {
  const { scalingGroup } = holdingsOf(town.world, 'live');
  return { origin: scalingGroup('origin').id, edge: scalingGroup('edge').id };
}

/** What both groups are set to now. */
export function numbersOf(town: Town, ids: GroupIds): Numbers {
  const { groups } = essOf(town.world.alibaba.cloud);
  const of = (role: Role) => {
    const group = groups.get(ids[role]);
    return group && { min: group.min, max: group.max, desired: group.desired };
  };
  return { origin: of('origin'), edge: of('edge') };
}

/** Leaves a group no room, so that any other number of nodes takes another limit. Returns the way back. */
export function narrowed(town: Town, role: Role): () => void {
  const group = holdingsOf(town.world, 'live').scalingGroup(role);
  const { min, max, desired = min } = group;
  Object.assign(group, { min: desired, max: desired });
  return () => void Object.assign(group, { min, max });
}

/** The numbers that the approver read are those that the group is given; what the plan does not name stays. */
export function otherNumbers(
  then: { readonly groups: GroupIds; readonly numbers: Numbers },
  shown: Operation,
  params: Readonly<Record<string, unknown>>,
): string[] {
  const id = params['ScalingGroupId'];
  const role = ROLES.find((one) => id === then.groups[one]);
  if (role === undefined) return [`the group ${String(id)} was changed, which is none of the cluster`];
  const said = changesIn(shown);
  if (!said.includes(`${role} group`)) return [`the ${role} group was changed, the plan says: ${said}`];
  return NAMES.flatMap((name) => {
    const set = params[NUMBERS[name]];
    const wanted = named(shown, role, name) ?? then.numbers[role]?.[name];
    if (set === undefined || String(set) === String(wanted)) return [];
    return [`${role} group: ${name} ${String(set)} instead of ${String(wanted)}, the plan says: ${said}`];
  });
}

/**
 * However a group of the plan came to its numbers: each is what it was, or what the plan says. Once its step is done
 * what the plan says is there: limits that somebody consented to as well as the number of nodes.
 */
export function keptNumbers(
  role: Role,
  shown: Operation,
  was: Numbers[Role],
  is: Numbers[Role],
  isDone: boolean,
): string[] {
  if (was === undefined || is === undefined) return [];
  return NAMES.flatMap((name) => {
    const consented = named(shown, role, name) ?? String(was[name]);
    if (String(is[name]) === consented || (!isDone && is[name] === was[name])) return [];
    const how = `${name} ${was[name]} became ${is[name]} instead of ${consented}`;
    return [`${role} group: ${how}, the plan says: ${changesIn(shown)}`];
  });
}

/** Whether a plan names another limit of a group. */
export function changesLimits(shown: Operation): boolean {
  return ROLES.some((role) => named(shown, role, 'min') ?? named(shown, role, 'max'));
}

/** The new number of a group that the plan names. */
function named(shown: Operation, role: Role, name: keyof typeof NUMBERS): string | undefined {
  return new RegExp(`${role} group: ${name} \\S+ -> (\\d+) nodes`).exec(changesIn(shown))?.[1];
}

function changesIn(shown: Operation): string {
  return shown.plan?.steps.flatMap((step) => step.changes).join(' ') ?? '';
}
