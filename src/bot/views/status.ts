import type { KnownBlock } from '@slack/types';
import type {
  ClusterStatus,
  GroupStatus,
  Health,
  ListenerStatus,
  NodeStatus,
} from '../../cluster/answers.ts';
import { groupsRead } from '../../cluster/glance.ts';
import { isInService } from '../../cluster/lifecycle.ts';
import { driftLines } from './drift.ts';
import { context, duration, escape, fields, header, lines, plural, section, view, when } from './text.ts';
import type { View } from './text.ts';

export const HEALTH_SIGN: Readonly<Record<Health, string>> = {
  good: ':large_green_circle:',
  attention: ':large_yellow_circle:',
  bad: ':red_circle:',
  unknown: ':white_circle:',
};
export const HEALTH_WORD: Readonly<Record<Health, string>> = {
  good: 'working',
  attention: 'working, with something to look at',
  bad: 'not working',
  unknown: 'could not be judged',
};

/** The picture of a status, uploaded to Slack, and what it shows in words. */
export interface Picture {
  readonly fileId: string;
  readonly altText: string;
}

/**
 * A cluster at a glance: the verdict first, then what is wrong, then the parts. With a picture of the last hours once
 * Slack has it; until then the CPU is drawn in small bars.
 */
export function statusView(status: ClusterStatus, picture?: Picture): View {
  const { cluster, health } = status;
  const verdict = `${cluster} ${health === 'unknown' ? '' : 'is '}${HEALTH_WORD[health]}`;
  const blocks: KnownBlock[] = [
    header(`${HEALTH_SIGN[health]} ${verdict}`),
    context(
      [
        escape(status.regionId),
        escape(status.zones.join(', ')),
        ...(status.domain === undefined ? [] : [escape(status.domain)]),
        // Whoever sees it red should not have to read to the end that somebody works on it.
        ...(status.operation === undefined
          ? []
          : [`operation ${escape(status.operation)} is planned or under way`]),
      ]
        .filter((part) => part !== '')
        .join('  ·  '),
    ),
  ];
  blocks.push(fields([...factsOf(status), ...(picture ? [] : status.groups.flatMap(cpuFact))]));
  if (picture) blocks.push({ type: 'image', slack_file: { id: picture.fileId }, alt_text: picture.altText });
  if (status.findings.length > 0)
    blocks.push(
      ...lines(
        status.findings.map((one) => `:warning: ${escape(one)}`),
        3,
      ),
    );
  if (status.drift !== undefined && status.drift.length > 0)
    blocks.push(
      ...lines(
        [
          `:wrench: *Differs from what it should be*; \`/ams repair ${cluster}\` plans what sets it right`,
          ...driftLines(status.drift),
        ],
        3,
      ),
    );
  for (const group of status.groups) blocks.push(...lines(groupLines(group, status), 3));
  blocks.push(...lines(partLines(status), 2));
  const urls = urlLines(status);
  if (urls.length > 0) blocks.push(section(urls.join('\n')));
  const foot = [`read live ${when(status.readAt, '{time_secs}')}`];
  if (status.unread.length > 0) foot.push(`could not be read: ${escape(status.unread.join(', '))}`);
  blocks.push(context(foot.join('  ·  ')));
  const counts = groupsRead(status)
    .map((group) => `${group.role} ${group.serving}/${group.desired}`)
    .join(', ');
  return view(`${verdict}${counts === '' ? '' : ` (${counts})`}.`, blocks);
}

const NOT_READ = ':white_circle: could not be read';

/** Of a part that was not seen: it is missing, unless the source that tells of it could not be read. */
function unseen({ unread }: ClusterStatus, source: string): string {
  return unread.includes(source) ? NOT_READ : ':x: missing';
}

/** Listeners are listed by their load balancer: without it nothing is known of them. */
function listenersUnread({ unread }: ClusterStatus): boolean {
  return unread.includes('listeners') || unread.includes('load balancer');
}

/** There are listeners, and the server groups, which tell whether they lead to the right nodes, could not be read. */
function targetsUnread({ unread, listeners }: ClusterStatus): boolean {
  return unread.includes('server groups') && listeners.some((one) => one.exists);
}

/** What everybody wants to know first, each in a few words. */
function factsOf(status: ClusterStatus): string[] {
  const { groups, database, loadBalancer, drift } = status;
  const fact = (title: string, words: string): string => `*${title}*\n${words}`;
  return [
    ...groups.map((group) =>
      fact(
        group.role === 'origin' ? 'Origin' : 'Edge',
        group.exists
          ? `${tick(group.serving >= group.desired)} ${group.serving} of ${group.desired} serving`
          : unseen(status, `${group.role} group`),
      ),
    ),
    fact(
      'Load balancer',
      loadBalancer ? balancerWords(loadBalancer, status) : unseen(status, 'load balancer'),
    ),
    fact('MongoDB', database ? databaseWords(database) : unseen(status, 'database')),
    fact('Certificate', certificateWords(status)),
    `*As planned*\n${drift === undefined ? ':white_circle: not compared now' : `${tick(drift.length === 0)} ${drift.length === 0 ? 'nothing differs' : plural(drift.length, 'difference')}`}`,
  ];
}

function balancerWords({ state }: NonNullable<ClusterStatus['loadBalancer']>, status: ClusterStatus): string {
  const { listeners } = status;
  const isActive = state === 'Active';
  if (listenersUnread(status))
    return `${isActive ? ':white_circle:' : ':warning:'} ${escape(state)}, its listeners could not be read`;
  const right = listeners.filter(isRight).length;
  const isWell = isActive && right === listeners.length;
  if (targetsUnread(status))
    return `${isWell ? ':white_circle:' : ':warning:'} ${escape(state)}, ${right} of ${listeners.length} listeners run, ${TARGETS_NOT_READ}`;
  return `${tick(isWell)} ${escape(state)}, ${right} of ${listeners.length} listeners right`;
}

const TARGETS_NOT_READ = 'where they lead could not be read';

/** What the ports serve under the cluster's domain: without either nobody can tell. */
function certificateWords({ certificate, loadBalancer, domain, unread }: ClusterStatus): string {
  if (certificate) {
    const { daysLeft, isDue, isForeign } = certificate;
    if (isForeign === true) return ':x: of another domain';
    return `${tick(!isDue)} ${daysLeft < 0 ? 'expired' : `${plural(daysLeft, 'day')} left`}`;
  }
  if (unread.includes('certificate') || unread.includes('load balancer')) return NOT_READ;
  if (!loadBalancer) return ':white_circle: not served, there is no load balancer';
  return `:white_circle: unknown, ${domain === undefined ? 'the domain is not on record' : 'the load balancer has no address yet'}`;
}

function isRight({ exists, leadsRight, state }: ListenerStatus): boolean {
  return exists && leadsRight && state === 'Running';
}

function databaseWords({ state, external }: NonNullable<ClusterStatus['database']>): string {
  return external ? ':white_check_mark: an existing one' : `${tick(state === 'Running')} ${escape(state)}`;
}

function tick(isWell: boolean): string {
  return isWell ? ':white_check_mark:' : ':warning:';
}

const BARS = '▁▂▃▄▅▆▇█';
/** So many bars are drawn. */
const BAR_COUNT = 18;

/** CPU over the last hours as small bars, a full one being 100 %. */
function cpuFact({ role, cpu, cpuTarget }: GroupStatus): string[] {
  const [first, last] = [cpu?.at(0), cpu?.at(-1)];
  if (cpu === undefined || first === undefined || last === undefined || cpu.length < 2) return [];
  const size = Math.ceil(cpu.length / BAR_COUNT);
  const bars: string[] = [];
  for (let at = 0; at < cpu.length; at += size) {
    const most = Math.max(...cpu.slice(at, at + size).map((one) => one.percent));
    bars.push(BARS.charAt(Math.max(0, Math.min(BARS.length - 1, Math.floor((most / 100) * BARS.length)))));
  }
  const most = Math.max(...cpu.map((one) => one.percent));
  const target = cpuTarget === undefined ? '' : `, scales to hold ${cpuTarget} %`;
  return [
    `*CPU of ${role} nodes, last ${duration(last.at - first.at)}*\n\`${bars.join('')}\` ${Math.round(last.percent)} % now, ${Math.round(most)} % at most${target}`,
  ];
}

function groupLines(group: GroupStatus, status: ClusterStatus): string[] {
  const name = group.role === 'origin' ? 'Origin' : 'Edge';
  if (!group.exists) return [`*${name} scaling group*  ${unseen(status, `${group.role} group`)}`];
  const ok = group.serving >= group.desired;
  const cpu = group.cpuTarget === undefined ? '' : `, scales to hold ${group.cpuTarget} % CPU`;
  return [
    `*${name}*  ${ok ? ':white_check_mark:' : ':warning:'} *${group.serving} of ${group.desired} serving*  (${group.min} to ${group.max} allowed${cpu})${group.state === 'Active' ? '' : `, group ${escape(group.state)}`}`,
    ...(group.trouble === undefined ? [] : [`      :warning: ${escape(group.trouble)}`]),
    // Of a hundred nodes not all lines fit: those to look at come first.
    ...group.nodes.toSorted((a, b) => Number(isInTrouble(b)) - Number(isInTrouble(a))).map(nodeLine),
  ];
}

function isInTrouble({ lifecycle, healthy, inCluster }: NodeStatus): boolean {
  return !isInService(lifecycle) || healthy === false || inCluster === false;
}

function nodeLine(node: NodeStatus): string {
  const isUp = isInService(node.lifecycle);
  const serves = isUp && node.healthy === true && node.inCluster === true;
  const doubts = [
    ...(isUp ? [] : [escape(node.lifecycle)]),
    ...(node.healthy === true
      ? []
      : [node.healthy === false ? 'unhealthy behind the load balancer' : 'health not read']),
    ...(node.inCluster === true
      ? []
      : [node.inCluster === false ? 'not in the node list' : 'node list not read']),
  ];
  const words = serves ? '' : `  _${doubts.join(', ')}_`;
  return `      ${serves ? ':small_blue_diamond:' : ':small_orange_diamond:'} \`${escape(node.instanceId)}\`  ${escape(node.privateIp)}  ${escape(node.zone)}${words}`;
}

function partLines(status: ClusterStatus): string[] {
  const { loadBalancer, database, certificate } = status;
  return [
    `*Load balancer*  ${loadBalancer ? `${escape(loadBalancer.state)}, \`${escape(loadBalancer.dnsName)}\`` : unseen(status, 'load balancer')}`,
    ...listenerLines(status),
    `*MongoDB*  ${database ? `${escape(database.state)}${database.external ? ', an existing one' : ''}${database.privateIp === undefined ? '' : `, ${escape(database.privateIp)}`}` : unseen(status, 'database')}`,
    ...(certificate ? [`*Certificate*  ${escape(certificate.names.join(', '))}`] : []),
  ];
}

function listenerLines(status: ClusterStatus): string[] {
  if (listenersUnread(status)) return [`*Listeners*  ${NOT_READ}`];
  const { listeners } = status;
  const ports = listeners.map((one) => `${one.port}${isRight(one) ? '' : ' :x:'}`).join(', ');
  return [
    `*Listeners*  ${listeners.length === 0 ? ':x: none' : ports}${targetsUnread(status) ? `  :white_circle: ${TARGETS_NOT_READ}` : ''}`,
    ...listeners
      .filter((one) => !isRight(one))
      .map(
        (one) =>
          `      :warning: ${one.port} ${one.exists ? (one.leadsRight ? escape(one.state) : `does not lead to the ${one.role} nodes`) : 'is missing'}`,
      ),
  ];
}

function urlLines(status: ClusterStatus): string[] {
  const { publishUrl, playUrl, panelUrl } = status;
  return [
    ...(publishUrl === undefined ? [] : [`:satellite_antenna: <${escape(publishUrl)}|Publish>`]),
    ...(playUrl === undefined ? [] : [`:tv: <${escape(playUrl)}|Play>`]),
    ...(panelUrl === undefined ? [] : [`:gear: <${escape(panelUrl)}|Panel>`]),
  ];
}
