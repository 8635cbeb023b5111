/** TLS settings of an HTTPS listener: its certificates and what its security policy allows. */
import { createSecureContext, type SecureContext, type SecureVersion, type TlsOptions } from 'node:tls';
import type { Listener } from '../alibaba/alb/state.ts';
import { securityPolicy } from '../alibaba/alb/security-policies.ts';
import { covers } from '../alibaba/cas/certificate.ts';
import type { StoredCertificate } from '../alibaba/cas/state.ts';

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  'TLSv1.0': 'TLSv1',
  'TLSv1.1': 'TLSv1.1',
  'TLSv1.2': 'TLSv1.2',
  'TLSv1.3': 'TLSv1.3',
};

/** Changes whenever a TLS server made from these must be made anew. */
export function tlsKey(listener: Listener, certificates: readonly StoredCertificate[]): string {
  return [listener.securityPolicyId, ...certificates.map((certificate) => certificate.identifier)].join(' ');
}

/**
 * Options for a TLS server. The default certificate answers unless an additional one covers the server name.
 * Undefined when the listener has no certificate left.
 */
export function tlsOptions(
  listener: Listener,
  certificates: readonly StoredCertificate[],
): TlsOptions | undefined {
  const [main] = certificates;
  if (main === undefined) return undefined;
  const policy = securityPolicy(listener.securityPolicyId);
  const versions = (policy?.TLSVersions ?? ['TLSv1.2']).map((version) => VERSIONS[version] ?? 'TLSv1.2');
  const old = versions.includes('TLSv1') || versions.includes('TLSv1.1');
  const contexts = new Map<StoredCertificate, SecureContext>();
  const contextFor = (certificate: StoredCertificate) => {
    const context =
      contexts.get(certificate) ??
      createSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
    contexts.set(certificate, context);
    return context;
  };
  return {
    cert: main.certPem,
    key: main.keyPem,
    minVersion: versions[0] ?? 'TLSv1.2',
    maxVersion: versions.at(-1) ?? 'TLSv1.2',
    // OpenSSL 3 refuses TLS 1.0 and 1.1 above security level 0.
    ...(policy ? { ciphers: [...policy.Ciphers, ...(old ? ['@SECLEVEL=0'] : [])].join(':') } : {}),
    ALPNProtocols: ['http/1.1'],
    SNICallback: (name, done) => {
      const fitting = covers(main.parsed, name)
        ? main
        : (certificates.find((entry) => covers(entry.parsed, name)) ?? main);
      done(null, contextFor(fitting));
    },
  };
}
