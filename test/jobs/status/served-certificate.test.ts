import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { servedCertificate } from '../../../src/jobs/status/served-certificate.ts';

const DAY_MS = 86_400_000;
const DOMAIN = 'live.example.com';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** What is told of a certificate of so many days when so many of them are left. */
async function told(days: number, left: number) {
  const now = Date.now();
  const { chainPem, keyPem } = await makeCertificate({
    names: [DOMAIN],
    days,
    notBefore: new Date(now - (days - left) * DAY_MS + 60_000),
  });
  const server = createServer({ cert: chainPem, key: keyPem });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return servedCertificate({
    domain: DOMAIN,
    dnsName: 'alb.example.com',
    connect: () => ({ host: '127.0.0.1', port }),
    now: () => now,
  });
}

it.each([
  [90, 31, false],
  [90, 29, true],
  [64, 22, false],
  [64, 21, true],
  [8, 5, false],
  [90, -1, true],
])('of a certificate of %i days with %i left it tells whether to renew it: %s', async (days, left, isDue) => {
  expect(await told(days, left)).toEqual({ names: [DOMAIN], daysLeft: left, isDue });
});
