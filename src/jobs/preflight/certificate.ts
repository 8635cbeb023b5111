import type { CertificateDetail } from '../../cloud/cas.ts';
import { casCertificateId, examineCertificate, isRenewalDue, plainChain } from '../../cluster/certificate.ts';
import { day } from '../../cluster/day.ts';
import { unknownRoot } from '../../cluster/known-roots.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { ownerIn } from '../resources/tagged.ts';
import { readSecretPlace } from '../secret-place.ts';
import type { Tools } from '../steps/step-context.ts';
import type { Findings } from './findings.ts';

/** The certificate of the HTTPS listeners: configured in ams.yaml by name, or held by CAS already. */
export async function chooseCertificate(
  input: {
    readonly tools: Tools;
    readonly regionId: string;
    readonly named: string;
    readonly domain: string | undefined;
  },
  findings: Findings,
): Promise<ClusterSpec['certificate'] | undefined> {
  const { tools, named, domain } = input;
  const places = tools.settings.certificates[named];
  if (places) {
    const [chainPem, keyPem] = await Promise.all([
      readSecretPlace(places.chain),
      readSecretPlace(places.key),
    ]);
    const seen = examineCertificate({
      chainPem,
      keyPem,
      ...(domain === undefined ? {} : { domain }),
      now: tools.now(),
    });
    for (const mistake of seen.mistakes) {
      findings.problem(
        'bad_certificate',
        `Certificate "${named}": ${mistake}`,
        `Mend the files that certificates.${named} names in ams.yaml, or choose another with --certificate.`,
      );
    }
    for (const warning of seen.warnings) findings.risk(`Certificate "${named}": ${warning}`);
    if (seen.mistakes.length === 0) await checkRoot(input, chainPem, findings);
    return seen.mistakes.length > 0 ? undefined : { source: 'configured', name: named, sha256: seen.sha256 };
  }
  const certId = casCertificateId(named);
  if (certId === undefined) {
    const known = Object.keys(tools.settings.certificates);
    findings.problem(
      'certificate_unknown',
      `There is no certificate "${named}" in ams.yaml.`,
      known.length > 0
        ? `Configured: ${known.join(', ')}; or give the number of one in Certificate Management.`
        : 'Add it under certificates (chain and key), or give the number of one in Certificate Management with --certificate.',
    );
    return undefined;
  }
  return fromCas(certId, input, findings);
}

/** Only a risk: viewers may trust an authority of their own. */
async function checkRoot(
  { tools, named }: { readonly tools: Tools; readonly named: string },
  chainPem: string,
  findings: Findings,
): Promise<void> {
  const { trustedRoots } = tools.settings;
  const issuer = unknownRoot(
    plainChain(chainPem),
    trustedRoots === undefined ? '' : await readSecretPlace(trustedRoots),
  );
  if (issuer === undefined) return;
  findings.risk(
    `Certificate "${named}": its chain leads to "${issuer}", which is neither in it nor a root that the test flight trusts, so that would fail: append the missing certificate (fullchain.pem), or name the root under trustedRoots in ams.yaml.`,
  );
}

async function fromCas(
  certId: number,
  input: { readonly tools: Tools; readonly regionId: string; readonly domain: string | undefined },
  findings: Findings,
): Promise<ClusterSpec['certificate'] | undefined> {
  const seen = await input.tools.cloud.cas(input.regionId).detail(certId);
  if (!seen) {
    findings.problem(
      'certificate_unknown',
      `Certificate Management holds no certificate ${certId}.`,
      'Check the number, or set casEndpoint in ams.yaml when the account is of the other site.',
    );
    return undefined;
  }
  const owner = ownerIn(seen.tags);
  if (owner !== undefined) {
    findings.risk(
      `Certificate ${certId} was uploaded for cluster ${owner} and is deleted when that one is removed: better use one of this cluster's own.`,
    );
  }
  const names = [...new Set([seen.commonName, ...seen.sans])].filter((name) => name !== '');
  checkDates(seen, input.tools.now(), findings);
  checkChain(seen, findings);
  if (input.domain !== undefined && !names.some((name) => covers(name, input.domain ?? ''))) {
    findings.problem(
      'bad_certificate',
      `Certificate ${certId} is for ${names.join(', ')}, not for ${input.domain}.`,
      'Choose one that covers the domain, or another --domain.',
    );
  }
  return { source: 'cas', certId };
}

const ANOTHER = 'Upload a new one, or choose another with --certificate.';

function checkDates(seen: CertificateDetail, now: number, findings: Findings): void {
  const { certId, notBefore, notAfter, chain } = seen;
  const link = chain.find((one) => one.notAfter !== undefined && one.notAfter <= now);
  if (seen.expired) findings.problem('bad_certificate', `Certificate ${certId} has expired.`, ANOTHER);
  else if (notBefore !== undefined && now < notBefore)
    findings.problem(
      'bad_certificate',
      `Certificate ${certId} is valid only from ${day(notBefore)}.`,
      'Wait until then, or choose another with --certificate.',
    );
  else if (link)
    findings.problem(
      'bad_certificate',
      `"${link.commonName}" in the chain of certificate ${certId} expired on ${day(link.notAfter ?? 0)}.`,
      ANOTHER,
    );
  else if (
    notBefore !== undefined &&
    notAfter !== undefined &&
    isRenewalDue({ from: notBefore, to: notAfter }, now)
  )
    findings.risk(`Certificate ${certId} expires on ${day(notAfter)}: renew it soon.`);
}

/** Only a risk: that the answer shows all of a chain is written nowhere. The test flight tells for sure. */
function checkChain({ certId, commonName, chain }: CertificateDetail, findings: Findings): void {
  const [leaf, next] = chain;
  if (!leaf || next || leaf.commonName !== commonName) return;
  findings.risk(
    leaf.issuer === leaf.commonName
      ? `Certificate ${certId} is self-signed: browsers refuse it; use it for tests only.`
      : `Certificate ${certId} seems to lack its intermediate ("${leaf.issuer}"), without which browsers refuse it and the test flight fails: upload the full chain (fullchain.pem).`,
  );
}

/** A wildcard stands for exactly one label (RFC 6125). */
function covers(pattern: string, domain: string): boolean {
  if (pattern.toLowerCase() === domain.toLowerCase()) return true;
  if (!pattern.startsWith('*.')) return false;
  return domain.slice(domain.indexOf('.') + 1).toLowerCase() === pattern.slice(2).toLowerCase();
}
