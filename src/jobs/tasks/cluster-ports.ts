import type { Role } from '../../cluster/names.ts';
import type { Problem } from '../../cluster/errors.ts';
import type { StepContext, VisitResult } from '../resource.ts';
import { task } from '../resource.ts';
import { nodesSecurityGroup } from '../status/cloud-reads.ts';
import { ResourceBroken } from '../resource-errors.ts';
import { askNodes } from './nodes/ask-nodes.ts';
import type { NodeAnswer, NodeCommand } from './nodes/ask-nodes.ts';
import { ALONE_HINT } from './nodes/diagnosis.ts';
import { checkEdition, editionQuestion, isEditionUnknown } from './nodes/edition.ts';
import { readGroup } from './nodes/read-group.ts';
import { serves } from './nodes/view.ts';
import type { NodeView } from './nodes/view.ts';

/** TCP ports between nodes: media and messages, and HTTP (REST forwarding, HLS). */
const PORTS = [5000, 5080] as const;
/** Looks before a closed port is called closed: the server behind it may still be opening it. */
const LOOKS = 6;

/**
 * What only nodes themselves can tell: that they run an edition which forms a cluster, and that they reach one another,
 * an edge each origin, an origin each edge. A closed port 5000 is the failure that leaves no line in any log; viewers
 * would only see nothing.
 */
export const clusterPorts = task({
  kind: 'cluster-ports',
  actions: ['ecs:RunCommand', 'ecs:DescribeInvocationResults', 'ecs:DescribeSecurityGroupAttribute'],
  typicalSeconds: 10,
  deadlineSeconds: 600,
  parts(spec) {
    return [
      {
        id: 'cluster-ports',
        needs: ['nodes-origin', 'nodes-edge', 'security-group-nodes'],
        title: `Nodes of ${spec.name} reach one another on TCP ${PORTS.join(' and ')}`,
      },
    ];
  },
  visit,
});

type Place = Pick<NodeView, 'instanceId' | 'privateIp'>;

interface Pair {
  readonly from: Place;
  readonly to: Place;
}

interface Path extends Pair {
  readonly port: number;
}

async function visit(ctx: StepContext): Promise<VisitResult> {
  const [origin, edge] = await Promise.all([servingNodes(ctx, 'origin'), servingNodes(ctx, 'edge')]);
  if (isDoubtful(ctx) && (origin.length === 0 || edge.length === 0))
    return { againMs: 5_000, why: `no ${origin.length === 0 ? 'origin' : 'edge'} node serves just now` };
  const all = [...pairs(edge[0], origin), ...pairs(origin[0], edge)];
  const unknown = isEditionUnknown(ctx) ? origin.slice(0, 1) : [];
  const suspect = suspectOf(ctx, all);
  const questions = [
    ...all.map(portsQuestion),
    ...suspect.map((node) => portsQuestion({ from: node, to: node })),
    ...unknown.map((node) => editionQuestion(node.instanceId)),
  ];
  const asked = await askNodes(ctx, questions, 'the nodes are asked whether they reach one another');
  if (!('answers' in asked)) return asked;
  for (const node of unknown) await checkEdition(ctx, node, asked.answers.at(-1));
  const answers = all.flatMap((pair, nth) => portsIn(pair, asked.answers[nth]));
  const closed = answers.find((one) => one.open === false);
  if (closed) {
    const looks = Number(ctx.memory['looks'] ?? 0) + 1;
    const isLast = looks >= LOOKS;
    await ctx.remember({ looks: isLast ? 0 : looks, [SUSPECT]: isLast ? '' : closed.path.to.instanceId });
    if (!isLast) return { againMs: 5_000, why: `${pathWords(closed.path)} does not answer yet` };
    const [own] = suspect.flatMap((node, nth) =>
      portsIn({ from: node, to: node }, asked.answers[all.length + nth]),
    );
    const isAlone = own?.open === false && own.path.to.instanceId === closed.path.to.instanceId;
    throw new ResourceBroken(isAlone ? standsAlone(closed.path) : closedPort(closed.path));
  }
  const silent = answers.filter((one) => one.open === undefined);
  const [first] = silent;
  if (first) {
    const waits = Number(ctx.memory['silent'] ?? 0) + 1;
    await ctx.remember({ silent: waits });
    if (waits < LOOKS)
      return {
        againMs: 5_000,
        why: `node ${first.path.from.instanceId} does not say whether it reaches the others`,
      };
    const missing = await missingRule(ctx);
    if (missing !== undefined) throw new ResourceBroken(missing);
    ctx.note(
      `Cloud Assistant does not answer on ${silent.length === answers.length ? 'the nodes' : 'some nodes'}: their ports were judged by the security group alone.`,
    );
  }
  return { done: true };
}

/** The node whose port did not answer at the last look. */
const SUSPECT = 'suspect';

/**
 * A node that runs alone opens no port for the others. Where its database has no list that we can read, it is asked
 * itself whether anything listens there: a rule between nodes would not be the reason.
 */
function suspectOf(ctx: StepContext, all: readonly Pair[]): readonly Place[] {
  if (ctx.spec.database.source !== 'uri') return [];
  const found = all.find(({ to }) => to.instanceId === ctx.memory[SUSPECT]);
  return found ? [found.to] : [];
}

/** From one node to all of the other group: rules are the group's, so one sender speaks for all of its kind. */
function pairs(from: Place | undefined, to: readonly Place[]): Pair[] {
  return from === undefined ? [] : to.slice(0, 5).map((node) => ({ from, to: node }));
}

/** Some node did not answer at the last look: it may be gone, since Auto Scaling takes away and replaces nodes. */
function isDoubtful({ memory }: StepContext): boolean {
  return [memory['looks'], memory['silent']].some((looks) => Number(looks ?? 0) > 0);
}

/** The nodes that the step before found serving; where there was none, or one of them did not answer, what serves now. */
async function servingNodes(ctx: StepContext, role: Role): Promise<readonly Place[]> {
  const found = isDoubtful(ctx) ? undefined : ctx.recorded(`nodes-${role}`);
  const ips = found?.['ips']?.split(',') ?? [];
  if (found?.['ids'] !== undefined)
    return found['ids']
      .split(',')
      .filter(Boolean)
      .map((instanceId, at) => ({ instanceId, privateIp: ips[at] ?? '' }));
  return (await readGroup(ctx, role, undefined))?.nodes.filter(serves) ?? [];
}

/** One command tries all ports of a node. */
function portsQuestion({ from, to }: Pair): NodeCommand {
  const tries = PORTS.map(
    (port) =>
      `timeout 5 bash -c '</dev/tcp/${to.privateIp}/${port}' && echo port-open-${port} || echo port-closed-${port}`,
  );
  return { instanceId: from.instanceId, command: tries.join('; ') };
}

function portsIn(
  { from, to }: Pair,
  answer: NodeAnswer,
): readonly { readonly path: Path; readonly open: boolean | undefined }[] {
  return PORTS.map((port) => {
    const said = (word: string): boolean => answer?.output.includes(`port-${word}-${port}`) === true;
    return { path: { from, to, port }, open: said('open') ? true : said('closed') ? false : undefined };
  });
}

/** What the rules say when nobody can be asked: members of a group reach each other, or a rule lets them. */
export async function missingRule(
  ctx: Pick<StepContext, 'region' | 'cluster'>,
): Promise<Problem | undefined> {
  const group = await nodesSecurityGroup(ctx.region, ctx.cluster);
  if (!group || group.innerAccessPolicy === 'Accept') return undefined;
  const shut = PORTS.find(
    (port) =>
      !group.ingress.some((rule) => {
        const [low = 0, high = 0] = rule.portRange.split('/').map(Number);
        const covers = /^(tcp|all)$/i.test(rule.protocol) && (low === -1 || (low <= port && port <= high));
        return covers && rule.policy === 'accept' && rule.groupId === group.securityGroupId;
      }),
  );
  if (shut === undefined) return undefined;
  return {
    code: 'node_port_closed',
    message: `Security group ${group.securityGroupId} does not let nodes reach one another on TCP ${shut}.`,
    hint: `Add a rule for TCP ${shut} from the group itself, then try again.`,
  };
}

function closedPort(path: Path) {
  return {
    code: 'node_port_closed',
    message: `${pathWords(path)} is closed, so edges cannot fetch streams from origins.`,
    hint: `Open TCP ${path.port} between the nodes (security group of the nodes, firewall on the node), then press Retry.`,
  };
}

function standsAlone(path: Path) {
  const { instanceId, privateIp } = path.to;
  return {
    code: 'node_standalone',
    message: `Node ${instanceId} (${privateIp}) runs but did not join the cluster: nothing listens on its TCP ${path.port}, which members open.`,
    hint: ALONE_HINT,
  };
}

function pathWords({ from, to, port }: Path): string {
  return `TCP ${port} from node ${from.instanceId} (${from.privateIp}) to ${to.instanceId} (${to.privateIp})`;
}
