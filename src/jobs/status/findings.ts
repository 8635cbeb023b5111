import type { ClusterStatus, GroupStatus, Health } from '../../cluster/answers.ts';
import { isInService } from '../../cluster/lifecycle.ts';
import { ROLES, TAG } from '../../cluster/names.ts';

type Seen = Omit<ClusterStatus, 'health' | 'findings'>;

/** Without one of these nobody can say whether the cluster works. */
const DECISIVE: ReadonlySet<string> = new Set(['load balancer', ...ROLES.map((role) => `${role} group`)]);
/** Nor when more than so many sources could not be read, whichever they are. */
const MOST_UNREAD = 2;
/** So many nodes of a group are named; a hundred sentences of one kind would hide all others. */
const MOST_NAMED = 3;

/** What is wrong or worth a look, most important first, one sentence each. */
export function findingsOf(status: Seen): readonly string[] {
  return [...wrong(status), ...worthALook(status)];
}

/** `bad`: users notice or soon will; `attention`: they do not yet; `unknown`: what decides that could not be read. */
export function healthOf(status: Seen, findings: readonly string[]): Health {
  const { unread } = status;
  if (wrong(status).length > 0) return 'bad';
  if (unread.length > MOST_UNREAD || unread.some((what) => DECISIVE.has(what))) return 'unknown';
  return findings.length > 0 ? 'attention' : 'good';
}

function wrong(status: Seen): string[] {
  const words: string[] = [];
  const { unread, database, loadBalancer, certificate } = status;
  if (!database && !unread.includes('database'))
    words.push('The database instance is missing; nodes that restart will not come up.');
  else if (database && !database.external && database.state !== 'Running')
    words.push(`The database instance is ${database.state}; new streams and logins fail.`);
  if (!loadBalancer && !unread.includes('load balancer'))
    words.push('The load balancer is missing; nobody reaches the cluster.');
  else if (loadBalancer && !/^(Active|Configuring)$/.test(loadBalancer.state))
    words.push(`The load balancer is ${loadBalancer.state}.`);
  for (const group of status.groups) {
    if (unread.includes(`${group.role} group`)) continue;
    if (!group.exists) words.push(`The ${group.role} scaling group is missing.`);
    else if (group.serving === 0 && group.desired > 0) words.push(`No ${group.role} node serves.`);
  }
  for (const listener of status.listeners) {
    if (unread.includes('listeners') || !loadBalancer) continue;
    if (!listener.exists) words.push(`The listener on port ${listener.port} is missing.`);
    else if (!listener.leadsRight)
      words.push(`Port ${listener.port} does not lead to the ${listener.role} nodes.`);
    else if (listener.state.startsWith('Stopped'))
      words.push(`The listener on port ${listener.port} is stopped.`);
  }
  if (certificate && certificate.daysLeft < 0)
    words.push(`The certificate has expired${where(certificate)}.`);
  if (certificate?.isForeign === true)
    words.push(`The certificate does not cover ${status.domain ?? 'the domain'}${where(certificate)}.`);
  return [...words, ...status.groups.flatMap(standalone)];
}

/** Which of the two ports serves a certificate, where the other one serves another. */
function where({ port }: { readonly port?: number }): string {
  return port === undefined ? '' : ` (port ${port})`;
}

/** Nodes that the cluster does not know of. */
function standalone({ role, nodes }: GroupStatus): string[] {
  const outside = nodes.filter((one) => isInService(one.lifecycle) && one.inCluster === false);
  const more = outside.length - MOST_NAMED;
  return [
    ...outside
      .slice(0, MOST_NAMED)
      .map(
        ({ instanceId, privateIp }) =>
          `Node ${instanceId} (${privateIp}) runs but is not in the cluster: it is standalone or cannot reach the database.`,
      ),
    ...(more > 0 ? [`The same is true of ${more} more ${role} node${more === 1 ? '' : 's'}.`] : []),
  ];
}

function worthALook(status: Seen): string[] {
  const words: string[] = [];
  for (const group of status.groups) {
    if (group.trouble !== undefined) words.push(group.trouble);
    if (group.exists && group.state !== 'Active')
      words.push(`The ${group.role} scaling group is ${group.state}: it starts no nodes.`);
    if (group.exists && group.serving > 0 && group.serving < group.desired)
      words.push(`${group.serving} of ${group.desired} ${group.role} nodes serve.`);
    // One of a fixed size is always there.
    if (group.exists && group.desired >= group.max && group.max > group.min)
      words.push(`The ${group.role} group is at its maximum of ${group.max}.`);
  }
  if (status.loadBalancer && status.domain === undefined)
    words.push(
      `The domain is not on record, and the load balancer has no tag ${TAG.domain} that names it: certificate and URLs are unknown.`,
    );
  const { daysLeft: days = -1, isDue = false, ...served } = status.certificate ?? {};
  if (isDue && days >= 0)
    words.push(`The certificate expires in ${days} day${days === 1 ? '' : 's'}${where(served)}.`);
  for (const what of status.unread) words.push(`The ${what} could not be read.`);
  return words;
}
