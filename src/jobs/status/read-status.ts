import type { Cloud, RegionCloud } from '../../cloud/cloud.ts';
import type { ConnectTo } from '../../cloud/connect-to.ts';
import type { ClusterStatus, GroupStatus, ListenerStatus } from '../../cluster/answers.ts';
import { LISTENERS, ROLES } from '../../cluster/names.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Secrets } from '../store/secrets.ts';
import { readListedIps } from '../tasks/nodes/listed.ts';
import { readGroup } from '../tasks/nodes/read-group.ts';
import { classifyTrouble, serves, withListed } from '../tasks/nodes/view.ts';
import type { GroupView } from '../tasks/nodes/view.ts';
import {
  databasePlace,
  listenerPlaces,
  loadBalancerPlace,
  serverGroupsByRole,
  usesOthersDatabase,
} from './cloud-reads.ts';
import { readPast } from './read-past.ts';
import type { LoadBalancerPlace } from './cloud-reads.ts';
import { servedCertificate } from './served-certificate.ts';
import { findingsOf, healthOf } from './findings.ts';
import { suspendedWords } from './suspended.ts';

export interface StatusInput {
  readonly cluster: string;
  readonly regionId: string;
  readonly spec?: ClusterSpec | undefined;
  readonly cloud: Cloud;
  readonly region: RegionCloud;
  readonly secrets: Secrets;
  readonly settings: Settings;
  readonly connect: ConnectTo;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * A cluster as it is now, read live and side by side. What cannot be read is named in `unread` and hides nothing else.
 * @returns undefined when it has neither groups nor a load balancer nor a database of its own
 * @throws the cloud's error when none of these was found and one of them could not be read
 */
export async function readStatus(input: StatusInput): Promise<ClusterStatus | undefined> {
  const { cluster, regionId, region, spec, now } = input;
  const readAt = now();
  const unread: string[] = [];
  const errors = new Map<string, unknown>();
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      unread.push(what);
      errors.set(what, error);
      return undefined;
    }
  };
  // Nobody waits for what he does not need: the node list comes over SSH, from a machine that may be away.
  const domainOf = (seen: LoadBalancerPlace | undefined): string | undefined => spec?.domain ?? seen?.domain;
  const balancerRead = attempt('load balancer', () => loadBalancerPlace(region, cluster));
  const groupReads = ROLES.map((role) => attempt(`${role} group`, () => readGroup(input, role, undefined)));
  const placesRead = balancerRead.then((seen) => {
    if (seen) return attempt('listeners', () => listenerPlaces(region, seen.loadBalancerId));
    return errors.has('load balancer') ? undefined : [];
  });
  const certificateRead = balancerRead.then((seen) => {
    const domain = domainOf(seen);
    // Without an address, while the load balancer is made, the connection would go to this computer.
    if (!seen || domain === undefined || seen.dnsName === '') return undefined;
    return attempt('certificate', () => servedCertificate({ ...input, domain, dnsName: seen.dnsName }));
  });
  // Read with the groups: what they lack is told there.
  const suspendedRead = suspendedWords(region, cluster).catch(() => undefined);
  const pastRead = Promise.all(groupReads).then((groups) => readPast(region, groups, readAt));
  const [balancer, database, serverGroups, unlisted, ips, places, certificate, past, suspended] =
    await Promise.all([
      balancerRead,
      attempt('database', () => databasePlace(region, cluster)),
      attempt('server groups', () => serverGroupsByRole(region, cluster)),
      Promise.all(groupReads),
      attempt('node list', () => readListedIps({ ...input, spec })),
      placesRead,
      certificateRead,
      pastRead,
      suspendedRead,
    ]);
  const groups = unlisted.map((group) => group && withListed(group, ips));
  if (!balancer && !database && groups.every((group) => group === undefined)) {
    // What could not be read may be there and cost money. The node list tells of no part.
    for (const [what, error] of errors) if (what !== 'node list') throw error;
    return undefined;
  }
  const domain = domainOf(balancer);
  if (ips === undefined && database && !unread.includes('node list')) unread.push('node list');
  const app = spec?.apps[0] ?? input.settings.apps[0] ?? 'live';
  const external = spec
    ? spec.database.source === 'uri'
    : !database &&
      !unread.includes('database') &&
      (await attempt('database', () => usesOthersDatabase(region, cluster))) === true;
  const status: Omit<ClusterStatus, 'health' | 'findings'> = {
    cluster,
    regionId,
    zones: spec?.zones ?? zonesOf(groups),
    groups: ROLES.map((role, index) => {
      const status = groupStatus(role, groups[index], spec, now(), suspended?.get(role));
      return { ...status, ...past.groups[index] };
    }),
    listeners: LISTENERS.map((wanted): ListenerStatus => {
      const place = places?.find((one) => one.port === wanted.port);
      const right = serverGroups?.[wanted.role];
      return {
        port: wanted.port,
        protocol: place?.protocol ?? wanted.protocol,
        role: wanted.role,
        exists: place !== undefined,
        state: place?.state ?? (places === undefined ? 'unknown' : 'missing'),
        leadsRight: right === undefined || place === undefined || place.serverGroupIds.join() === right,
      };
    }),
    loadBalancer: balancer && { state: balancer.state, dnsName: balancer.dnsName },
    database: external
      ? { state: 'external', external: true }
      : database && {
          state: database.state,
          external: false,
          ...(database.privateIp === undefined ? {} : { privateIp: database.privateIp }),
        },
    certificate,
    ...(domain === undefined
      ? {}
      : {
          domain,
          publishUrl: `https://${domain}/${app}/`,
          playUrl: `https://${domain}:5443/${app}/player.html`,
          panelUrl: `https://${domain}/`,
        }),
    unread,
    readAt,
  };
  const findings = findingsOf(status);
  const health = healthOf(status, findings);
  // That its past cannot be read says nothing of how the cluster is.
  return { ...status, unread: [...unread, ...past.unread], findings, health };
}

function zonesOf(groups: readonly (GroupView | undefined)[]): readonly string[] {
  const zones = groups.flatMap((group) => group?.nodes.map((node) => node.zone) ?? []);
  return [...new Set(zones.filter((zone) => zone !== ''))].toSorted();
}

function groupStatus(
  role: (typeof ROLES)[number],
  group: GroupView | undefined,
  spec: ClusterSpec | undefined,
  now: number,
  suspended: string | undefined,
): GroupStatus {
  const cpu = spec?.[role].cpuPercent;
  const target = cpu === undefined ? {} : { cpuTarget: cpu };
  if (!group) {
    return {
      role,
      exists: false,
      state: 'missing',
      min: 0,
      max: 0,
      desired: 0,
      nodes: [],
      serving: 0,
      ...target,
    };
  }
  // An hour-old failure that nobody had to act on since is history.
  const recent = group.trouble && now - group.trouble.at < 3_600_000 ? group.trouble : undefined;
  const types = spec?.[role].instanceTypes ?? ['the instance types'];
  const trouble = [
    ...(suspended === undefined ? [] : [suspended]),
    ...(recent ? [classifyTrouble(recent, role, types).message] : []),
  ].join(' ');
  return {
    role,
    exists: true,
    state: group.state,
    min: group.min,
    max: group.max,
    desired: group.desired,
    nodes: group.nodes.map(({ since: _since, ...node }) => node),
    serving: group.nodes.filter(serves).length,
    ...target,
    ...(trouble === '' ? {} : { trouble }),
  };
}
