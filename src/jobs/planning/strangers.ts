import { withFreshAnswers } from '../../cloud/calling/answers.ts';
import type { Instance } from '../../cloud/ecs/instances.ts';
import { AmsError } from '../../cluster/errors.ts';
import { LISTENERS, TAG, clusterTags } from '../../cluster/names.ts';
import { NOTHING_LEFT } from '../../cluster/plan.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import type { Observed } from './planner.ts';
import type { Found, Observing } from '../resource.ts';
import { sameName } from '../resources/dns-record.ts';
import type { SeenListener } from '../resources/listener-diff.ts';
import type { SeenLoadBalancer } from '../resources/load-balancer.ts';
import type { SeenScalingGroup } from '../resources/scaling-group-diff.ts';
import type { SeenGroup } from '../resources/security-rules.ts';
import type { SeenVpc } from '../resources/vpc.ts';
import type { SeenVSwitch } from '../resources/vswitch.ts';
import { isOurs } from '../resources/tagged.ts';

/** RAM actions of this look, those of the kinds' own observing left out. */
export const STRANGER_ACTIONS: readonly string[] = [
  'alb:ListRules',
  'alb:ListServerGroupServers',
  'ecs:DescribeInstances',
  'ecs:DescribeSecurityGroups',
  'ecs:DescribeSecurityGroupReferences',
  'ess:DescribeScalingInstances',
  'vpc:DescribeVSwitches',
  'alidns:GetMainDomainName',
  'alidns:DescribeDomainRecords',
];

/** A sentence names so many of a kind. */
const NAMED = 5;
const MOVE = 'Move or remove them before you approve; else it waits for that and stops at its deadline.';

/** Of each kind what the plan removes. */
interface Going {
  of<Seen>(kind: string): readonly Found<Seen>[];
  /** Nothing of the cluster stays. */
  readonly isAll: boolean;
}

/**
 * What people added to a cluster by hand, in sentences for the approver of a plan that removes something: what goes
 * with it, what leads nowhere afterwards, and what stops the removal. Reads only; what cannot be read is said.
 */
export async function strangerRisks(
  look: Observing,
  observed: Observed,
  steps: readonly PlanStep[],
): Promise<readonly string[]> {
  const targets = new Set(steps.flatMap((step) => (step.action === 'remove' ? [step.target] : [])));
  if (targets.size === 0) return [];
  const going: Going = {
    of: <Seen>(kind: string) =>
      (observed.get(kind) ?? []).filter((one) => targets.has(one.id)) as readonly Found<Seen>[],
    isAll: steps.some((step) => step.kind === NOTHING_LEFT),
  };
  const found = await Promise.all([
    asked('listeners', async () => strangeListeners(going)),
    asked('forwarding rules', () => strangeRules(look, going)),
    asked('DNS records', () => strangeRecords(look, going)),
    asked('instances', () => strangeInstances(look, going)),
    asked('the VPC', () => strangersInVpc(look, going)),
    asked('security groups', () => strangeReferences(look, going)),
  ]);
  return found.flat();
}

/** A look that may be refused: whoever approves shall know that it was. */
async function asked(what: string, look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof AmsError)) throw error;
    return [`Whether ${what} of others hang on what goes could not be looked up: ${error.message}`];
  }
}

function strangeListeners(going: Going): readonly string[] {
  return going.of<SeenLoadBalancer>('load-balancer').flatMap(({ id }) => {
    const others = going
      .of<SeenListener>('listener')
      .filter(({ seen }) => seen.loadBalancerId === id && !isPublicPort(seen.port))
      .map(({ seen }) => `${seen.port} (${seen.protocol})`);
    if (others.length === 0) return [];
    return [
      `Load balancer ${id} also has ${others.length === 1 ? 'a listener that is' : 'listeners that are'} not the cluster's: ${named(others)}. ${goes(others)}`,
    ];
  });
}

function isPublicPort(port: number): boolean {
  return LISTENERS.some((one) => one.port === port);
}

/** The cluster itself has none. */
async function strangeRules({ region }: Observing, going: Going): Promise<readonly string[]> {
  const listeners = going.of<SeenListener>('listener');
  if (listeners.length === 0) return [];
  const rules = await region.alb.listRules({ listenerIds: listeners.map((one) => one.id) });
  if (rules.length === 0) return [];
  const words = rules.map((rule) => {
    const port = listeners.find((one) => one.id === rule.listenerId)?.seen.port;
    return `${rule.name ?? rule.ruleId} of ${port ?? rule.listenerId}`;
  });
  return [
    `Its listeners also have forwarding rules that are not the cluster's: ${named(words)}. ${goes(words)}`,
  ];
}

/** Of the zone that holds the cluster's own record. */
async function strangeRecords({ cloud, spec }: Observing, going: Going): Promise<readonly string[]> {
  const [balancer] = going.of<SeenLoadBalancer>('load-balancer');
  const domain = spec?.domain ?? balancer?.seen.domain;
  if (!balancer || balancer.seen.dnsName === '' || domain === undefined || (spec && spec.dns !== 'alidns'))
    return [];
  const place = await cloud.dns.mainDomain(domain);
  if (!place) return [];
  const { domainName } = place;
  const own = new Set(going.of('dns-record').map((one) => one.id));
  const records = (await cloud.dns.records({ domainName, type: 'CNAME' })) ?? [];
  const names = records
    .filter((one) => !own.has(one.recordId) && sameName(one.value, balancer.seen.dnsName))
    .map((one) => (one.rr === '@' ? domainName : `${one.rr}.${domainName}`));
  if (names.length === 0) return [];
  return [
    `DNS records of others lead to load balancer ${balancer.id}: ${named(names)}. They lead nowhere then.`,
  ];
}

/** In the network or the firewalls that go, in the server groups, and those that only a tag puts down to it. */
async function strangeInstances({ region, cluster }: Observing, going: Going): Promise<readonly string[]> {
  const vpcs = going.of<SeenVpc>('vpc').map((one) => one.id);
  const switches = going.of<SeenVSwitch>('vswitch');
  const groups = going.of<SeenGroup>('security-group');
  const places = [
    ...new Set([...vpcs, ...switches.map((one) => one.seen.vpcId), ...groups.map((one) => one.seen.vpcId)]),
  ];
  const [tagged, ...inPlaces] = await Promise.all([
    region.ecs.listInstances({ tags: clusterTags(cluster) }),
    ...places.map((vpcId) => region.ecs.listInstances({ vpcId })),
  ]);
  const all = inPlaces.flat();
  const held = [...vpcs, ...switches.map((one) => one.id), ...groups.map((one) => one.id)];
  const holdsOf = (one: Instance): string | undefined =>
    [one.vpcId, one.vSwitchId, ...one.securityGroupIds].find((id) => id !== undefined && held.includes(id));
  const holding = all.flatMap((one) => {
    const holds = holdsOf(one);
    if (holds === undefined || isOurs(one.tags, cluster)) return [];
    return [{ id: one.instanceId, words: `${one.instanceId}${titled(one.name)} in ${holds}` }];
  });
  const ownOnes = new Map(
    [...tagged, ...all]
      .filter((one) => isOurs(one.tags, cluster) && (going.isAll || holdsOf(one) !== undefined))
      .map((one) => [one.instanceId, one]),
  );
  const left = (await leftBehind(region, going, [...ownOnes.values()])).map(
    (one) => `${one.instanceId}${titled(one.name)}`,
  );
  const stopping = holding.map(({ words }) => words);
  const staying = tagged
    .filter((one) => !isOurs(one.tags, cluster) && !holding.some(({ id }) => id === one.instanceId))
    .map((one) => `${one.instanceId}${titled(one.name)}`);
  // The lists are not of one moment: a node may be in one of them only.
  const own = new Set(
    [...tagged, ...all].filter((one) => isOurs(one.tags, cluster)).map((one) => one.instanceId),
  );
  return [
    ...(stopping.length === 0
      ? []
      : [`Instances that are not the cluster's stop the removal: ${named(stopping)}. ${MOVE}`]),
    ...(left.length === 0
      ? []
      : [
          `Instances of the cluster that nothing in this plan removes (taken out of their scaling group, or copied by hand) stop the removal: ${named(left)}. ${MOVE}`,
        ]),
    ...(going.isAll && staying.length > 0
      ? [
          `Instances that are not the cluster's, though their tag ${TAG.cluster} names it, stay: ${named(staying)}.`,
        ]
      : []),
    ...elasticWords(tagged, cluster, going),
    ...(await strangeServers(region, going, own)),
  ];
}

/** Nothing of the cluster has one by itself: an instance lets go of it, and it costs more than before. */
function elasticWords(tagged: readonly Instance[], cluster: string, going: Going): readonly string[] {
  const databases = new Set(going.of('database').map((one) => one.id));
  const words = tagged
    .filter((one) => isOurs(one.tags, cluster) && (going.isAll || databases.has(one.instanceId)))
    .flatMap(({ instanceId, elasticIp }) =>
      elasticIp === undefined ? [] : [`${elasticIp} of ${instanceId}`],
    );
  if (words.length === 0) return [];
  return [
    `Elastic IP addresses stay, and cost money, when their instances go: ${named(words)}. Release in the console those that nobody needs.`,
  ];
}

/** Instances that bear the cluster's tags and go neither with a scaling group nor as its database. */
async function leftBehind(
  { ecs, ess }: Observing['region'],
  going: Going,
  own: readonly Instance[],
): Promise<readonly Instance[]> {
  const databases = going.of('database').map((one) => one.id);
  const nodes = own.filter((one) => !databases.includes(one.instanceId));
  const groups = going.of<SeenScalingGroup>('scaling-group');
  // As a rule each is in its group, which then need not be asked whom it has.
  if (nodes.length <= groups.reduce((sum, { seen }) => sum + seen.totalCapacity, 0)) return [];
  const members = (await Promise.all(groups.map(({ id }) => ess.listInstances(id)))).flat();
  const ids = new Set(members.map((one) => one.instanceId));
  const left = nodes.filter((one) => !ids.has(one.instanceId)).map((one) => one.instanceId);
  if (left.length === 0) return [];
  // One that its group has just released was listed and goes.
  const still = await withFreshAnswers(() => ecs.listInstances({ instanceIds: left }));
  return still.filter(({ status }) => status !== 'Stopping');
}

async function strangeServers(
  region: Observing['region'],
  going: Going,
  own: ReadonlySet<string>,
): Promise<readonly string[]> {
  const groups = going.of('server-group');
  const servers = await Promise.all(
    groups.map(async ({ id }) => (await region.alb.listServers(id)).map((one) => one.serverId)),
  );
  const words = [...new Set(servers.flat())].filter((id) => !own.has(id));
  if (words.length === 0) return [];
  return [
    `Its server groups also hold servers that are not the cluster's: ${named(words)}. Nobody reaches them by this load balancer then.`,
  ];
}

/** vSwitches and firewalls that somebody made in the VPC that goes. */
async function strangersInVpc({ region, cluster }: Observing, going: Going): Promise<readonly string[]> {
  const found = await Promise.all(
    going.of<SeenVpc>('vpc').map(async ({ id: vpcId }) => {
      const [switches, groups] = await Promise.all([
        region.vpc.listVSwitches({ vpcId }),
        region.ecs.listSecurityGroups({ vpcId }),
      ]);
      return [
        ...switches
          .filter((one) => !isOurs(one.tags, cluster))
          .map((one) => `vSwitch ${one.vSwitchId}${titled(one.name)}`),
        ...groups
          .filter((one) => !isOurs(one.tags, cluster) && !one.serviceManaged)
          .map((one) => `security group ${one.securityGroupId}${titled(one.name)}`),
      ];
    }),
  );
  const words = found.flat();
  return words.length === 0
    ? []
    : [`What is not the cluster's stops the removal of its VPC: ${named(words)}. ${MOVE}`];
}

async function strangeReferences({ region }: Observing, going: Going): Promise<readonly string[]> {
  const own = going.of<SeenGroup>('security-group').map((one) => one.id);
  if (own.length === 0) return [];
  const references = await region.ecs.securityGroupReferences(own);
  const words = references.flatMap(({ securityGroupId, referencedBy }) =>
    referencedBy.filter((id) => !own.includes(id)).map((id) => `${id} names ${securityGroupId}`),
  );
  return words.length === 0
    ? []
    : [
        `Rules of other security groups stop the removal: ${named(words)}. Take these rules out before you approve.`,
      ];
}

function goes(words: readonly string[]): string {
  return words.length === 1 ? 'It goes with it.' : 'They go with it.';
}

function titled(name: string | undefined): string {
  return name === undefined || name === '' ? '' : ` (${name})`;
}

function named(words: readonly string[]): string {
  const more = words.length - NAMED;
  return `${words.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
