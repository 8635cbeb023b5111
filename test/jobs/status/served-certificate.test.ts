import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { servedCertificate } from '../../../src/jobs/status/served-certificate.ts';

const DAY_MS = 86_400_000;
const DOMAIN = 'live.example.com';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const now = Date.now();

/** Serves a certificate of so many days of which so many are left. @returns its port */
async function served(days: number, left: number, name = DOMAIN): Promise<number> {
  const { chainPem, keyPem } = await makeCertificate({
    names: [name],
    days,
    notBefore: new Date(now - (days - left) * DAY_MS + 60_000),
  });
  const server = createServer({ cert: chainPem, key: keyPem });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What is told where those ports lead from 443 and 5443. */
function told(publish: number, play = publish) {
  return servedCertificate({
    domain: DOMAIN,
    dnsName: 'alb.example.com',
    connect: (_host, port) => ({ host: '127.0.0.1', port: port === 443 ? publish : play }),
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
  expect(await told(await served(days, left))).toEqual({ names: [DOMAIN], daysLeft: left, isDue });
});

it('of two ports it tells the certificate that ends first, and which port that is', async () => {
  const [long, short] = [await served(90, 80), await served(90, -1)];

  expect(await told(long, short)).toEqual({ names: [DOMAIN], daysLeft: -1, isDue: true, port: 5443 });
  expect(await told(short, long)).toMatchObject({ daysLeft: -1, port: 443 });
});

it('of two ports it tells the certificate of another domain', async () => {
  const [own, other] = [await served(90, 40), await served(90, 80, 'other.example.org')];

  expect(await told(own, other)).toMatchObject({ names: ['other.example.org'], port: 5443, isForeign: true });
});

it('where one port serves none it tells what the other one serves', async () => {
  // Nobody listens there.
  const none = 9;

  expect(await told(await served(90, 80), none)).toEqual({ names: [DOMAIN], daysLeft: 80, isDue: false });
  await expect(told(none)).rejects.toThrow();
});
