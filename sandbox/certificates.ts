/**
 * Certificates for the simulated world: a root and an intermediate authority made once per process, and leaf
 * certificates below them. Every flaw a person can upload (expired, wrong name, missing intermediate,
 * foreign key) is a matter of options.
 */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const DAY_MS = 86_400_000;
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** What to put into a certificate. */
export interface CertificateOptions {
  /** DNS names; the first is also the common name. Wildcards as `*.example.com`. */
  readonly names: readonly string[];
  /** Days from `notBefore` to expiry, default 90. A past `notBefore` with few days makes an expired one. */
  readonly days?: number;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** `ca` (default) signs with the intermediate, `self` with the certificate's own key. */
  readonly issuer?: 'ca' | 'self';
  /** Default `ec`, which is quick to make; `rsa` is 2048 bits. */
  readonly keyType?: 'rsa' | 'ec';
  /** Length of an RSA key, default 2048; 1024 makes one that is too weak. */
  readonly rsaBits?: number;
  /** What it proves; `server` by default. */
  readonly proves?: 'server' | 'client';
  /** False leaves the intermediate out of `chainPem`: the half chain that browsers refuse. Default true. */
  readonly chain?: boolean;
}

/** A certificate with its key, all PEM. */
export interface MadeCertificate {
  /** The leaf alone. */
  readonly certificatePem: string;
  /** Leaf, then intermediate: what a server must present. Only the leaf when `chain` was false or self-signed. */
  readonly chainPem: string;
  /** Unencrypted PKCS#8. */
  readonly keyPem: string;
  /** The trust anchor that verifies the chain: the root, or the certificate itself when self-signed. */
  readonly caPem: string;
}

/** A flag set, which is no single member of the enumeration. */
function usage(signsItself: boolean): x509.KeyUsageFlags {
  const { digitalSignature, keyEncipherment, keyCertSign } = x509.KeyUsageFlags;
  return (digitalSignature | keyEncipherment | (signsItself ? keyCertSign : 0)) as x509.KeyUsageFlags;
}

interface Authority {
  readonly root: x509.X509Certificate;
  readonly intermediate: x509.X509Certificate;
  readonly intermediateKey: webcrypto.CryptoKey;
}

let authority: Promise<Authority> | undefined;

/**
 * Makes a certificate. The authority above it is the same for the whole process, so one `caPem` verifies all
 * certificates made with the issuer `ca`.
 * @throws TypeError when `names` is empty
 */
export async function makeCertificate(options: CertificateOptions): Promise<MadeCertificate> {
  const [commonName] = options.names;
  if (commonName === undefined) throw new TypeError('A certificate needs at least one name.');

  const keys = await makeKeys(options.keyType ?? 'ec', options.rsaBits);
  const notBefore = options.notBefore ?? new Date(Date.now() - 3_600_000);
  const notAfter = new Date(notBefore.getTime() + (options.days ?? 90) * DAY_MS);
  const extensions = [
    new x509.BasicConstraintsExtension(options.issuer === 'self', undefined, true),
    new x509.KeyUsagesExtension(usage(options.issuer === 'self'), true),
    new x509.ExtendedKeyUsageExtension([
      options.proves === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
    ]),
    new x509.SubjectAlternativeNameExtension(options.names.map((value) => ({ type: 'dns', value }))),
  ];
  const keyPem = await privatePem(keys.privateKey);

  if (options.issuer === 'self') {
    const own = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=${commonName}`,
      notBefore,
      notAfter,
      keys: keys,
      signingAlgorithm: algorithm(options.keyType ?? 'ec'),
      extensions,
    });
    const pem = own.toString('pem') + '\n';
    return { certificatePem: pem, chainPem: pem, keyPem, caPem: pem };
  }

  const { root, intermediate, intermediateKey } = await (authority ??= makeAuthority());
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${commonName}`,
    issuer: intermediate.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: intermediateKey,
    signingAlgorithm: EC,
    extensions,
  });
  const certificatePem = leaf.toString('pem') + '\n';
  return {
    certificatePem,
    chainPem: options.chain === false ? certificatePem : certificatePem + intermediate.toString('pem') + '\n',
    keyPem,
    caPem: root.toString('pem') + '\n',
  };
}

async function makeAuthority(): Promise<Authority> {
  const rootKeys = await makeKeys('ec');
  const intermediateKeys = await makeKeys('ec');
  const notBefore = new Date(Date.now() - 3650 * DAY_MS);
  const notAfter = new Date(Date.now() + 3650 * DAY_MS);
  const usage = new x509.KeyUsagesExtension(
    x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
    true,
  );
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Sandbox Root CA, O=Sandbox',
    notBefore,
    notAfter,
    keys: rootKeys,
    signingAlgorithm: EC,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true), usage],
  });
  const intermediate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'CN=Sandbox Intermediate CA, O=Sandbox',
    issuer: root.subject,
    notBefore,
    notAfter,
    publicKey: intermediateKeys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: EC,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), usage],
  });
  return { root, intermediate, intermediateKey: intermediateKeys.privateKey };
}

function algorithm(keyType: 'rsa' | 'ec') {
  return keyType === 'rsa' ? RSA : EC;
}

async function makeKeys(keyType: 'rsa' | 'ec', rsaBits = 2048): Promise<webcrypto.CryptoKeyPair> {
  return keyType === 'rsa'
    ? webcrypto.subtle.generateKey({ ...RSA, modulusLength: rsaBits }, true, ['sign', 'verify'])
    : webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

/** Positive and 16 bytes long, as public authorities make them. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = 1 + ((bytes[0] ?? 0) & 0x7e);
  return bytes.toString('hex');
}
