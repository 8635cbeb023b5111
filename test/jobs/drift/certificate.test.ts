import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { lookForDrift } from '../../../src/jobs/drift/look.ts';
import type { DriftParts } from '../../../src/jobs/drift/parts.ts';
import { openBench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { CREATE, draft } from '../../support/plan-bench.ts';
import { aSpec } from '../resources/spec.ts';

/** What is told of the certificate of a cluster that is otherwise as it should be, by a clock that the tests move. */
const own = ownRedis();
const DAY_MS = 86_400_000;
const FROM = Date.UTC(2026, 0, 1);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A certificate that is valid for so many days, from that day on. */
function certificate(days: number, from = 0) {
  return makeCertificate({ names: ['live.example.com'], days, notBefore: new Date(FROM + from * DAY_MS) });
}

async function cluster(days: number) {
  const first = await certificate(days);
  const server = createServer({ cert: first.chainPem, key: first.keyPem });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const bench = openBench(own.redis);
  ends.push(
    () => bench.close(),
    () => new Promise((closed) => server.close(closed)),
  );
  const { store, asks, things, touched } = bench;
  await store.clusters.remember({
    cluster: 'live',
    regionId: 'eu-central-1',
    spec: aSpec({ name: 'live' }),
    channel: 'C0EVENTS01',
    user: 'U0DANA0001',
  });
  const balancer = { ready: true, dnsName: 'alb-1.example.com' };
  things.there.set('load-balancer', balancer);
  let now = FROM;
  const connect = () => ({ host: '127.0.0.1', port });
  const parts: DriftParts = { ...asks, tools: { ...asks.tools, connect, now: () => now } };
  return {
    store,
    parts,
    /** Another certificate is served from now on. */
    serve: (made: { readonly chainPem: string; readonly keyPem: string }) =>
      server.setSecureContext({ cert: made.chainPem, key: made.keyPem }),
    first,
    /** Looks a second after that day began. @returns the messages that it has told */
    async look(day: number, change: Partial<DriftParts> = {}): Promise<readonly string[]> {
      now = FROM + day * DAY_MS + 1_000;
      await lookForDrift('live', { ...parts, ...change });
      return touched.splice(0);
    },
    told: async () => (await store.clusters.drift('live'))?.certificate?.told,
  };
}

/** Of those days, on which something was told. */
async function toldOn(look: (day: number) => Promise<readonly string[]>, days: readonly number[]) {
  const on: number[] = [];
  for (const day of days) {
    const messages = await look(day);
    expect(messages.length).toBeLessThan(2);
    if (messages.length > 0) on.push(day);
  }
  return on;
}

it('a certificate is told of when a third of its life is left, in its last days and once it has expired', async () => {
  const { look, told } = await cluster(90);

  expect(await toldOn(look, [0, 59, 60, 61, 85])).toEqual([60]);
  expect(await told()).toMatchObject({
    domain: 'live.example.com',
    daysLeft: 29,
    endsAt: FROM + 90 * DAY_MS,
    channel: 'C0EVENTS01',
    user: 'U0DANA0001',
  });
  expect(await toldOn(look, [86, 87, 89, 90, 91, 200])).toEqual([86, 90]);
  expect(await told()).toMatchObject({ daysLeft: -1 });
});

it('of one that nobody looked at in time only the last is told, and nothing before that any more', async () => {
  const { look } = await cluster(90);

  expect(await toldOn(look, [88, 87, 70, 89])).toEqual([88]);
});

it('one that lives for a week is told of when it is due, not all the time', async () => {
  const { look } = await cluster(6);

  expect(await toldOn(look, [0, 2, 3, 4, 5, 6])).toEqual([4, 6]);
});

it('a new one begins anew, and the old one, should it come back, is not told of again', async () => {
  const { look, serve, first } = await cluster(90);
  const renewed = await certificate(90, 62);
  expect(await toldOn(look, [60])).toEqual([60]);

  serve(renewed);
  expect(await toldOn(look, [62])).toEqual([]);
  serve(first);
  expect(await toldOn(look, [63])).toEqual([]);
  serve(renewed);
  expect(await toldOn(look, [64, 121, 122, 123])).toEqual([122]);
  serve(first);
  expect(await toldOn(look, [85])).toEqual([]);
  serve(renewed);
  expect(await toldOn(look, [124, 148, 149])).toEqual([148]);
});

it('each message has a key of its own', async () => {
  const { look } = await cluster(90);

  const keys = [...(await look(60)), ...(await look(86)), ...(await look(90))];

  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(3);
  for (const key of keys) expect(key).toMatch(/^expiry:live:\d+$/);
});

it('what a process that ended has found and not told is told by the next look, once', async () => {
  const { look, told } = await cluster(90);
  const outbox = { touch: () => Promise.reject(new Error('the process ends here')) };

  expect(await look(60, { outbox })).toEqual([]);
  const found = await told();
  expect(await look(61)).toEqual([`expiry:live:${found?.number ?? ''}`]);
  expect(await look(61)).toEqual([]);
});

it('two looks at the same moment tell it once', async () => {
  const { look } = await cluster(90);

  const messages = await Promise.all([look(60), look(60)]);

  expect(messages.flat()).toHaveLength(1);
});

it('a port that does not answer says nothing of the certificate, and hides no difference', async () => {
  const { look, store, parts } = await cluster(90);
  const connect = () => ({ host: '127.0.0.1', port: 9 });
  await store.clusters.keepDrift('live', undefined, { suspected: 'no longer seen' });

  expect(await look(60, { tools: { ...parts.tools, connect } })).toEqual([]);
  expect(await store.clusters.drift('live')).toEqual({});
});

it('nothing is told of a cluster that was left half-made, however many plans were looked at since', async () => {
  const { look, store } = await cluster(90);
  const create = draft(CREATE, { id: 'op-create', state: 'running', startedAt: 1, createdAt: 1 });
  await store.add(create, { event: 'started' });
  await store.update(create.id, undefined, (now) => ({ ...now, state: 'failed' }));
  for (let at = 0; at < 25; at += 1) {
    const plan = { id: `op-plan-${at}`, state: 'planned', planOnly: true, createdAt: 2 + at } as const;
    await store.add(draft({ kind: 'repair' }, plan), { event: 'planned' });
  }

  expect(await look(60)).toEqual([]);
});
