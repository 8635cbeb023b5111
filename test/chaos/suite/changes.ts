import { albOf } from '../../../sandbox/alibaba/alb/lookup.ts';
import { ecsState } from '../../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { RememberedClusters } from '../../../src/jobs/store/remembered.ts';
import { holdingsOf } from '../../support/holdings.ts';
import type { Town } from '../../support/town.ts';

type Role = 'origin' | 'edge';

/** Something that changes between the plan and the click, and how to change it back. */
export interface Change {
  readonly name: string;
  apply(town: Town, random: () => number, clusters: RememberedClusters): Promise<() => Promise<void>>;
}

/** Takes an entry out of a product's memory; the undo puts it back. */
function without<K, V>(map: Map<K, V>, key: K): () => Promise<void> {
  const entry = map.get(key);
  map.delete(key);
  return async () => {
    if (entry !== undefined) map.set(key, entry);
  };
}

function one<T>(things: readonly T[], random: () => number): T {
  const thing = things[Math.floor(random() * things.length)];
  if (thing === undefined) throw new Error('there is nothing to choose from');
  return thing;
}

const roleOf = (random: () => number): Role => one(['origin', 'edge'] as const, random);

function group(town: Town, role: Role) {
  return holdingsOf(town.world, 'live').scalingGroup(role);
}

/** Sets a property of a group and sets it back. */
function numbers(name: string, change: (of: ReturnType<typeof group>, random: () => number) => void): Change {
  return {
    name,
    async apply(town, random) {
      const of = group(town, roleOf(random));
      const { min, max, desired, state, cooldown, templateVersion } = of;
      change(of, random);
      return async () => void Object.assign(of, { min, max, desired, state, cooldown, templateVersion });
    },
  };
}

/** Remembers another spec of the cluster, as another operation or another version of the product would. */
function spec(name: string, change: (before: ClusterSpec, random: () => number) => ClusterSpec): Change {
  return {
    name,
    async apply(_town, random, clusters) {
      const before = await clusters.read('live');
      const read = ClusterSpec.safeParse(before?.spec).data;
      if (before === undefined || read === undefined) throw new Error('no spec of live is remembered');
      await clusters.remember({ ...before, spec: change(read, random) });
      return async () => clusters.remember(before);
    },
  };
}

/** What people, other programs and the cloud itself do meanwhile. */
export const CHANGES: readonly Change[] = [
  numbers(
    'another desired number',
    (of, random) => void (of.desired = (of.desired ?? 0) + 1 + Math.floor(random() * 2)),
  ),
  numbers('another maximum', (of, random) => void (of.max = of.max + 1 + Math.floor(random() * 9))),
  numbers('a minimum of none', (of) => void (of.min = 0)),
  numbers('another cooldown', (of) => void (of.cooldown += 60)),
  numbers('a disabled group', (of) => void (of.state = 'Inactive')),
  {
    name: 'a listener gone',
    async apply(town, random) {
      const { listeners } = albOf(town.world.alibaba.cloud);
      return without(listeners, one([...listeners.keys()], random));
    },
  },
  {
    name: 'a scaling rule gone',
    async apply(town, random) {
      const { rules } = essOf(town.world.alibaba.cloud);
      return without(rules, one([...rules.keys()], random));
    },
  },
  {
    name: 'a scaling group gone',
    async apply(town, random) {
      return without(essOf(town.world.alibaba.cloud).groups, group(town, roleOf(random)).id);
    },
  },
  {
    name: 'a load balancer gone',
    async apply(town, random) {
      const { loadBalancers } = albOf(town.world.alibaba.cloud);
      return without(loadBalancers, one([...loadBalancers.keys()], random));
    },
  },
  {
    name: 'a server group gone',
    async apply(town, random) {
      const { serverGroups } = albOf(town.world.alibaba.cloud);
      return without(serverGroups, one([...serverGroups.keys()], random));
    },
  },
  {
    name: 'another security rule',
    async apply(town, random) {
      const of = holdingsOf(town.world, 'live').securityGroup(one(['nodes', 'database'] as const, random));
      const before = of.rules;
      of.rules =
        random() < 0.5
          ? before.slice(1)
          : [
              ...before,
              ...before.slice(0, 1).map((rule) => ({
                ...rule,
                id: `${rule.id}x`,
                portRange: '22/22',
                cidrIp: '0.0.0.0/0',
                groupId: '',
              })),
            ];
      return async () => void (of.rules = before);
    },
  },
  {
    name: 'one more of ours',
    async apply(town, random) {
      const { groups } = ecsState(town.world.alibaba.cloud);
      const like = holdingsOf(town.world, 'live').securityGroup('nodes');
      const id = `${like.id.slice(0, -4)}${Math.floor(random() * 9_000 + 1_000)}`;
      groups.set(id, { ...like, id });
      return async () => void groups.delete(id);
    },
  },
  {
    name: 'a group that is not ours any more',
    async apply(town, random) {
      const of = group(town, roleOf(random));
      const before = [...of.tags];
      of.tags.splice(0, of.tags.length, ...before.filter((tag) => tag.Key !== 'ams-cluster'));
      return async () => void of.tags.splice(0, of.tags.length, ...before);
    },
  },
  {
    name: 'a launch template gone',
    async apply(town, random) {
      const { templates } = ecsState(town.world.alibaba.cloud);
      return without(templates, one([...templates.keys()], random));
    },
  },
  spec('a spec with another CPU target', (before, random) => {
    const role = roleOf(random);
    return { ...before, [role]: { ...before[role], cpuPercent: 30 + Math.floor(random() * 40) } };
  }),
  spec('a spec with other limits', (before, random) => {
    const role = roleOf(random);
    return { ...before, [role]: { ...before[role], max: before[role].max + 1 + Math.floor(random() * 20) } };
  }),
  spec('a spec with another instance type', (before, random) => {
    const role = roleOf(random);
    return { ...before, [role]: { ...before[role], instanceTypes: ['ecs.c7.4xlarge'] } };
  }),
  spec('a spec with another image', (before) => ({
    ...before,
    image: { ...before.image, imageId: 'm-another' },
  })),
];
