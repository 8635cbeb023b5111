/** Reading uploaded PEM the way CAS does: chain, key, and whether they belong together. Pure. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** What CAS tells of a certificate. */
export interface ParsedCertificate {
  readonly commonName: string;
  readonly sans: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuer: string;
  readonly issuerOrganization: string;
  /** Upper-case hex without separators, as CAS prints it. */
  readonly serialNo: string;
  /** SHA-1, upper-case hex without separators. */
  readonly fingerprint: string;
  /** SHA-256, upper-case hex without separators. */
  readonly sha2: string;
  readonly algorithm: string;
  readonly keySize: number;
  /** Leaf first. */
  readonly chain: readonly X509Certificate[];
}

/** Why a pair was refused: the API's code and a sentence that never holds the material. */
export interface PemProblem {
  readonly code: 'InvalidParameter.Cert' | 'InvalidParameter.Key' | 'CertKeyNotMatch';
  readonly message: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/** Parses a PEM chain and its key; an answer with `code` says what is wrong with them. */
export function parsePair(certPem: string, keyPem: string): ParsedCertificate | PemProblem {
  const chain = parseChain(certPem);
  if ('code' in chain) return chain;
  const key = parseKey(keyPem);
  if ('code' in key) return key;
  const [leaf] = chain.certificates;
  if (!leaf.checkPrivateKey(key)) {
    return { code: 'CertKeyNotMatch', message: 'The private key does not belong to the certificate.' };
  }
  return describe(leaf, chain.certificates);
}

function parseChain(
  pem: string,
): { readonly certificates: readonly [X509Certificate, ...X509Certificate[]] } | PemProblem {
  const refuse = (message: string): PemProblem => ({ code: 'InvalidParameter.Cert', message });
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0) return refuse('The certificate is not in PEM form.');
  if (pem.replace(BLOCK, '').includes('-----')) return refuse('The certificate has a damaged PEM block.');
  if (blocks.some(([, label]) => label !== 'CERTIFICATE')) {
    return refuse('The certificate holds a PEM block that is not a certificate.');
  }
  try {
    const [leaf, ...rest] = blocks.map(([block]) => new X509Certificate(block));
    if (leaf === undefined) return refuse('The certificate is empty.');
    const certificates: readonly [X509Certificate, ...X509Certificate[]] = [leaf, ...rest];
    for (const [index, above] of rest.entries()) {
      const below = certificates[index];
      if (below !== undefined && !below.checkIssued(above)) {
        return refuse(
          'The certificate chain is not in order: each certificate must be issued by the next one.',
        );
      }
    }
    return { certificates };
  } catch {
    return refuse('The certificate could not be read.');
  }
}

function parseKey(pem: string): KeyObject | PemProblem {
  const refuse = (message: string): PemProblem => ({ code: 'InvalidParameter.Key', message });
  if (/ENCRYPTED/.test(pem)) return refuse('The private key is encrypted; upload it without a passphrase.');
  if (!/-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(pem)) {
    return refuse('The private key is not in PEM form.');
  }
  try {
    return createPrivateKey(pem);
  } catch {
    return refuse('The private key could not be read.');
  }
}

function describe(leaf: X509Certificate, chain: readonly X509Certificate[]): ParsedCertificate {
  const sans = (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice(4));
  const details = leaf.publicKey.asymmetricKeyDetails;
  return {
    commonName: field(leaf.subject, 'CN') || (sans[0] ?? ''),
    sans,
    notBefore: new Date(leaf.validFrom),
    notAfter: new Date(leaf.validTo),
    issuer: field(leaf.issuer, 'CN'),
    issuerOrganization: field(leaf.issuer, 'O'),
    serialNo: leaf.serialNumber,
    fingerprint: leaf.fingerprint.replaceAll(':', ''),
    sha2: leaf.fingerprint256.replaceAll(':', ''),
    algorithm: leaf.publicKey.asymmetricKeyType === 'ec' ? 'EC' : 'RSA',
    keySize: details?.modulusLength ?? (details?.namedCurve === 'secp384r1' ? 384 : 256),
    chain,
  };
}

function field(name: string, key: string): string {
  const line = name.split('\n').find((entry) => entry.startsWith(`${key}=`));
  return line?.slice(key.length + 1) ?? '';
}

/** Whether a certificate's names (exact or `*.` for one label) cover a host name. */
export function covers(parsed: ParsedCertificate, host: string): boolean {
  const wanted = host.toLowerCase();
  const names = parsed.sans.length > 0 ? parsed.sans : [parsed.commonName];
  return names.some((entry) => {
    const name = entry.toLowerCase();
    if (!name.startsWith('*.')) return name === wanted;
    return wanted.includes('.') && wanted.slice(wanted.indexOf('.') + 1) === name.slice(2);
  });
}
