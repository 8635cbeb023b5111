import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { examineCertificate, plainChain, plainKey } from '../../src/cluster/certificate.ts';

const now = Date.now();
const DAY = 86_400_000;
const domain = 'live.example.com';

describe('examineCertificate', () => {
  it.each(['rsa', 'ec'] as const)('takes a complete %s chain with its key', async (keyType) => {
    const made = await makeCertificate({ names: [domain], keyType });

    const report = examineCertificate({ chainPem: made.chainPem, keyPem: made.keyPem, domain, now });

    expect(report).toMatchObject({ ok: true, mistakes: [], warnings: [], names: [domain], daysLeft: 89 });
    expect(report.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(report.keyType).toBe(keyType === 'rsa' ? 'RSA 2048' : 'EC P-256');
  });

  it('lets a wildcard cover one label and no more', async () => {
    const { chainPem } = await makeCertificate({ names: ['*.example.com'] });

    expect(examineCertificate({ chainPem, domain, now }).ok).toBe(true);
    for (const other of ['a.live.example.com', 'example.com']) {
      const report = examineCertificate({ chainPem, domain: other, now });
      expect(report.mistakes).toEqual([expect.stringContaining('exactly one label')]);
    }
  });

  it('names a domain that is not covered', async () => {
    const { chainPem } = await makeCertificate({ names: ['other.example.com'] });
    expect(examineCertificate({ chainPem, domain, now }).mistakes).toEqual([
      'The certificate covers other.example.com but not live.example.com; use one for live.example.com.',
    ]);
  });

  it('says that it expired, or is not valid yet, or soon expires', async () => {
    const expired = await makeCertificate({ names: [domain], notBefore: new Date(now - 91 * DAY) });
    const future = await makeCertificate({ names: [domain], notBefore: new Date(now + 5 * DAY) });
    const old = await makeCertificate({ names: [domain], notBefore: new Date(now - 70 * DAY) });

    expect(examineCertificate({ chainPem: expired.chainPem, domain, now }).mistakes).toEqual([
      expect.stringMatching(/^The certificate expired on .*renew it/),
    ]);
    expect(examineCertificate({ chainPem: future.chainPem, domain, now }).mistakes).toEqual([
      expect.stringMatching(/valid only from/),
    ]);
    const report = examineCertificate({ chainPem: old.chainPem, domain, now });
    expect(report).toMatchObject({ ok: true, warnings: [expect.stringMatching(/less than a third/)] });
  });

  it('names a half chain, a wrong order, a doubled leaf and a foreign link', async () => {
    const half = await makeCertificate({ names: [domain], chain: false });
    const whole = await makeCertificate({ names: [domain] });
    const [leaf = '', intermediate = ''] =
      whole.chainPem.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    const self = await makeCertificate({ names: ['x.example.com'], issuer: 'self' });
    const mistakes = (chainPem: string) => examineCertificate({ chainPem, domain, now }).mistakes.join(' ');

    expect(mistakes(half.chainPem)).toMatch(/lacks its intermediate.*fullchain/);
    expect(mistakes(`${intermediate}\n${leaf}`)).toMatch(/wrong order/);
    expect(mistakes(`${leaf}\n${leaf}\n${intermediate}`)).toMatch(/itself twice/);
    expect(mistakes(`${leaf}\n${self.certificatePem}`)).toMatch(/chain is broken/);
  });

  it('tells a wrong order in one sentence, whatever the first certificate is', async () => {
    const made = await makeCertificate({ names: [domain] });
    const [leaf = '', intermediate = ''] =
      made.chainPem.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];

    for (const chain of [
      [intermediate, leaf],
      [made.caPem, intermediate, leaf],
      [intermediate, made.caPem, leaf],
      [leaf, made.caPem, intermediate],
    ]) {
      const report = examineCertificate({ chainPem: chain.join('\n'), keyPem: made.keyPem, domain, now });
      expect(report.mistakes).toEqual([expect.stringMatching(/wrong order; put the leaf first/)]);
    }
  });

  it('tells an issuer in the chain that has expired', async () => {
    const made = await makeCertificate({ names: [domain], days: 9_000 });
    const later = now + 4_000 * DAY;

    expect(examineCertificate({ chainPem: made.chainPem, domain, now: later }).mistakes).toEqual([
      expect.stringMatching(
        /^Certificate 2 of the chain \("Sandbox Intermediate CA"\) expired on \d{4}-\d\d-\d\d; /,
      ),
    ]);
  });

  it('warns of a self-signed certificate', async () => {
    const { chainPem } = await makeCertificate({ names: [domain], issuer: 'self' });
    expect(examineCertificate({ chainPem, domain, now })).toMatchObject({
      ok: true,
      warnings: [expect.stringContaining('self-signed')],
    });
  });

  it('tells a wrong key, a key with a pass phrase and something that is no key', async () => {
    const made = await makeCertificate({ names: [domain] });
    const other = await makeCertificate({ names: [domain] });
    const locked = createPrivateKey(made.keyPem).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    }) as string;
    const mistakes = (keyPem: string) =>
      examineCertificate({ chainPem: made.chainPem, keyPem, domain, now }).mistakes;

    expect(mistakes(other.keyPem)).toEqual([expect.stringContaining('does not belong')]);
    expect(mistakes(locked)).toEqual([expect.stringContaining('pass phrase')]);
    expect(mistakes('hello')).toEqual([expect.stringContaining('not a PEM private key')]);
  });

  it('tells what is no certificate', async () => {
    const { keyPem, chainPem } = await makeCertificate({ names: [domain] });
    const mistakes = (pem: string) => examineCertificate({ chainPem: pem, domain, now }).mistakes;

    expect(mistakes('')).toEqual([expect.stringContaining('not PEM')]);
    expect(mistakes(keyPem)).toEqual([expect.stringContaining('exchange the two files')]);
    expect(mistakes(chainPem.replace(/[A-Za-z0-9+/]{40}/, ''))).toEqual([expect.stringContaining('damaged')]);
  });

  it('refuses a weak key', async () => {
    const { chainPem } = await makeCertificate({ names: [domain], keyType: 'rsa', rsaBits: 1024 });

    expect(examineCertificate({ chainPem, domain, now }).mistakes).toEqual([
      expect.stringContaining('RSA 1024'),
    ]);
  });
});

describe('what is uploaded of files that hold more than they should', () => {
  it('the certificates alone and the key alone, as the load balancer takes them', async () => {
    const { chainPem, keyPem } = await makeCertificate({ names: [domain] });
    const remarks = 'Bag Attributes\n    friendlyName: live\nsubject=CN = live\n';
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    const old = chainPem.replaceAll(' CERTIFICATE-----', ' X509 CERTIFICATE-----');
    const certificates = (pem: string) => pem.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g);

    for (const chain of [
      chainPem + keyPem,
      keyPem + chainPem,
      remarks + chainPem,
      old,
      chainPem.replaceAll('\n', '\r\n'),
    ])
      expect(certificates(plainChain(chain))).toEqual(certificates(chainPem));
    for (const key of [chainPem + keyPem, parameters + keyPem, remarks + keyPem])
      expect(plainKey(key)).toBe(keyPem.trim());
  });
});
