/** The arithmetic of scaling: how many, where, and which ones go. Pure. */
import type { ScalingGroup, ScalingInstance } from './state.ts';

/** Capacity after an adjustment, before it is cut to the limits. */
export function adjusted(current: number, type: string, value: number, minMagnitude = 0): number {
  if (type === 'TotalCapacity') return value;
  if (type === 'QuantityChangeInCapacity') return current + value;
  const exact = (current * value) / 100;
  const change =
    Math.sign(exact) * Math.max(Math.floor(Math.abs(exact)), value === 0 ? 0 : minMagnitude || 1);
  return current + change;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

/** Capacity the group should have, given what it has: the desired one, else the nearest within the limits. */
export function target(group: ScalingGroup, current: number): number {
  return clamp(group.desired ?? current, group.min, group.max);
}

/**
 * Chooses a vSwitch for each new instance. BALANCE fills the zone with the fewest instances; the other policies
 * take the vSwitches in their order of priority.
 */
export function placements(
  policy: string,
  vSwitches: readonly { readonly id: string; readonly zoneId: string }[],
  present: readonly Pick<ScalingInstance, 'zoneId'>[],
  count: number,
): string[] {
  const [first] = vSwitches;
  if (first === undefined) return [];
  if (policy !== 'BALANCE') return Array.from({ length: count }, () => first.id);
  const loads = new Map(vSwitches.map((vSwitch) => [vSwitch.zoneId, 0]));
  for (const { zoneId } of present) loads.set(zoneId, (loads.get(zoneId) ?? 0) + 1);
  return Array.from({ length: count }, () => {
    const least =
      vSwitches.toSorted((a, b) => (loads.get(a.zoneId) ?? 0) - (loads.get(b.zoneId) ?? 0))[0] ?? first;
    loads.set(least.zoneId, (loads.get(least.zoneId) ?? 0) + 1);
    return least.id;
  });
}

/**
 * Chooses which instances go. Protected, standby and attached-but-not-entrusted ones stay; BALANCE takes from
 * the fullest zone first; then the removal policies in their order.
 */
export function removals(
  group: ScalingGroup,
  present: readonly ScalingInstance[],
  count: number,
): ScalingInstance[] {
  const left = present.filter((instance) => instance.state === 'InService' || instance.state === 'Pending');
  const chosen: ScalingInstance[] = [];
  while (chosen.length < count && left.length > 0) {
    const candidates = group.multiAz === 'BALANCE' ? fullestZone(left) : left;
    const [next] = byPolicies(candidates, group.removalPolicies);
    if (next === undefined) break;
    chosen.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return chosen;
}

function fullestZone(instances: readonly ScalingInstance[]): readonly ScalingInstance[] {
  // Map.groupBy is younger than Node 20.
  const zones = new Map<string, ScalingInstance[]>();
  for (const instance of instances)
    zones.set(instance.zoneId, [...(zones.get(instance.zoneId) ?? []), instance]);
  return [...zones.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function byPolicies(
  instances: readonly ScalingInstance[],
  policies: readonly string[],
): readonly ScalingInstance[] {
  return instances.toSorted((a, b) => {
    for (const policy of policies) {
      const order = compare(policy, a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compare(policy: string, a: ScalingInstance, b: ScalingInstance): number {
  const age = a.createdAt.getTime() - b.createdAt.getTime();
  if (policy === 'OldestInstance') return age;
  if (policy === 'NewestInstance') return -age;
  if (policy === 'OldestScalingConfiguration') return Number(a.templateVersion) - Number(b.templateVersion);
  return 0;
}
