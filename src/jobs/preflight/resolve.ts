import { CloudError } from '../../cloud/errors.ts';
import { toProblem } from '../../cluster/errors.ts';
import type { Problem } from '../../cluster/errors.ts';
import type { CreateOptions, GroupOptions } from '../../cluster/operation.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { groupNumbers } from '../../cluster/settings.ts';
import { ClusterSpec, groupMistake } from '../../cluster/spec.ts';
import type { GroupSpec } from '../../cluster/spec.ts';
import type { Tools } from '../steps/step-context.ts';
import { checkAddresses, checkCapacity } from './capacity.ts';
import { chooseCertificate } from './certificate.ts';
import { chooseDatabase } from './database.ts';
import { chooseDomain } from './domain.ts';
import { Findings } from './findings.ts';
import { chooseNodeImage } from './images.ts';
import { chooseKeyPair } from './key-pair.ts';
import { checkCertificateNameFree, checkNamesFree, checkNotElsewhere } from './names-taken.ts';
import { chooseNetwork, existingVpc, zoneCountOf, zonesOf } from './network.ts';
import type { Promised } from './network.ts';
import { checkMayWrite } from './permissions.ts';
import { checkUserData } from './user-data.ts';
import { chooseZones } from './zones.ts';

export interface Resolved {
  readonly spec: ClusterSpec | undefined;
  /** All of them, not only the first. */
  readonly problems: readonly Problem[];
  readonly risks: readonly string[];
}

/**
 * Turns a wish into a spec with nothing left open, checking live everything that can be known to be wrong before
 * anybody is asked to approve: it reads only. What is found is reported together.
 * @throws CloudError when the cloud gives no answer now
 */
export async function resolveCreate(input: {
  readonly cluster: string;
  readonly options: CreateOptions;
  readonly tools: Tools;
  readonly promised: Promised;
  readonly signal: AbortSignal;
}): Promise<Resolved> {
  const { cluster, options, tools } = input;
  const { settings, cloud } = tools;
  const findings = new Findings();
  const regionId = options.region ?? settings.region;
  const early = await checkAccess(regionId, tools);
  if (early) return { spec: undefined, problems: [early], risks: [] };
  const region = cloud.in(regionId);
  const groups = {
    origin: groupSpec('origin', options.origin, tools),
    edge: groupSpec('edge', options.edge, tools),
  };
  // The bot has judged them by its settings already; ours may be others until it is restarted, too.
  for (const role of ROLES) {
    const mistake = groupMistake(role, groups[role]);
    if (mistake)
      findings.problem(
        'bad_numbers',
        mistake,
        `Use --${role}-min, --${role}-desired and --${role}-max with 0 <= min <= desired <= max.`,
      );
  }
  const domain = options.domain ?? settings.domain?.replaceAll('{cluster}', cluster);
  const mongoTypes = options.mongoType ? [options.mongoType] : settings.mongo.instanceTypes;
  const ownDatabase = options.mongoUri === undefined;
  const insisted = ROLES.filter((role) => options[role]?.type !== undefined);
  const zoneWishes = [
    ...ROLES.map((role) => ({
      what: `${role} nodes`,
      instanceTypes: groups[role].instanceTypes,
      ...(insisted.includes(role) ? { insistedBy: `--${role}-type` } : {}),
    })),
    ...(ownDatabase
      ? [
          {
            what: 'database',
            instanceTypes: [...new Set([...mongoTypes, ...settings.mongo.instanceTypes])],
            ...(options.mongoType === undefined ? {} : { insistedBy: '--mongo-type' }),
          },
        ]
      : []),
  ];
  const vpcId = existingVpc(options, settings);
  const zonesInput = {
    named: options.zones ?? [],
    preferred: settings.zones,
    own: () => zonesOf(region, cluster),
    wishes: zoneWishes,
  };
  const [zones, image, network, database, keyPair, certificate] = await Promise.all([
    findings.check(() => chooseZones(region, zonesInput, findings)),
    findings.check(() => chooseNodeImage(region, settings, options.image, findings)),
    findings.check(() =>
      chooseNetwork(
        region,
        {
          cluster,
          vpcId,
          cidr: options.cidr ?? settings.network.cidr,
          zoneCount: zoneCountOf(options),
          promised: input.promised,
        },
        findings,
      ),
    ),
    findings.check(() => chooseDatabase({ region, options, settings, mongoTypes }, findings)),
    findings.check(() =>
      chooseKeyPair({ region, named: options.keyPair ?? settings.keyPair, settings, ownDatabase }, findings),
    ),
    findings.check(async () => {
      const named = options.certificate ?? settings.certificate;
      const chosen = await chooseCertificate({ tools, regionId, named, domain }, findings);
      if (chosen?.source === 'configured')
        await checkCertificateNameFree(
          { cluster, sha256: chosen.sha256, cas: cloud.cas(regionId) },
          findings,
        );
      return chosen;
    }),
    findings.check(() =>
      chooseDomain({ cluster, tools, domain, dns: options.dns ?? settings.dns }, findings),
    ),
    findings.check(() =>
      checkNamesFree(
        { cluster, ownKeyPair: (options.keyPair ?? settings.keyPair) === undefined, cloud, region },
        findings,
      ),
    ),
    findings.check(() => checkUserData({ cluster, mongoUri: options.mongoUri, settings }, findings)),
    findings.check(() => checkNotElsewhere({ cluster, regionId, tools }, findings)),
    findings.check(() =>
      checkCapacity({ cluster, region, cloud, groups, insisted, ownDatabase, mongoTypes }, findings),
    ),
    findings.check(() =>
      checkMayWrite(
        {
          cloud,
          regionId,
          ownVpc: vpcId === undefined,
          ownDatabase,
          now: tools.now,
        },
        findings,
      ),
    ),
  ]);
  if (network) checkAddresses({ network, ...groups, ownDatabase }, findings);
  regionRisks(regionId, settings.nodes.stunServer, findings);
  const complete = zones && image && network && database && keyPair && certificate && domain !== undefined;
  if (!complete || findings.problems.length > 0)
    return { spec: undefined, problems: findings.problems, risks: findings.risks };
  const stocked = (role: Role): GroupSpec => {
    const types = zones.typesFor(`${role} nodes`);
    if (types.length > 0 && types[0] !== groups[role].instanceTypes[0]) {
      findings.risk(
        `${groups[role].instanceTypes[0]} is not sold in all of ${zones.zones.join(', ')}: the ${role} nodes begin with ${types[0]}.`,
      );
    }
    return { ...groups[role], instanceTypes: types.length > 0 ? types : groups[role].instanceTypes };
  };
  const databaseTypes = options.mongoType ? mongoTypes : zones.typesFor('database');
  const spec = ClusterSpec.parse({
    name: cluster,
    regionId,
    zones: zones.zones,
    network: { ...network, vSwitchCidrs: network.vSwitchCidrs.slice(0, zones.zones.length) },
    domain,
    apps: options.app ? [options.app] : settings.apps,
    certificate,
    keyPair,
    database:
      database.source === 'instance' && databaseTypes.length > 0
        ? { ...database, instanceTypes: databaseTypes }
        : database,
    image,
    origin: stocked('origin'),
    edge: stocked('edge'),
    nodes: {
      diskGiB: settings.nodes.diskGiB,
      bandwidthMbps: options.bandwidth ?? settings.nodes.bandwidthMbps,
      ...(settings.nodes.stunServer === undefined ? {} : { stunServer: settings.nodes.stunServer }),
    },
    dns: options.dns ?? settings.dns,
  });
  return { spec, problems: [], risks: findings.risks };
}

/** Who we are and whether the region exists: without these no other check means anything. */
async function checkAccess(regionId: string, tools: Tools): Promise<Problem | undefined> {
  const { settings, cloud } = tools;
  if (settings.regions.length > 0 && !settings.regions.includes(regionId)) {
    return {
      code: 'region_not_allowed',
      message: `Region ${regionId} is not allowed here.`,
      hint: `Use one of ${settings.regions.join(', ')}; \`regions\` in ams.yaml lists them.`,
    };
  }
  try {
    await cloud.sts.callerIdentity();
    const regions = await cloud.in(settings.region).ecs.regions();
    if (regions.some((region) => region.regionId === regionId)) return undefined;
    const near = regions
      .map((region) => region.regionId)
      .filter((id) => id.split('-')[0] === regionId.split('-')[0]);
    return {
      code: 'region_unknown',
      message: `Alibaba Cloud has no region ${regionId} for this account.`,
      hint: `Did you mean one of ${(near.length > 0 ? near : regions.map((region) => region.regionId)).slice(0, 8).join(', ')}?`,
    };
  } catch (error) {
    if (error instanceof CloudError && !error.retryable && !error.unknownOutcome) return toProblem(error);
    throw error;
  }
}

function groupSpec(role: Role, options: GroupOptions | undefined, tools: Tools): GroupSpec {
  const usual = tools.settings[role];
  return {
    instanceTypes: options?.type
      ? [options.type, ...usual.instanceTypes.filter((type) => type !== options.type)].slice(0, 10)
      : usual.instanceTypes,
    ...groupNumbers(tools.settings, role, options),
    cpuPercent: options?.cpu ?? usual.cpuPercent,
    cooldownSeconds: usual.cooldownSeconds,
  };
}

/** What is special in mainland China and Hong Kong (licence check, STUN, mirrors, filing). */
function regionRisks(regionId: string, stunServer: string | undefined, findings: Findings): void {
  if (!regionId.startsWith('cn-')) return;
  findings.risk(
    'From mainland China and Hong Kong the Ant Media licence check needs a proxy; without one the nodes may show an invalid licence.',
  );
  if (stunServer === undefined) {
    findings.risk(
      "The default STUN server is Google's, which is not reachable from mainland China: set nodes.stunServer in ams.yaml.",
    );
  }
  if (regionId !== 'cn-hongkong')
    findings.risk('In mainland regions the domain needs an ICP filing before it may be served.');
  findings.risk(
    'repo.mongodb.org and raw.githubusercontent.com may be slow or blocked there: mongo.installScript in ams.yaml can name a mirror.',
  );
}
