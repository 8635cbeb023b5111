import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { commonName } from './common-name.ts';

export function isIssuedBy(one: X509Certificate, issuer: X509Certificate): boolean {
  return one.checkIssued(issuer) && one.verify(issuer.publicKey);
}

/** Whether one of the roots that programs trust has issued a certificate, or one of further ones. */
export function isIssuedByKnownRoot(one: X509Certificate, further: readonly string[] = []): boolean {
  return [...further, ...rootCertificates].some((pem) => {
    const root = new X509Certificate(pem);
    return root.subject === one.issuer && isIssuedBy(one, root);
  });
}

/**
 * Whom a chain in order leads to, where that is no root which the test flight trusts. One certificate of it that such a
 * root has issued is enough: what follows may be signed across by a root of long ago.
 * @param chainPem the leaf first
 * @param rootsPem roots that are trusted besides, any number of them
 * @returns the name of the issuer that is missing; undefined where none is
 */
export function unknownRoot(chainPem: string, rootsPem: string): string | undefined {
  const chain = blocksOf(chainPem).map((pem) => new X509Certificate(pem));
  const further = blocksOf(rootsPem);
  const last = chain.at(-1);
  // A self-signed certificate alone leads nowhere.
  const isAlone = chain.length === 1 && last?.subject === last?.issuer;
  if (!last || isAlone || chain.some((one) => isIssuedByKnownRoot(one, further))) return undefined;
  return commonName(last.issuer);
}

function blocksOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}
