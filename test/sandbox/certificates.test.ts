import { createPrivateKey, X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';

test('a certificate covers its names, fits its key and is verified by the root through the chain', async () => {
  const made = await makeCertificate({ names: ['live.example.com', '*.cdn.example.com'], keyType: 'rsa' });

  const leaf = new X509Certificate(made.certificatePem);
  expect(leaf.checkHost('live.example.com')).toBe('live.example.com');
  expect(leaf.checkHost('a.cdn.example.com')).toBe('*.cdn.example.com');
  expect(leaf.checkPrivateKey(createPrivateKey(made.keyPem))).toBe(true);
  expect(await handshake(made.chainPem, made.keyPem, made.caPem, 'live.example.com')).toBe('trusted');
});

test('a chain without its intermediate is refused by a client that knows only the root', async () => {
  const made = await makeCertificate({ names: ['live.example.com'], chain: false });

  expect(await handshake(made.chainPem, made.keyPem, made.caPem, 'live.example.com')).toMatch(/^UNABLE_TO_/);
});

test('an expired certificate is refused', async () => {
  const made = await makeCertificate({
    names: ['a.example.com'],
    notBefore: new Date('2020-01-01'),
    days: 30,
  });

  expect(await handshake(made.chainPem, made.keyPem, made.caPem, 'a.example.com')).toBe('CERT_HAS_EXPIRED');
});

test('a self-signed certificate is its own anchor', async () => {
  const made = await makeCertificate({ names: ['a.example.com'], issuer: 'self' });

  expect(new X509Certificate(made.certificatePem).issuer).toBe('CN=a.example.com');
  expect(await handshake(made.chainPem, made.keyPem, made.caPem, 'a.example.com')).toBe('trusted');
});

async function handshake(cert: string, key: string, ca: string, servername: string): Promise<string> {
  const server = createServer({ cert, key });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await new Promise<string>((done) => {
      const socket = connect({
        port: (server.address() as AddressInfo).port,
        host: '127.0.0.1',
        ca,
        servername,
      });
      socket.once('secureConnect', () => {
        socket.destroy();
        done('trusted');
      });
      socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
  } finally {
    server.close();
  }
}
