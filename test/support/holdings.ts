import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { dnsOf } from '../../sandbox/alibaba/alidns/lookup.ts';
import { casOf } from '../../sandbox/alibaba/cas/lookup.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import type { World } from '../../sandbox/world.ts';

type Role = 'origin' | 'edge';
/** Tags as products keep them: some as a map, some as a list. */
type Tags =
  | ReadonlyMap<string, string>
  | Readonly<Record<string, string>>
  | readonly { readonly Key: string; readonly Value: string }[];

/** The tags of any product as one object. */
export function tagsOf(tags: Tags): Readonly<Record<string, string>> {
  if (tags instanceof Map) return Object.fromEntries(tags as ReadonlyMap<string, string>);
  if (!Array.isArray(tags)) return tags as Readonly<Record<string, string>>;
  return Object.fromEntries((tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}

/** What the simulated account holds of one cluster, found by tags as a stranger would; each read is live. */
export function holdingsOf(world: World, cluster: string) {
  const { cloud } = world.alibaba;
  const [ecs, vpc, alb, ess] = [ecsState(cloud), vpcState(cloud), albOf(cloud), essOf(cloud)];

  function part<T extends { readonly tags: Tags }>(entries: Iterable<T>, resource: string): T {
    const found = all(entries).filter((entry) => tagsOf(entry.tags)['ams-resource'] === resource);
    const [only, ...others] = found;
    if (only === undefined || others.length > 0)
      throw new Error(`${cluster} has ${found.length} resources ${resource}, not one`);
    return only;
  }

  function all<T extends { readonly tags: Tags }>(entries: Iterable<T>): T[] {
    return [...entries].filter((entry) => tagsOf(entry.tags)['ams-cluster'] === cluster);
  }

  const self = {
    vpc: () => part(vpc.vpcs.values(), 'vpc'),
    vSwitches: () => all(vpc.vSwitches.values()),
    securityGroup: (of: 'nodes' | 'database') => part(ecs.groups.values(), `security-group-${of}`),
    /** Rules of a group as `TCP 22/22 from 198.51.100.10/32`, groups under their names. */
    rules: (of: 'nodes' | 'database') =>
      self
        .securityGroup(of)
        .rules.filter((rule) => rule.policy === 'Accept' && rule.direction === 'ingress')
        .map((rule) => {
          const group = ecs.groups.get(rule.groupId)?.name;
          return `${rule.protocol} ${rule.portRange} from ${group ?? rule.cidrIp}`;
        })
        .toSorted(),
    keyPair: () => part(ecs.keyPairs.values(), 'key-pair'),
    certificates: () =>
      [...casOf(cloud).certificates.values()].filter((one) => one.name.startsWith(`${cluster}-`)),
    database: () => part(ecs.instances.values(), 'database'),
    disksOf: (instanceId: string) => [...ecs.disks.values()].filter((disk) => disk.instanceId === instanceId),
    template: (role: Role) => part(ecs.templates.values(), `launch-template-${role}`),
    /** The newest version's content. */
    templateData(role: Role) {
      const template = self.template(role);
      const version = template.versions.get(template.latest);
      if (version === undefined) throw new Error(`the ${role} template has no version ${template.latest}`);
      return version.data as Readonly<Record<string, unknown>>;
    },
    userData: (role: Role) =>
      Buffer.from(String(self.templateData(role)['UserData']), 'base64').toString('utf8'),
    scalingGroup: (role: Role) => part(ess.groups.values(), `scaling-group-${role}`),
    scalingRule(role: Role) {
      const { id } = self.scalingGroup(role);
      const [rule, ...others] = [...ess.rules.values()].filter((one) => one.groupId === id);
      if (rule === undefined || others.length > 0) throw new Error(`the ${role} group has not one rule`);
      return rule;
    },
    /** Members of a group as Auto Scaling and ECS see them. */
    nodes: (role: Role) =>
      ess.instancesOf(self.scalingGroup(role).id).flatMap((member) => {
        const instance = ecs.instances.get(member.instanceId);
        return instance === undefined ? [] : [{ member, instance }];
      }),
    serverGroup: (role: Role) => part(alb.serverGroups.values(), `server-group-${role}`),
    health: (role: Role) => {
      const group = self.serverGroup(role);
      return group.servers.map((server) => alb.healthOf(group, server).status);
    },
    loadBalancer: () => part(alb.loadBalancers.values(), 'load-balancer'),
    listeners: () =>
      [...alb.listeners.values()].filter((one) => one.loadBalancerId === self.loadBalancer().id),
    listener(port: number) {
      const found = self.listeners().find((one) => one.port === port);
      if (found === undefined) throw new Error(`${cluster} has no listener ${port}`);
      return found;
    },
    /** The machine under an instance. */
    machine(instanceId: string) {
      const found = world.machines.machines.find((one) => one.spec.instanceId === instanceId);
      if (found === undefined) throw new Error(`no machine runs under ${instanceId}`);
      return found;
    },
    databaseMachine: () => self.machine(self.database().id),
  };
  return self;
}

/** Everything that the account holds, one word each: what is there before must be what is there after. */
export function inventory(world: World): string[] {
  const { cloud } = world.alibaba;
  const [ecs, vpc, alb, ess] = [ecsState(cloud), vpcState(cloud), albOf(cloud), essOf(cloud)];
  return [
    ecs.instances,
    ecs.disks,
    // A VPC with interfaces of a product has a group of that product's for a while.
    new Map([...ecs.groups].filter(([, group]) => !group.serviceManaged)),
    ecs.keyPairs,
    ecs.templates,
    vpc.vpcs,
    vpc.vSwitches,
    vpc.interfaces,
    alb.loadBalancers,
    alb.listeners,
    alb.rules,
    alb.serverGroups,
    casOf(cloud).certificates,
    dnsOf(cloud).records,
    ess.groups,
    ess.instances,
    ess.rules,
    ess.hooks,
    ess.tasks,
  ]
    .flatMap((entries) => [...(entries as ReadonlyMap<unknown, unknown>).keys()].map(String))
    .toSorted();
}
