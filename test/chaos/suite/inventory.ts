import { albOf } from '../../../sandbox/alibaba/alb/lookup.ts';
import { dnsOf } from '../../../sandbox/alibaba/alidns/lookup.ts';
import { casOf } from '../../../sandbox/alibaba/cas/lookup.ts';
import { ecsState } from '../../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import { vpcState } from '../../../sandbox/alibaba/vpc/state.ts';
import type { World } from '../../../sandbox/world.ts';
import { tagsOf } from '../../support/holdings.ts';

/** One resource of the simulated account: what it is, and how it is set up. */
export interface Holding {
  /** The same for the same part of two clusters: `listener 443, ams-resource listener-443`. */
  readonly what: string;
  readonly how: string;
}

/** What differs between two accounts, in words. */
export interface Differences {
  /** Missing, or set up differently. */
  readonly lost: string[];
  /** There once too often. */
  readonly duplicated: string[];
  /** Of no part of the plan. */
  readonly orphaned: string[];
}

/** Everything in the account, with tags, so that what carries none is seen as well. */
export function holdings(world: World): Holding[] {
  const { cloud } = world.alibaba;
  const [ecs, vpc, alb, ess] = [ecsState(cloud), vpcState(cloud), albOf(cloud), essOf(cloud)];
  const groupName = (id: string) => ecs.groups.get(id)?.name ?? id;
  const serverGroupName = (id: string) => alb.serverGroups.get(id)?.name ?? id;
  const scalingGroupName = (id: string) => ess.groups.get(id)?.name ?? 'no group';
  const found: Holding[] = [];
  const add = (what: string, tags: Parameters<typeof tagsOf>[0] | undefined, ...how: unknown[]) => {
    const named = tags === undefined ? {} : tagsOf(tags);
    const whose =
      tags === undefined ? '' : `, ${named['ams-cluster'] ?? 'untagged'} ${named['ams-resource'] ?? ''}`;
    found.push({ what: `${what}${whose}`, how: how.map(String).join(' ') });
  };
  for (const one of vpc.vpcs.values()) add(`VPC ${one.name}`, one.tags, one.cidrBlock, one.status);
  for (const one of vpc.vSwitches.values())
    add(`vSwitch ${one.name}`, one.tags, one.zoneId, one.cidrBlock, one.status);
  for (const one of ecs.groups.values()) {
    if (one.serviceManaged) continue;
    const rules = one.rules.map((rule) =>
      [rule.direction, rule.policy, rule.protocol, rule.portRange, rule.cidrIp, groupName(rule.groupId)].join(
        ' ',
      ),
    );
    add(`security group ${one.name}`, one.tags, rules.toSorted().join('; '));
  }
  for (const one of ecs.keyPairs.values()) add(`key pair ${one.name}`, one.tags);
  for (const one of ecs.instances.values()) add(`instance ${one.name}`, one.tags, one.status);
  for (const one of ecs.disks.values()) add(`disk`, one.tags, one.sizeGiB, one.instanceId !== undefined);
  for (const one of ecs.templates.values())
    add(`template ${one.name}`, one.tags, one.versions.size, 'versions');
  for (const one of alb.loadBalancers.values())
    add(`load balancer ${one.name}`, one.tags, one.status, one.zones.length, 'zones');
  for (const one of alb.listeners.values()) {
    const targets = JSON.stringify(one.defaultActions).replaceAll(/sgp-\w+/g, serverGroupName);
    add(`listener ${one.port}`, one.tags, one.protocol, one.status, targets, one.certificateIds.length);
  }
  for (const one of alb.rules.values()) add(`forwarding rule ${one.name}`, one.tags, one.priority);
  for (const one of alb.serverGroups.values()) {
    const health = one.servers.map((server) => alb.healthOf(one, server).status);
    add(`server group ${one.name}`, one.tags, health.toSorted().join(' '));
  }
  for (const one of casOf(cloud).certificates.values())
    add(`certificate ${one.name.replace(/-[0-9a-f]{12}$/, '')}`, undefined);
  for (const one of dnsOf(cloud).records.values()) {
    const balancer = [...alb.loadBalancers.values()].find(({ dnsName }) => dnsName === one.value);
    // Records have no tags: the remark says whose they are, or whom they lead to where there is none yet.
    const cluster =
      /^ams-cluster=(\S+)$/.exec(one.remark)?.[1] ?? (balancer && tagsOf(balancer.tags)['ams-cluster']);
    const tags = cluster === undefined ? undefined : { 'ams-cluster': cluster, 'ams-resource': 'dns-record' };
    add(`DNS record ${one.rr}.${one.domainName}`, tags, one.type, balancer?.name ?? one.value, one.status);
  }
  for (const one of ess.groups.values())
    add(
      `scaling group ${one.name}`,
      one.tags,
      one.state,
      one.min,
      one.max,
      one.desired,
      `version ${one.templateVersion}`,
      one.serverGroups.length,
    );
  for (const one of ess.instances.values())
    add(`member of ${scalingGroupName(one.groupId)}`, undefined, one.state, one.health);
  for (const one of ess.rules.values())
    add(
      `scaling rule ${one.name} of ${scalingGroupName(one.groupId)}`,
      undefined,
      JSON.stringify(one.settings),
    );
  for (const one of ess.hooks.values()) add(`hook ${one.name}`, undefined);
  for (const one of ess.tasks.values()) add(`scheduled task ${one.name}`, undefined);
  return found;
}

/** The part of the cluster `live` that a holding is of: by its tag, or by its name where it bears none. */
export function partOf(what: string): string | undefined {
  if (what.startsWith('certificate live')) return 'certificate';
  return (/, live (\S+)$/.exec(what) ?? /^(?:scaling rule|member of) live-(\S+)/.exec(what))?.[1];
}

/** The account against what a clean run left. */
export function compare(expected: readonly Holding[], actual: readonly Holding[]): Differences {
  const differences: Differences = { lost: [], duplicated: [], orphaned: [] };
  const [wanted, there] = [byWhat(expected), byWhat(actual)];
  for (const [what, hows] of wanted) {
    const now = there.get(what) ?? [];
    if (now.length < hows.length) differences.lost.push(`${what}: ${now.length} of ${hows.length}`);
    else if (now.length > hows.length)
      differences.duplicated.push(`${what}: ${now.length}, not ${hows.length}`);
    else if (now.join('\n') !== hows.join('\n'))
      differences.lost.push(`${what} differs: "${now.join(', ')}", not "${hows.join(', ')}"`);
  }
  for (const [what, hows] of there)
    if (!wanted.has(what)) differences.orphaned.push(`${what}: ${hows.length}, of no part of the plan`);
  return differences;
}

/** The same, one sentence each. */
export function inWords({ lost, duplicated, orphaned }: Differences): string[] {
  return [
    ...lost.map((one) => `lost: ${one}`),
    ...duplicated.map((one) => `duplicated: ${one}`),
    ...orphaned.map((one) => `orphaned: ${one}`),
  ];
}

function byWhat(holdings: readonly Holding[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { what, how } of holdings) found.set(what, [...(found.get(what) ?? []), how].toSorted());
  return found;
}
