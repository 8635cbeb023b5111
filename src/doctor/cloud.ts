import { createCloud } from '../cloud/cloud.ts';
import type { RegionCloud } from '../cloud/cloud.ts';
import { examineCertificate } from '../cluster/certificate.ts';
import type { Settings } from '../cluster/settings.ts';
import type { Config } from '../config.ts';
import { chooseNodeImage, chooseUbuntuImage } from '../jobs/preflight/images.ts';
import { Findings } from '../jobs/preflight/findings.ts';
import { deniedOf, permissionFix } from '../jobs/preflight/permissions.ts';
import { readSecretPlace } from '../jobs/secret-place.ts';
import { cloudOptions } from '../worker-role.ts';
import { bad, examine, good, warning } from './check.ts';
import type { Finding } from './check.ts';

/** Alibaba Cloud: who we are, whether each product may be read, the images, and the certificates of the settings. */
export async function checkCloud(config: Config): Promise<readonly Finding[]> {
  const { settings } = config;
  const cloud = createCloud(cloudOptions(config));
  const region = cloud.in(settings.region);
  const who = await examine('Alibaba Cloud credentials', async () => {
    const identity = await cloud.sts.callerIdentity();
    return [good(`Alibaba Cloud knows us: ${identity.arn}`)];
  });
  if (who.some((finding) => finding.state === 'bad')) return who;
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
    ...readable.flat(),
    ...(await checkWrites(region)),
    ...images,
    ...(await checkCertificates(settings)),
    ...checkSsh(settings),
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

async function checkCertificates(settings: Settings): Promise<readonly Finding[]> {
  const names = Object.entries(settings.certificates);
  if (names.length === 0) {
    return [
      warning(
        'No certificate is configured',
        'Add one under certificates in ams.yaml, or name one of Certificate Management with each command.',
      ),
    ];
  }
  const found = await Promise.all(
    names.map(([name, places]) =>
      examine(`Certificate "${name}"`, async () => {
        const [chainPem, keyPem] = await Promise.all([
          readSecretPlace(places.chain),
          readSecretPlace(places.key),
        ]);
        const seen = examineCertificate({ chainPem, keyPem, now: Date.now() });
        const fix = `Mend the files that certificates.${name} names.`;
        if (seen.mistakes.length > 0)
          return seen.mistakes.map((mistake) => bad(`Certificate "${name}": ${mistake}`, fix));
        return [
          good(`Certificate "${name}" covers ${seen.names.join(', ')} for ${Math.floor(seen.daysLeft)} days`),
          ...seen.warnings.map((text) => warning(`Certificate "${name}": ${text}`, fix)),
        ];
      }),
    ),
  );
  return found.flat();
}

function checkSsh(settings: Settings): readonly Finding[] {
  if (settings.ssh.from !== undefined)
    return [good(`The database will accept SSH from ${settings.ssh.from} only`)];
  return [
    warning(
      'ssh.from is not set: clusters with a database of their own cannot be made',
      'Set it to the public address of the worker in ams.yaml.',
    ),
  ];
}
