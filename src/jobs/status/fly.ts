import { Resolver } from 'node:dns/promises';
import { isInService } from '../../cluster/lifecycle.ts';
import type { FlightCheck, TestFlight } from '../../cluster/answers.ts';
import { AmsError } from '../../cluster/errors.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { recallSecret } from '../recall-secrets.ts';
import { missingRule } from '../tasks/cluster-ports.ts';
import { databaseTrouble } from '../tasks/database/trouble.ts';
import { asksFor } from '../tasks/flight/checks.ts';
import type { Asks } from '../tasks/flight/checks.ts';
import { flyTest } from '../tasks/flight/fly.ts';
import type { FlightResult, NameResolution } from '../tasks/flight/fly.ts';
import { atDoor } from '../tasks/flight/door.ts';
import { checkPanelNodes } from '../tasks/flight/panel-nodes.ts';
import { readListedIps } from '../tasks/nodes/listed.ts';
import type { ListedContext } from '../tasks/nodes/listed.ts';
import { readGroup } from '../tasks/nodes/read-group.ts';
import { groupWords, serves, withListed } from '../tasks/nodes/view.ts';
import type { GroupView } from '../tasks/nodes/view.ts';
import { listenerPlaces, loadBalancerPlace, nodesSecurityGroup, serverGroupsByRole } from './cloud-reads.ts';

/** What a flight over a cluster needs; a spec helps and is not needed. */
export type FlightContext = ListedContext & { readonly now: () => number };

/** There is nothing to fly over. */
class NothingToFly extends AmsError {
  readonly code = 'nothing_to_fly';

  constructor(cluster: string, what: string) {
    super(`Cluster ${cluster} has no ${what}, so there is nothing to test.`, {
      hint: `Type /ams status ${cluster} for what there is.`,
    });
  }
}

/** The answer to `/ams test-fly`. @throws AmsError when there is no load balancer or no known domain */
export async function flightOf(ctx: FlightContext): Promise<TestFlight> {
  const { ok, publishUrl, playUrl, checks } = await flyCluster(ctx);
  return { ok, publishUrl, playUrl, checks };
}

/** Flies over a cluster as it is now. @throws AmsError when there is no load balancer or no known domain */
export async function flyCluster(ctx: FlightContext): Promise<FlightResult> {
  const balancer = recordedBalancer(ctx) ?? (await loadBalancerPlace(ctx.region, ctx.cluster));
  if (!balancer) throw new NothingToFly(ctx.cluster, 'load balancer');
  const domain = ctx.spec?.domain ?? balancer.domain;
  if (domain === undefined) throw new NothingToFly(ctx.cluster, 'domain on record');
  let reading: ReturnType<ReadGroups> | undefined;
  const readGroups: ReadGroups = () =>
    (reading ??= Promise.all(ROLES.map((role) => readGroup(ctx, role, undefined))));
  return atDoor({ ...ctx, domain, dnsName: balancer.dnsName }, (door) =>
    flyTest({
      door,
      apps: ctx.spec?.apps ?? ctx.settings.apps,
      asks: () => asksOf(ctx, readGroups),
      leadsTo: (port) => leadsTo(ctx, balancer.loadBalancerId, port),
      cloudChecks: [() => checkNodes(ctx, door, readGroups), () => checkNodePorts(ctx), () => checkUdp(ctx)],
      resolution: () => resolveName(ctx, domain, balancer.dnsName),
    }),
  );
}

/** Reads both groups, the first time. */
type ReadGroups = () => Promise<readonly (GroupView | undefined)[]>;

/** By the numbers of nodes that the running operation has waited for, else by those that there are. */
async function asksOf(ctx: FlightContext, readGroups: ReadGroups): Promise<Asks> {
  const served = ROLES.map((role) => ctx.recorded?.(`nodes-${role}`)?.['nodes']);
  const groups = served.includes(undefined) ? await readGroups().catch(() => []) : [];
  const asks = (role: Role): number => {
    const at = ROLES.indexOf(role);
    return asksFor(Number(served[at] ?? groups[at]?.nodes.length ?? ctx.spec?.[role].desired ?? 1));
  };
  return { origin: asks('origin'), edge: asks('edge') };
}

/** The load balancer that the running operation made. */
function recordedBalancer({ recorded, spec }: FlightContext) {
  const { loadBalancerId, dnsName } = recorded?.('load-balancer') ?? {};
  if (loadBalancerId === undefined || dnsName === undefined || spec === undefined) return undefined;
  return { loadBalancerId, dnsName, domain: spec.domain };
}

async function leadsTo(ctx: FlightContext, loadBalancerId: string, port: number): Promise<Role | undefined> {
  const [listeners, groups] = await Promise.all([
    listenerPlaces(ctx.region, loadBalancerId),
    serverGroupsByRole(ctx.region, ctx.cluster),
  ]);
  const ids = listeners.find((one) => one.port === port)?.serverGroupIds ?? [];
  return ROLES.find((role) => {
    const id = groups[role];
    return id !== undefined && ids.includes(id);
  });
}

/** Every desired node of both groups is in service, in the cluster and healthy. */
async function checkNodes(
  ctx: FlightContext,
  door: Parameters<typeof checkPanelNodes>[0],
  readGroups: ReadGroups,
): Promise<FlightCheck> {
  const what = 'Nodes';
  const reading = readGroups();
  // Who awaits it hears of its failure.
  reading.catch(() => undefined);
  const listed = await readListedIps(ctx);
  const trouble = listed === undefined ? await databaseTrouble(ctx) : undefined;
  if (trouble) return { what, ok: false, detail: `${trouble.message} ${trouble.hint}` };
  const groups = (await reading).map((group) => group && withListed(group, listed));
  const words: string[] = [];
  let ok = true;
  for (const [index, role] of ROLES.entries()) {
    const group = groups[index];
    if (!group) {
      ok = false;
      words.push(`${role}: there is no scaling group`);
      continue;
    }
    const enough = group.nodes.filter(serves).length >= group.desired;
    const outside = group.nodes.find((node) => isInService(node.lifecycle) && node.inCluster === false);
    if (!enough || outside) ok = false;
    words.push(
      outside
        ? `${role}: node ${outside.instanceId} (${outside.privateIp}) runs but is not in the cluster's node list; release it in the ECS console and Auto Scaling starts a fresh one`
        : groupWords(group, ctx.now()),
    );
  }
  if (ok && listed === undefined) {
    const ips = groups.flatMap((group) => group?.nodes.filter(serves).map((node) => node.privateIp) ?? []);
    const secret = (await ctx.secrets.get(ctx.cluster, 'jwt')) ?? (await recallSecret(ctx, 'jwt'));
    return checkPanelNodes(door, secret, ips);
  }
  return { what, ok, detail: `${words.join('; ')}.` };
}

/** Edges fetch streams from origins: a rule that went missing leaves viewers with nothing and no line in any log. */
async function checkNodePorts(ctx: FlightContext): Promise<FlightCheck> {
  const what = 'Ports between nodes';
  const missing = await missingRule(ctx);
  if (missing) return { what, ok: false, detail: `${missing.message} ${missing.hint}` };
  return { what, ok: true, detail: 'The security group lets nodes reach one another on TCP 5000 and 5080.' };
}

/** Media flows past the load balancer, straight to the nodes: without this rule nothing is seen or heard. */
async function checkUdp(ctx: FlightContext): Promise<FlightCheck> {
  const what = 'Media ports';
  const group = await nodesSecurityGroup(ctx.region, ctx.cluster);
  if (!group)
    return {
      what,
      ok: false,
      detail: 'The nodes have no security group of this cluster: it was removed or lost its tags.',
    };
  const open = group.ingress.some((rule) => {
    const [low = 0, high = 0] = rule.portRange.split('/').map(Number);
    const covers = low === -1 || (low <= 50_000 && high >= 60_000);
    return (
      /^(udp|all)$/i.test(rule.protocol) && rule.policy === 'accept' && rule.cidr === '0.0.0.0/0' && covers
    );
  });
  return {
    what,
    ok: open,
    detail: open
      ? 'UDP 50000-60000 is open for WebRTC media.'
      : `UDP 50000-60000 is closed in security group ${group.securityGroupId}: connections come up and no media flows; open it to 0.0.0.0/0.`,
  };
}

/** Whether the domain leads to the load balancer: by CNAME, or by the same addresses (alias records). */
async function resolveName(ctx: FlightContext, domain: string, dnsName: string): Promise<NameResolution> {
  const mapped = ctx.connect(domain, 443);
  if (mapped.host !== domain || mapped.port !== 443) {
    return {
      state: 'skipped',
      detail: `The address of ${domain} is configured here (AMS_CONNECT_TO); its DNS record was not looked up.`,
    };
  }
  const resolver = new Resolver({ timeout: 3_000, tries: 1 });
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, '');
  const names = await resolver.resolveCname(domain).catch((): string[] => []);
  if (names.some((name) => plain(name) === plain(dnsName))) {
    return { state: 'right', detail: `${domain} leads to the load balancer.` };
  }
  const [mine, theirs] = await Promise.all([
    resolver.resolve4(domain).catch((): string[] => []),
    resolver.resolve4(dnsName).catch((): string[] => []),
  ]);
  if (mine.some((address) => theirs.includes(address))) {
    return { state: 'right', detail: `${domain} leads to the load balancer.` };
  }
  const seen = names[0] ?? mine[0];
  return {
    state: 'missing',
    detail: `Set this record where the zone of ${domain} is: ${domain} CNAME ${dnsName}${seen === undefined ? '' : ` (now it leads to ${seen})`}.`,
  };
}
