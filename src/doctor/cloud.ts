import { createCloud } from '../cloud/cloud.ts';
import type { Cloud, RegionCloud } from '../cloud/cloud.ts';
import { casCertificateId } from '../cluster/certificate.ts';
import { nearest } from '../cluster/nearest.ts';
import type { Settings } from '../cluster/settings.ts';
import type { Config } from '../config/config.ts';
import { chooseNodeImage, chooseUbuntuImage } from '../jobs/preflight/images.ts';
import { Findings } from '../jobs/preflight/findings.ts';
import { deniedOf, permissionFix } from '../jobs/preflight/permissions.ts';
import { cloudOptions } from '../worker-role.ts';
import { bad, examine, good, warning } from './check.ts';
import type { Finding } from './check.ts';

/** Alibaba Cloud: who we are, whether each product may be read and written, the regions and the images. */
export async function checkCloud(config: Config): Promise<readonly Finding[]> {
  const { settings } = config;
  const cloud = createCloud(cloudOptions(config));
  const region = cloud.in(settings.region);
  const who = await examine('Alibaba Cloud credentials', async () => {
    const identity = await cloud.sts.callerIdentity();
    return [good(`Alibaba Cloud knows us: ${identity.arn}`)];
  });
  if (who.some((finding) => finding.state === 'bad')) return who;
  const regions = await regionsOf(cloud, settings.region);
  const strange = checkRegions(settings, regions);
  // Nothing answers for a region that there is not.
  if (regions && !regions.includes(settings.region)) return [...who, ...strange];
  const reads: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['VPC', () => region.vpc.listVpcs({})],
    ['ECS', () => region.ecs.regions()],
    ['ALB', () => region.alb.zones()],
    ['Auto Scaling', () => region.ess.listGroups({ names: ['doctor'] })],
    ['Certificate Management', () => cloud.cas(settings.region).list()],
  ];
  const readable = await Promise.all(
    reads.map(([what, read]) =>
      examine(what, async () => (await read(), [good(`${what} may be read in ${settings.region}`)])),
    ),
  );
  const images = await examine('Images', async () => {
    const found = new Findings();
    const node = await chooseNodeImage(region, settings, undefined, found);
    const ubuntu = await chooseUbuntuImage(region, settings.mongo.ubuntu, found);
    return [
      ...(node ? [good(`Nodes would boot from ${node.name} (${node.imageId})`)] : []),
      ...(ubuntu === undefined ? [] : [good(`The database would boot from ${ubuntu}`)]),
      ...found.problems.map((problem) => bad(problem.message, problem.hint)),
    ];
  });
  return [
    ...who,
    ...strange,
    ...readable.flat(),
    ...(await checkWrites(region)),
    ...images,
    ...(await checkHeldCertificate(cloud, settings)),
  ];
}

/** The usual certificate where Certificate Management holds it; files of our own are looked at with the settings. */
async function checkHeldCertificate(cloud: Cloud, settings: Settings): Promise<readonly Finding[]> {
  const { certificate, certificates, region } = settings;
  const id = Object.hasOwn(certificates, certificate) ? undefined : casCertificateId(certificate);
  if (id === undefined) return [];
  return examine(`Certificate ${id}`, async () => {
    const seen = await cloud.cas(region).detail(id);
    if (!seen)
      return [
        bad(
          `Certificate Management holds no certificate ${id} (certificate in ams.yaml)`,
          'Correct the number, or set casEndpoint in ams.yaml when the account is of the other site.',
        ),
      ];
    if (seen.expired)
      return [
        bad(
          `Certificate ${id} of Certificate Management has expired`,
          'Upload a new one, and let certificate in ams.yaml name that.',
        ),
      ];
    const names = [...new Set([seen.commonName, ...seen.sans])].filter((name) => name !== '');
    return [good(`Certificate ${id} of Certificate Management covers ${names.join(', ')}`)];
  });
}

/** Answers DescribeRegions where the configured region has no address. */
const ELSEWHERE = 'ap-southeast-1';

/** The regions that this account may use; undefined when that cannot be known, which the reads tell as well. */
async function regionsOf(cloud: Cloud, wanted: string): Promise<readonly string[] | undefined> {
  for (const regionId of new Set([wanted, ELSEWHERE])) {
    try {
      return (await cloud.in(regionId).ecs.regions()).map((one) => one.regionId);
    } catch {
      // The next one may answer.
    }
  }
  return undefined;
}

function checkRegions(settings: Settings, known: readonly string[] | undefined): readonly Finding[] {
  const wanted = [
    ['region', settings.region],
    ...settings.regions.map((id, at) => [`regions.${at}`, id] as const),
  ] as const;
  const unknown = wanted
    .filter(([, id]) => known && !known.includes(id))
    .map(([key, id]) => {
      const near = nearest(id, known ?? []);
      return bad(
        `Alibaba Cloud has no region ${id} for this account (${key} in ams.yaml)`,
        near === undefined ? `Use one of ${known?.join(', ')}.` : `Did you mean ${near}?`,
      );
    });
  const { region, regions } = settings;
  if (regions.length === 0 || regions.includes(region)) return unknown;
  return [
    ...unknown,
    warning(
      `Commands that name no region are refused: regions in ams.yaml allows only ${regions.join(', ')}`,
      `Add ${region} to regions, or let region be one of them.`,
    ),
  ];
}

/** Writes are tried where the API takes a dry run; nothing is changed by it. */
async function checkWrites(region: RegionCloud): Promise<readonly Finding[]> {
  const tried = await region.dryRuns.tryWrites();
  const denied = deniedOf(tried);
  const untold = tried.filter((one) => one.verdict === 'untold').map((one) => one.action);
  return [
    ...(denied.length === 0
      ? []
      : [bad(`The credentials may not write: ${denied.join(', ')}`, permissionFix(denied))]),
    ...(untold.length === 0
      ? []
      : [
          warning(
            `Whether this may be done could not be told: ${untold.join(', ')}`,
            'Run this again later.',
          ),
        ]),
    ...(denied.length + untold.length > 0
      ? []
      : [
          good(
            `The ${tried.length} writes of VPC, ECS and ALB that can be tried without doing them are allowed; the others show when they are made`,
          ),
        ]),
  ];
}
