import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { sshBlock } from '../../cluster/cidr.ts';
import type { Settings } from '../../cluster/settings.ts';
import { ClusterSpec } from '../../cluster/spec.ts';
import type { GroupSpec } from '../../cluster/spec.ts';
import type { Found } from '../resource.ts';
import type { SeenCertificate } from '../resources/certificate.ts';
import type { SeenDatabase } from '../resources/database.ts';
import type { SeenRecord } from '../resources/dns-record.ts';
import type { SeenTemplate } from '../resources/launch-template-content.ts';
import { certificateNumber } from '../resources/listener-diff.ts';
import type { SeenListener } from '../resources/listener-diff.ts';
import type { SeenLoadBalancer } from '../resources/load-balancer.ts';
import type { SeenScalingGroup } from '../resources/scaling-group-diff.ts';
import type { SeenRule } from '../resources/scaling-rule.ts';
import type { SeenGroup } from '../resources/security-rules.ts';
import type { SeenVpc } from '../resources/vpc.ts';
import type { SeenVSwitch } from '../resources/vswitch.ts';

type Parts = ReadonlyMap<string, Found<unknown>>;

/** What cannot be read back from the cloud: shown to people as such, and never taken for a real value. */
export const UNKNOWN = '(unknown)';
/** The same for the number of a certificate. */
export const NO_CERTIFICATE = 0;

/**
 * Rebuilds a cluster's spec from what was observed when its record is lost: enough to scale it and to tell its
 * status. Pure. What the cloud does not tell is as in `ams.yaml` (the apps, sizes of what is gone), or `(unknown)`
 * where that cannot say it either (which of its entries a certificate came from, the URI of a database that is not
 * ours); what is ours stays ours, since tags and not the spec decide that.
 * @returns undefined when too little is left: fewer than two vSwitches, no group, no domain, or a firewall without the
 *   database of our own that it was for
 */
export function recallSpec(
  cluster: string,
  regionId: string,
  found: Parts,
  settings: Settings,
): ClusterSpec | undefined {
  const switches = recallSwitches(found);
  const domain = seen<SeenLoadBalancer>(found, 'load-balancer')?.domain;
  if (switches.length < 2 || domain === undefined) return undefined;
  const templates = ROLES.map((role) => seen<SeenTemplate>(found, `launch-template-${role}`));
  const template = templates.find((one) => one !== undefined);
  const origin = recallGroup(found, 'origin', settings);
  const edge = recallGroup(found, 'edge', settings);
  const any = origin ?? edge;
  const database = recallDatabase(found, settings);
  if (!any || !database) return undefined;
  const vpc = found.get('vpc') as Found<SeenVpc> | undefined;
  const imageId = template?.imageId ?? UNKNOWN;
  const spec = {
    name: cluster,
    regionId,
    zones: switches.map((one) => one.zoneId),
    network: {
      ...(vpc?.ours === true ? {} : { vpcId: switches[0]?.vpcId ?? UNKNOWN }),
      cidr: vpc?.seen.cidr ?? UNKNOWN,
      vSwitchCidrs: switches.map((one) => one.cidr),
    },
    domain,
    apps: settings.apps,
    certificate: recallCertificate(found),
    keyPair: recallKeyPair(found, template),
    database,
    image: { imageId, name: imageId },
    origin: origin ?? { ...any, min: 0, desired: 0 },
    edge: edge ?? { ...any, min: 0, desired: 0 },
    nodes: {
      diskGiB: template?.diskGiB ?? settings.nodes.diskGiB,
      bandwidthMbps: template?.bandwidthMbps ?? settings.nodes.bandwidthMbps,
      ...recallStunServer(template, settings),
    },
    // One without a remark may be what people have set themselves, as `print` asks of them.
    dns: seen<SeenRecord>(found, 'dns-record')?.hasRemark === true ? 'alidns' : 'print',
  };
  return ClusterSpec.safeParse(spec).data;
}

/** The `seen` of a part; its type follows from the part's kind. */
function seen<Seen>(found: Parts, part: string): Seen | undefined {
  return (found.get(part) as Found<Seen> | undefined)?.seen;
}

function recallSwitches(found: Parts): readonly SeenVSwitch[] {
  const switches: SeenVSwitch[] = [];
  for (let number = 1; ; number += 1) {
    const one = seen<SeenVSwitch>(found, `vswitch-${number}`);
    if (!one) return switches;
    switches.push(one);
  }
}

function recallGroup(found: Parts, role: Role, settings: Settings): GroupSpec | undefined {
  const group = seen<SeenScalingGroup>(found, `scaling-group-${role}`);
  if (!group) return undefined;
  const template = seen<SeenTemplate>(found, `launch-template-${role}`);
  const rule = seen<SeenRule>(found, `scaling-rule-${role}`);
  const types = group.instanceTypes.length > 0 ? group.instanceTypes : [template?.instanceType ?? ''];
  const defaults = settings[role];
  return {
    instanceTypes: types.some((type) => type === '') ? defaults.instanceTypes : types,
    min: group.minSize,
    max: Math.max(group.maxSize, 1),
    desired: group.desiredCapacity ?? group.totalCapacity,
    cpuPercent: Math.min(Math.max(rule?.target ?? defaults.cpuPercent, 10), 74),
    cooldownSeconds: group.cooldown ?? defaults.cooldownSeconds,
  };
}

/** Nodes that were told of none go without one still, whatever `ams.yaml` names for new clusters. */
function recallStunServer(
  template: SeenTemplate | undefined,
  settings: Settings,
): { readonly stunServer?: string } {
  const stunServer = template?.stunServer ?? settings.nodes.stunServer ?? '';
  return stunServer === '' ? {} : { stunServer };
}

const HTTPS = [443, 5443];

/** Without a certificate of ours, the one that the HTTPS listeners serve was adopted. */
function recallCertificate(found: Parts): ClusterSpec['certificate'] {
  const own = found.get('certificate') as Found<SeenCertificate> | undefined;
  if (own?.ours === true) return { source: 'configured', name: UNKNOWN, sha256: own.seen.sha256 };
  const [served = ''] = HTTPS.flatMap(
    (port) => seen<SeenListener>(found, `listener-${port}`)?.certificateIds ?? [],
  );
  return { source: 'cas', certId: own?.seen.certId ?? (Number(certificateNumber(served)) || NO_CERTIFICATE) };
}

function recallKeyPair(found: Parts, template: SeenTemplate | undefined): ClusterSpec['keyPair'] {
  if (found.get('key-pair')?.ours === true || template?.keyPairName === undefined) return { source: 'own' };
  return { source: 'existing', name: template.keyPairName };
}

/** One of others has no firewall of ours; nothing tells what an own one was that is gone. */
function recallDatabase(found: Parts, settings: Settings): ClusterSpec['database'] | undefined {
  const database = seen<SeenDatabase>(found, 'database');
  const firewall = seen<SeenGroup>(found, 'security-group-database');
  if (!database) return firewall ? undefined : { source: 'uri', uri: UNKNOWN };
  return {
    source: 'instance',
    instanceTypes: [database.instanceType],
    diskGiB: settings.mongo.diskGiB,
    imageId: database.imageId,
    osRelease: database.imageId.includes('24_04') ? '24.04' : '22.04',
    sshFrom: recallSshSource(firewall, settings) ?? UNKNOWN,
  };
}

/** As `ams.yaml` says, else what the firewall lets in, unless somebody opened it to half the internet. */
function recallSshSource(firewall: SeenGroup | undefined, { ssh }: Settings): string | undefined {
  if (ssh.from !== undefined) return sshBlock(ssh.from);
  const open = (firewall?.rules ?? []).flatMap(({ portRange, policy, cidr }) =>
    portRange === '22/22' && policy === 'accept' && cidr !== undefined ? [cidr] : [],
  );
  return open.find((cidr) => sshBlock(cidr) !== undefined);
}
