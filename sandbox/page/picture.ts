import { albOf } from '../alibaba/alb/lookup.ts';
import type { LoadBalancer } from '../alibaba/alb/state.ts';
import { casOf } from '../alibaba/cas/lookup.ts';
import type { Cloud } from '../alibaba/cloud.ts';
import { ecsState } from '../alibaba/ecs/state.ts';
import type { InstanceEntry } from '../alibaba/ecs/state.ts';
import { essOf } from '../alibaba/ess/lookup.ts';
import type { ScalingGroup } from '../alibaba/ess/state.ts';
import { vpcState } from '../alibaba/vpc/state.ts';
import type {
  Balancer,
  Group,
  ListenerPart,
  Machine,
  Network,
  Part,
  Picture,
  State,
} from './picture-types.ts';

/** The tag by which the product says whose a thing is. */
const CLUSTER_TAG = 'ams-cluster';

/** The cloud as it is now. What lies in no VPC (certificate, key pair, templates) goes by its cluster tag. */
export function pictureOf(cloud: Cloud): Picture {
  const networks = [...vpcState(cloud).vpcs.values()].map((vpc): Network => {
    const cluster = vpc.tags.get(CLUSTER_TAG) ?? '';
    const groups = [...essOf(cloud).groups.values()].filter((group) => group.vpcId === vpc.id);
    const grouped = new Set(
      groups.flatMap((group) =>
        essOf(cloud)
          .instancesOf(group.id)
          .map((one) => one.instanceId),
      ),
    );
    return {
      id: vpc.id,
      name: vpc.name,
      cluster,
      cidr: vpc.cidrBlock,
      ...stateOf(vpc.status),
      zones: [...vpcState(cloud).vSwitches.values()]
        .filter((one) => one.vpcId === vpc.id)
        .map((one) => ({
          id: one.id,
          name: one.name,
          zone: one.zoneId,
          cidr: one.cidrBlock,
          ...stateOf(one.isDeleting ? 'Deleting' : one.status),
        })),
      groups: groups.map((group) => groupPart(cloud, group)),
      machines: [...ecsState(cloud).instances.values()]
        .filter((one) => one.vpcId === vpc.id && !grouped.has(one.id))
        .map((one) => machinePart(cloud, one)),
      balancers: [...albOf(cloud).loadBalancers.values()]
        .filter((one) => one.vpcId === vpc.id)
        .map((one) => balancerPart(cloud, one)),
      others: othersOf(cloud, vpc.id, cluster),
    };
  });
  return { networks };
}

function groupPart(cloud: Cloud, group: ScalingGroup): Group {
  const instances = essOf(cloud).instancesOf(group.id);
  return {
    id: group.id,
    name: group.name,
    ...stateOf(group.state),
    min: group.min,
    max: group.max,
    desired: group.desired,
    launching: group.launching,
    machines: instances.flatMap((one) => {
      const entry = ecsState(cloud).instances.get(one.instanceId);
      if (entry === undefined) return [];
      const machine = machinePart(cloud, entry);
      // A running machine that its group does not use yet (or no more) says so in the group's word.
      return [entry.status === 'Running' ? { ...machine, ...stateOf(one.state) } : machine];
    }),
  };
}

function machinePart(cloud: Cloud, entry: InstanceEntry): Machine {
  const alb = albOf(cloud);
  const healths = [...alb.serverGroups.values()].flatMap((group) =>
    group.servers
      .filter((server) => server.serverId === entry.id)
      .map((server) => alb.healthOf(group, server).status),
  );
  const health = healths.length === 0 ? undefined : (healths.find((one) => one !== 'Healthy') ?? 'Healthy');
  return {
    id: entry.id,
    name: entry.name,
    ...stateOf(entry.isReleasing ? 'Releasing' : entry.status),
    zone: entry.zoneId,
    privateIp: entry.privateIp,
    publicIp: entry.publicIp,
    instanceType: entry.instanceType,
    health,
  };
}

function balancerPart(cloud: Cloud, balancer: LoadBalancer): Balancer {
  const alb = albOf(cloud);
  const groupNames = (serverGroupId: string): string[] =>
    [...(alb.serverGroups.get(serverGroupId)?.scalingGroups ?? [])].map(
      (id) => essOf(cloud).groups.get(id)?.name ?? id,
    );
  return {
    id: balancer.id,
    name: balancer.name,
    ...stateOf(balancer.status),
    dnsName: balancer.dnsName,
    listeners: [...alb.listeners.values()]
      .filter((one) => one.loadBalancerId === balancer.id)
      .map((one): ListenerPart => {
        const leadsTo = [...alb.groupsOf(one)].flatMap((id) => {
          const names = groupNames(id);
          return names.length > 0 ? names : [alb.serverGroups.get(id)?.name ?? id];
        });
        return {
          id: one.id,
          name: one.description,
          ...stateOf(one.status),
          port: one.port,
          protocol: one.protocol,
          leadsTo: [...new Set(leadsTo)],
        };
      })
      .sort((a, b) => a.port - b.port),
  };
}

function othersOf(cloud: Cloud, vpcId: string, cluster: string): (Part & { kind: string })[] {
  const ecs = ecsState(cloud);
  const mine = (tags: ReadonlyMap<string, string>): boolean => tags.get(CLUSTER_TAG) === cluster;
  const there = { state: 'ready', says: 'Available' } as const;
  const part = (kind: string, one: { id: string | number; name: string }) => ({
    kind,
    id: String(one.id),
    name: one.name,
  });
  return [
    ...[...ecs.groups.values()]
      .filter((one) => one.vpcId === vpcId && !one.serviceManaged)
      .map((one) => ({ ...part('Security group', one), ...there })),
    ...[...ecs.keyPairs.values()]
      .filter((one) => mine(one.tags))
      .map((one) => ({ ...part('Key pair', one), ...there })),
    ...[...casOf(cloud).certificates.values()]
      .filter((one) => one.tags.some((tag) => tag.Key === CLUSTER_TAG && tag.Value === cluster))
      .map((one) => ({ ...part('Certificate', one), ...there })),
    ...[...albOf(cloud).serverGroups.values()]
      .filter((one) => one.vpcId === vpcId)
      .map((one) => ({ ...part('Server group', one), ...stateOf(one.status) })),
    ...[...ecs.templates.values()]
      .filter((one) => mine(one.tags))
      .map((one) => ({ ...part('Template', one), ...there })),
  ];
}

const READY = new Set(['Available', 'Running', 'Active', 'InService', 'Protected']);
const GOING = /^(Deleting|Stopping|Releasing|Removing)/;
const TROUBLE = /Failed|^Stopped$/;

function stateOf(says: string): { state: State; says: string } {
  if (READY.has(says)) return { state: 'ready', says };
  if (GOING.test(says)) return { state: 'going', says };
  return { state: TROUBLE.test(says) ? 'trouble' : 'coming', says };
}
