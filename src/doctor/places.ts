import { casCertificateId, examineCertificate, plainChain } from '../cluster/certificate.ts';
import { unknownRoot } from '../cluster/known-roots.ts';
import type { Settings } from '../cluster/settings.ts';
import { readSecretPlace } from '../jobs/secret-place.ts';
import { bad, examine, good, warning } from './check.ts';
import type { Finding } from './check.ts';

/** What the settings name outside of Slack and Alibaba Cloud: certificates, other secrets, and who opens SSH. */
export async function checkPlaces(settings: Settings): Promise<readonly Finding[]> {
  return [
    ...(await checkCertificates(settings)),
    ...(await checkSecrets(settings)),
    ...checkKeyPair(settings),
    ...checkSsh(settings),
  ];
}

/** Whether each secret lies where it is said to. Its content is neither judged nor shown. */
async function checkSecrets({ keyPairs, mongo, nodes, trustedRoots }: Settings): Promise<readonly Finding[]> {
  const places = Object.entries({
    ...prefixed('keyPairs', keyPairs),
    ...prefixed('mongo.uris', mongo.uris),
    ...(nodes.licenceKey === undefined ? {} : { 'nodes.licenceKey': nodes.licenceKey }),
    ...(trustedRoots === undefined ? {} : { trustedRoots }),
  });
  const found = await Promise.all(
    places.map(([key, place]) =>
      examine(key, async () => (await readSecretPlace(place), [good(`The secret of ${key} can be read`)])),
    ),
  );
  return found.flat();
}

function prefixed(prefix: string, places: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(places).map(([name, place]) => [`${prefix}.${name}`, place]));
}

/** Certificates of the settings. */
async function checkCertificates(settings: Settings): Promise<readonly Finding[]> {
  const names = Object.entries(settings.certificates);
  const { certificate: usual } = settings;
  if (names.length === 0 && casCertificateId(usual) === undefined) {
    return [
      warning(
        'No certificate is configured',
        'Add one under certificates in ams.yaml, or name one of Certificate Management with each command.',
      ),
    ];
  }
  const isThere = usual in settings.certificates || casCertificateId(usual) !== undefined;
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
          ...(await checkRoot(name, chainPem, settings.trustedRoots)),
          ...(name === usual ? checkCovers(name, chainPem, settings.domain) : []),
        ];
      }),
    ),
  );
  if (isThere) return found.flat();
  return [
    ...found.flat(),
    warning(
      `There is no certificate "${usual}" for commands that name none`,
      `Let certificate in ams.yaml name one of ${names.map(([name]) => name).join(', ')}, or the number of one in Certificate Management.`,
    ),
  ];
}

/**
 * Whether the usual certificate is for the usual domain, or for that of at least one cluster where it holds their name:
 * else every command that names neither is refused.
 */
function checkCovers(name: string, chainPem: string, domain: string | undefined): readonly Finding[] {
  if (domain === undefined) return [];
  const report = (of?: string) => examineCertificate({ chainPem, domain: of, now: Date.now() });
  const { names, mistakes } = report();
  const pattern = domain.split('{cluster}').map((part) => part.replaceAll('.', '\\.'));
  const ofOne = new RegExp(`^${pattern.join('[a-z0-9-]+')}$`, 'i');
  const isCovered = report(domain.replaceAll('{cluster}', 'live')).mistakes.length === mistakes.length;
  if (isCovered || names.some((one) => ofOne.test(one))) return [];
  return [
    warning(
      `Certificate "${name}" covers ${names.join(', ')} and not ${domain} (domain in ams.yaml): what names neither is refused`,
      `Correct domain, or let certificates.${name} name the files of a certificate that covers it.`,
    ),
  ];
}

/** Whether the test flight would trust the chain. That the extra roots cannot be read is told as any secret is. */
async function checkRoot(
  name: string,
  chainPem: string,
  trustedRoots: string | undefined,
): Promise<readonly Finding[]> {
  const roots = trustedRoots === undefined ? '' : await readSecretPlace(trustedRoots).catch(() => undefined);
  const issuer = roots === undefined ? undefined : unknownRoot(plainChain(chainPem), roots);
  if (issuer === undefined) return [];
  return [
    warning(
      `Certificate "${name}": its chain leads to "${issuer}", which is neither in it nor a root that the test flight trusts`,
      `Append the missing certificate to the chain that certificates.${name} names (fullchain.pem), or name the root under trustedRoots in ams.yaml.`,
    ),
  ];
}

/** The usual key pair. Its private key is needed wherever a database is installed. */
function checkKeyPair({ keyPair, keyPairs }: Settings): readonly Finding[] {
  if (keyPair === undefined || keyPair in keyPairs) return [];
  return [
    warning(
      `The private key of key pair ${keyPair} (keyPair in ams.yaml) is not configured: clusters with a database of their own cannot be made with it`,
      `Add it under keyPairs in ams.yaml (${keyPair}: file:/path), or take keyPair out to have a pair made.`,
    ),
  ];
}

/** Of the block that ams.example.yaml takes its address from. It is there for documents (RFC 5737): nobody has one. */
const EXAMPLE = /^203\.0\.113\./;

function checkSsh({ ssh: { from } }: Settings): readonly Finding[] {
  if (from !== undefined && !EXAMPLE.test(from))
    return [good(`The database will accept SSH from ${from} only`)];
  const what = from === undefined ? 'ssh.from is not set' : `ssh.from is still that of the example (${from})`;
  return [
    warning(
      `${what}: clusters with a database of their own cannot be made`,
      'Set it to the public address of the worker in ams.yaml.',
    ),
  ];
}
