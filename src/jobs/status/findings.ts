import type { ClusterStatus, Health } from '../../cluster/answers.ts';
import { isInService } from '../../cluster/lifecycle.ts';
import { ROLES } from '../../cluster/names.ts';

type Seen = Omit<ClusterStatus, 'health' | 'findings'>;

/** Without one of these nobody can say whether the cluster works. */
const DECISIVE: ReadonlySet<string> = new Set(['load balancer', ...ROLES.map((role) => `${role} group`)]);
/** Nor when more than so many sources could not be read, whichever they are. */
const MOST_UNREAD = 2;

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
    for (const node of group.nodes) {
      if (isInService(node.lifecycle) && node.inCluster === false)
        words.push(
          `Node ${node.instanceId} (${node.privateIp}) runs but is not in the cluster: it is standalone or cannot reach the database.`,
        );
    }
  }
  for (const listener of status.listeners) {
    if (unread.includes('listeners') || !loadBalancer) continue;
    if (!listener.exists) words.push(`The listener on port ${listener.port} is missing.`);
    else if (!listener.leadsRight)
      words.push(`Port ${listener.port} does not lead to the ${listener.role} nodes.`);
    else if (listener.state.startsWith('Stopped'))
      words.push(`The listener on port ${listener.port} is stopped.`);
  }
  if (certificate && certificate.daysLeft < 0) words.push('The certificate has expired.');
  return words;
}

function worthALook(status: Seen): string[] {
  const words: string[] = [];
  for (const group of status.groups) {
    if (group.trouble !== undefined) words.push(group.trouble);
    if (group.exists && group.state !== 'Active')
      words.push(`The ${group.role} scaling group is ${group.state}: it starts no nodes.`);
    if (group.exists && group.serving > 0 && group.serving < group.desired)
      words.push(`${group.serving} of ${group.desired} ${group.role} nodes serve.`);
    if (group.exists && group.desired >= group.max)
      words.push(`The ${group.role} group is at its maximum of ${group.max}.`);
  }
  const { daysLeft: days = -1, isDue = false } = status.certificate ?? {};
  if (isDue && days >= 0) words.push(`The certificate expires in ${days} day${days === 1 ? '' : 's'}.`);
  for (const what of status.unread) words.push(`The ${what} could not be read.`);
  return words;
}
