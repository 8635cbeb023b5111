import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { commonName } from './common-name.ts';
import { day } from './day.ts';
import { isIssuedBy, isIssuedByKnownRoot } from './known-roots.ts';

const DAY_MS = 86_400_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** DER of the object identifiers sha1WithRSAEncryption, ecdsa-with-SHA1 and md5WithRSAEncryption. */
const OLD_SIGNATURES = ['06092a864886f70d010105', '06072a8648ce3d0401', '06092a864886f70d010104'];
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};
const WRONG_ORDER =
  'The certificates of the chain are in the wrong order; put the leaf first, then each issuer after what it signed.';

/** What a certificate is and what is wrong with it. */
export interface CertificateReport {
  /** No mistakes: the load balancer and browsers will take it. */
  readonly ok: boolean;
  /** Fingerprint of the leaf, lower-case hex without colons; empty when it could not be read. */
  readonly sha256: string;
  /** DNS names that it covers. */
  readonly names: readonly string[];
  /** Milliseconds since 1970; 0 when it could not be read. */
  readonly notAfter: number;
  /** Whole days, negative when it has expired. */
  readonly daysLeft: number;
  /** `RSA 2048`, `EC P-256`. */
  readonly keyType: string;
  /** One sentence each, ending with what to do. */
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
}

/** From when to when a certificate is valid, milliseconds since 1970. */
export interface CertificateLife {
  readonly from: number;
  readonly to: number;
}

/** The number of a certificate of Certificate Management in what people type: `12345`, `12345-cn-hangzhou`. */
export function casCertificateId(text: string): number | undefined {
  const digits = /^(\d{1,15})(-[a-z0-9-]+)?$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Examines a certificate as a load balancer and a browser would, without any I/O. `chainPem` holds the leaf first,
 * then its intermediates; without `keyPem` (a certificate that CAS keeps) the key is not looked at.
 */
export function examineCertificate(input: {
  readonly chainPem: string;
  readonly keyPem?: string | undefined;
  /** Must be covered; left out, only the certificate itself is looked at. */
  readonly domain?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}): CertificateReport {
  const { chainPem, keyPem, domain, now } = input;
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const given = readChain(chainPem, mistakes);
  const chain = leafFirst(given);
  const leaf = chain[0];
  if (keyPem !== undefined) checkKey(keyPem, chain, mistakes);
  if (!leaf) {
    return { ok: false, sha256: '', names: [], notAfter: 0, daysLeft: 0, keyType: '', mistakes, warnings };
  }
  const names = dnsNames(leaf);
  const notAfter = Date.parse(leaf.validTo);
  checkTime(leaf, now, mistakes, warnings);
  if (domain !== undefined && leaf.checkHost(domain, { subject: 'never' }) === undefined) {
    mistakes.push(
      names.length === 0
        ? `The certificate names no domain at all (no subject alternative name); order one for ${domain}.`
        : `The certificate covers ${names.join(', ')} but not ${domain}; use one for ${domain}${wildcardHint(names, domain)}.`,
    );
  }
  const usages = leaf.keyUsage as readonly string[] | undefined;
  if (usages && usages.length > 0 && !usages.includes(SERVER_AUTH)) {
    mistakes.push(
      'The certificate is not meant for servers (no serverAuth usage); order a TLS server certificate.',
    );
  }
  if (OLD_SIGNATURES.some((oid) => leaf.raw.includes(Buffer.from(oid, 'hex')))) {
    mistakes.push(
      'The certificate is signed with SHA-1 or MD5, which browsers refuse; have it issued again.',
    );
  }
  const strength = keyStrength(leaf.publicKey);
  if (strength.weak) mistakes.push(strength.weak);
  if (leaf === given[0]) checkOrder(chain, mistakes, warnings);
  else mistakes.push(WRONG_ORDER);
  checkIssuers(chain, now, mistakes);
  return {
    ok: mistakes.length === 0,
    sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    names,
    notAfter,
    daysLeft: Math.floor((notAfter - now) / DAY_MS),
    keyType: strength.name,
    mistakes,
    warnings,
  };
}

/**
 * The certificates of a PEM text that {@link examineCertificate} took, and nothing else: the key or the remarks that
 * some files hold beside them are refused by Certificate Management.
 */
export function plainChain(pem: string): string {
  return readChain(pem, [])
    .map((one) => one.toString().trim())
    .join('\n');
}

/** Likewise the key alone, without the certificates or the parameters of its curve that may stand before it. */
export function plainKey(pem: string): string {
  return /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[\s\S]*?-----END \1?PRIVATE KEY-----/.exec(pem)?.[0] ?? pem;
}

function readChain(pem: string, mistakes: string[]): X509Certificate[] {
  const blocks = pem.match(
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END [A-Z0-9 ]*CERTIFICATE-----/g,
  );
  if (!blocks) {
    mistakes.push(
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)
        ? 'The certificate chain holds a private key instead of certificates; exchange the two files.'
        : 'The certificate chain is not PEM (no "-----BEGIN CERTIFICATE-----"); convert it, e.g. with openssl x509 -inform der.',
    );
    return [];
  }
  const chain: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      chain.push(new X509Certificate(block));
    } catch {
      mistakes.push(`Certificate ${index + 1} of the chain is damaged; copy the PEM file again, complete.`);
      return chain;
    }
  }
  return chain;
}

/** Where issuers stand before it, the certificate of the domain is judged all the same: their order is one mistake. */
function leafFirst(chain: readonly X509Certificate[]): readonly X509Certificate[] {
  const leaf = chain[0]?.ca === true ? chain.find((one) => !one.ca) : undefined;
  return leaf ? [leaf, ...chain.filter((one) => one !== leaf)] : chain;
}

function checkKey(pem: string, chain: readonly X509Certificate[], mistakes: string[]): void {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    mistakes.push(
      'The private key is protected by a pass phrase, which the load balancer cannot type; remove it with openssl pkey -in key.pem -out plain.pem.',
    );
    return;
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    mistakes.push(
      'The private key is not a PEM private key; give the key file that belongs to the certificate.',
    );
    return;
  }
  const leaf = chain[0];
  if (!leaf || leaf.checkPrivateKey(key)) return;
  const other = chain.findIndex((one) => one.checkPrivateKey(key));
  mistakes.push(
    other > 0
      ? `The private key belongs to certificate ${other + 1} of the chain; put that one first, its issuers after it.`
      : 'The private key does not belong to the certificate; give the key that the certificate was ordered with.',
  );
}

/** Less than a third of its life is left. That is how those who renew do it: the number of days differs by authority. */
export function isRenewalDue({ from, to }: CertificateLife, now: number): boolean {
  return to - now < (to - from) / 3;
}

function checkTime(leaf: X509Certificate, now: number, mistakes: string[], warnings: string[]): void {
  const from = Date.parse(leaf.validFrom);
  const to = Date.parse(leaf.validTo);
  if (now >= to) {
    mistakes.push(`The certificate expired on ${day(to)}; renew it and give the new one.`);
  } else if (now < from) {
    mistakes.push(`The certificate is valid only from ${day(from)}; wait until then or give another.`);
  } else if (isRenewalDue({ from, to }, now)) {
    const left = Math.floor((to - now) / DAY_MS);
    warnings.push(
      `The certificate expires on ${day(to)}, in ${left} day${left === 1 ? '' : 's'} (less than a third of its life is left); renew it soon.`,
    );
  }
}

/** Clients that find no other way to a root refuse a chain with an expired link. Roots they have themselves. */
function checkIssuers(chain: readonly X509Certificate[], now: number, mistakes: string[]): void {
  for (const [index, one] of chain.entries()) {
    const to = Date.parse(one.validTo);
    if (index === 0 || now < to || isSelfSigned(one)) continue;
    mistakes.push(
      `Certificate ${index + 1} of the chain ("${commonName(one.subject)}") expired on ${day(to)}; use the chain that its authority gives out now.`,
    );
  }
}

/** Each certificate must be issued by the next; the last one's issuer is a root that clients have. */
function checkOrder(chain: readonly X509Certificate[], mistakes: string[], warnings: string[]): void {
  const leaf = chain[0];
  if (!leaf) return;
  if (chain.slice(1).some((one) => one.fingerprint256 === leaf.fingerprint256)) {
    mistakes.push('The chain holds the certificate itself twice; remove the second copy.');
    return;
  }
  if (isSelfSigned(leaf)) {
    if (chain.length > 1)
      mistakes.push(
        'The chain starts with a root; put the certificate of the domain first, then its issuers.',
      );
    else warnings.push('The certificate is self-signed: browsers refuse it; use it for tests only.');
    return;
  }
  for (let index = 0; index + 1 < chain.length; index += 1) {
    const one = chain[index];
    const next = chain[index + 1];
    if (!one || !next || isIssuedBy(one, next)) continue;
    const elsewhere = chain.some((other) => other !== one && isIssuedBy(one, other));
    mistakes.push(
      elsewhere || chain.some((other) => isIssuedBy(other, leaf))
        ? WRONG_ORDER
        : `The chain is broken: certificate ${index + 1} ("${commonName(one.subject)}") is issued by "${commonName(one.issuer)}", which is not in the chain; add it.`,
    );
    return;
  }
  if (chain.length === 1 && !isIssuedByKnownRoot(leaf)) {
    mistakes.push(
      `The chain lacks its intermediate: only the leaf is there; append the certificate of "${commonName(leaf.issuer)}" (use fullchain.pem).`,
    );
  }
}

function isSelfSigned(one: X509Certificate): boolean {
  return one.subject === one.issuer && isIssuedBy(one, one);
}

function dnsNames(leaf: X509Certificate): string[] {
  return [...(leaf.subjectAltName ?? '').matchAll(/DNS:("?)([^,"]+)\1/g)].map((match) => match[2] ?? '');
}

/** A wildcard stands for one label only: the classic surprise. */
function wildcardHint(names: readonly string[], domain: string): string {
  const near = names.find(
    (name) => name.startsWith('*.') && (domain === name.slice(2) || domain.endsWith(name.slice(1))),
  );
  return near === undefined ? '' : ` (${near} covers exactly one label in the place of the star)`;
}

function keyStrength(key: KeyObject): { readonly name: string; readonly weak?: string } {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    const name = `RSA ${bits}`;
    if (bits >= 2048) return { name };
    return {
      name,
      weak: `The certificate's key is too weak (${name}); order one with RSA 2048 or EC P-256.`,
    };
  }
  if (type === 'ec') {
    const curve = CURVES[details?.namedCurve ?? ''];
    if (curve !== undefined) return { name: `EC ${curve}` };
  }
  const name = `${type ?? 'unknown'} ${details?.namedCurve ?? ''}`.trim();
  return {
    name,
    weak: `The load balancer does not take keys of the kind ${name}; order one with RSA 2048 or EC P-256.`,
  };
}
