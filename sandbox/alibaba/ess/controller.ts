/** The check that keeps a scaling group at its capacity and its instances healthy. */
import { albOf } from '../alb/lookup.ts';
import type { Cloud } from '../cloud.ts';
import { removals, target } from './capacity.ts';
import { machine } from './ecs.ts';
import { releaseWaiting } from './hooks-run.ts';
import { essOf } from './lookup.ts';
import { startScaleIn } from './scale-in.ts';
import { startScaleOut } from './scale-out.ts';
import { isCapacity, type ScalingGroup, type ScalingInstance } from './state.ts';

const CHECK_MS = 30_000;
const SOON_MS = 2000;
/** Times three seconds: as long as the console lets a deletion take. */
const DISSOLVE_LOOKS = 400;

/** Makes the next check come soon: something about the group changed. */
export function checkSoon(cloud: Cloud, group: ScalingGroup): void {
  const looked = cloud.waits.begin('scaling-check', group.id);
  schedule(cloud, group, SOON_MS);
  cloud.clock.after(SOON_MS, looked);
}

function schedule(cloud: Cloud, group: ScalingGroup, simulatedMs: number): void {
  group.cancelCheck();
  group.cancelCheck = cloud.clock.after(simulatedMs, () => check(cloud, group));
}

/** Capacity the group has or is about to have. */
export function currentCapacity(cloud: Cloud, group: ScalingGroup): number {
  return essOf(cloud).instancesOf(group.id).filter(isCapacity).length + group.launching;
}

function check(cloud: Cloud, group: ScalingGroup): void {
  if (group.state !== 'Active') return;
  schedule(cloud, group, CHECK_MS);
  if (!group.suspended.has('HealthCheck')) replaceUnhealthy(cloud, group);
  // Without a desired capacity activities come one after the other.
  if (group.desired === undefined && essOf(cloud).isBusy(group.id)) return;
  const current = currentCapacity(cloud, group);
  const wanted = target(group, current);
  const limit =
    group.desired === undefined
      ? 'the limits of the group'
      : `the desired capacity "${group.desired}" of the group`;
  const reason = {
    cause: `The capacity of the group is changed from "${current}" to "${wanted}" to meet ${limit}.`,
    trigger: 'Ess',
  } as const;
  if (wanted > current && !group.suspended.has('ScaleOut') && Date.now() >= group.retryAt) {
    startScaleOut(cloud, group, wanted - current, reason);
  }
  if (wanted < current && !group.suspended.has('ScaleIn')) {
    const leaving = removals(group, essOf(cloud).instancesOf(group.id), current - wanted);
    if (leaving.length > 0) startScaleIn(cloud, group, leaving, reason);
  }
}

function replaceUnhealthy(cloud: Cloud, group: ScalingGroup): void {
  const serving = essOf(cloud)
    .instancesOf(group.id)
    .filter((instance) => ['InService', 'Protected', 'Standby'].includes(instance.state));
  const lost = serving.filter((instance) => {
    const isGone = machine(cloud, instance.instanceId) === undefined;
    if (!isHealthy(cloud, group, instance)) instance.health = 'Unhealthy';
    return isGone || (instance.health === 'Unhealthy' && instance.state === 'InService');
  });
  if (lost.length === 0) return;
  startScaleIn(cloud, group, lost, {
    cause: `"${lost.length}" ECS instance(s) are removed because they are unhealthy.`,
    trigger: 'Ess',
    ignoreHooks: true,
  });
}

function isHealthy(cloud: Cloud, group: ScalingGroup, instance: ScalingInstance): boolean {
  if (group.healthCheckTypes.includes('ECS') && machine(cloud, instance.instanceId)?.status !== 'Running') {
    return false;
  }
  if (!group.healthCheckTypes.includes('LOAD_BALANCER')) return true;
  const alb = albOf(cloud);
  return group.serverGroups.every(
    (attached) =>
      alb.health.get(`${attached.id}/${instance.instanceId}/${attached.port}`)?.status !== 'Unhealthy',
  );
}

/** Removes a group: releases its instances, forgets its rules, hooks and tasks, lets its server groups go. */
export async function dissolve(cloud: Cloud, group: ScalingGroup): Promise<void> {
  const state = essOf(cloud);
  group.state = 'Deleting';
  const gone = cloud.waits.begin('scaling-group-removal', group.id);
  group.cancelCheck();
  // Instances on their way in or out do not wait for anybody any more.
  releaseWaiting(cloud, { groupId: group.id });
  for (const hook of state.hooksOf(group.id)) state.hooks.delete(hook.id);
  const leaving = state.instancesOf(group.id).filter(isCapacity);
  if (leaving.length > 0) {
    startScaleIn(cloud, group, leaving, {
      cause: 'The scaling group is deleted.',
      trigger: 'APIs',
      ignoreHooks: true,
    });
  }
  // Bounded: on a closed clock sleeping takes no time.
  for (let look = 0; look < DISSOLVE_LOOKS; look++) {
    await cloud.clock.sleep(3000);
    if (state.instancesOf(group.id).length === 0 && group.launching === 0) break;
  }
  for (const attached of group.serverGroups) {
    albOf(cloud).serverGroups.get(attached.id)?.scalingGroups.delete(group.id);
  }
  for (const rule of state.rules.bearing(group.id)) state.rules.delete(rule.id);
  for (const task of state.tasks.values()) {
    if (task.settings['ScalingGroupId'] !== group.id) continue;
    task.cancel();
    state.tasks.delete(task.id);
  }
  state.groups.delete(group.id);
  gone();
}
