import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort, startRedis } from '../../sandbox/redis.ts';
import { checkRedis } from '../../src/doctor/redis.ts';
import { within } from '../../src/jobs/redis-deadline.ts';
import { patientRedis, promptRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { PASSWORD, startCluster, startSentinels, startTlsRedis } from '../support/redis-forms.ts';
import type { RedisTown } from '../support/redis-forms.ts';
import { placeOf } from '../support/redis-place.ts';

const prefix = '{ams}';

/** Whoever types a command is told by then, or Slack says that nothing came. */
const SLACK_WAITS_MS = 3_000;
/** Longest pause between two tries to connect: within half a second work goes on, but for what the computer itself takes. */
const LONGEST_PAUSE_MS = 200;
/** No busy computer takes so long for one job. */
const HANGS_MS = 5_000;

/** Who took over is known after a second or two; a server started again is there at once. */
describe.each([
  ['TLS with client certificate and user', startTlsRedis, 3],
  ['Sentinel', startSentinels, 30],
  ['Cluster', startCluster, 30],
] as const)('%s', (_name, startForm, seconds) => {
  let town: RedisTown;
  let patient: RedisClient;
  let prompt: RedisClient;

  beforeAll(async () => {
    town = await startForm();
    patient = patientRedis(placeOf({ REDIS_URL: town.url, ...town.env }));
    prompt = promptRedis(placeOf({ REDIS_URL: town.url, ...town.env }));
    for (const client of [patient, prompt]) client.on('error', () => undefined);
    await within(10_000, new Promise((resolve) => prompt.once('ready', resolve)));
  });

  afterAll(async () => {
    patient.disconnect();
    prompt.disconnect();
    await town.close();
  });

  async function doctor(change: Record<string, string> = {}): Promise<string> {
    const findings = await checkRedis(placeOf({ REDIS_URL: town.url, ...town.env, ...change }));
    return findings.map((one) => `${one.state} ${one.what} ${one.fix ?? ''}`).join('\n');
  }

  it('is well in the eyes of the doctor, who looks at every server', async () => {
    const report = await doctor();

    expect(report).not.toMatch(/^(bad|warning) (?!Some masters)/m);
    for (const { port } of town.servers.length > 1 ? town.servers : [])
      expect(report).toContain(`:${port} 7`);

    const last = town.servers.at(-1);
    const admin = await adminOf(town, last?.port ?? 0);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await admin.config('SET', 'appendonly', 'no');
    const spoilt = await doctor();
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'appendonly', 'yes');
    admin.disconnect();

    expect(spoilt).toMatch(/bad .*throws keys away when it is full \(allkeys-lru\) Set maxmemory-policy/);
    expect(spoilt).toMatch(/warning .*keeps no append-only file/);
    const stranger = await doctor({ REDIS_URL: town.url.replace('//ams:', '//ams:x') });
    expect(stranger).toMatch(/bad Redis at .* refuses the user name or password/);
    expect(stranger).not.toContain(PASSWORD);
  });

  it('carries on when its master dies: who waits is told at once, who is patient goes on', async () => {
    const done: string[] = [];
    const queue = new Queue('town', { connection: prompt, prefix });
    const worker = new Worker('town', async (job) => void done.push(job.name), {
      connection: patient,
      prefix,
      runRetryDelay: 200,
    });
    queue.on('error', () => undefined);
    worker.on('error', () => undefined);
    await queue.add('before', {});
    await expect.poll(() => done).toEqual(['before']);

    await town.kill();
    await expectToldAtOnce(() => within(1_000, queue.add('lost', {})));
    const kept = patient.set(`${prefix}:kept`, 'yes');
    if (town.servers.length === 1) await town.start();
    expect(await within(seconds * 1_000, kept)).toBe('OK');
    await expect
      .poll(() =>
        queue.add('after', {}).then(
          () => done,
          () => done,
        ),
      )
      .toContain('after');

    // A worker of BullMQ that recovers its connection to a Cluster may not hear that it is closed (6.7.0): the product
    // waits no longer for it than its grace time.
    const closed = Promise.all([worker.close(), queue.close()]);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 10_000))]);
    expect(await prompt.get(`${prefix}:kept`)).toBe('yes');
  });
});

it('work goes on within half a second of the return of Redis', async () => {
  const server = await startRedis();
  const client = patientRedis(placeOf({ REDIS_URL: server.url }));
  client.on('error', () => undefined);
  const duplicates = vi.spyOn(client, 'duplicate');
  const queue = new Queue('return', { connection: client, prefix });
  let woken = (_at: number): void => undefined;
  const worker = new Worker('return', async () => woken(performance.now()), { connection: client, prefix });
  for (const emitter of [queue, worker] as { on(event: 'error', listener: () => void): unknown }[])
    emitter.on('error', () => undefined);
  await worker.waitUntilReady();
  const took: number[] = [];
  const pauses: number[] = [];
  // The worker waits for jobs on a connection of its own.
  const connections = [client, ...duplicates.mock.results.map((one) => one.value as typeof client)];
  expect(connections).toHaveLength(2);
  for (const one of connections) one.on('reconnecting', (ms: number) => void pauses.push(ms));
  // Once shorter and once longer than a blocking read with its watchdog lasts.
  for (const awayMs of [300, 1_500, 7_000]) {
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    const done = new Promise<number>((resolve) => (woken = resolve));
    const added = queue.add('job', {});
    await server.start();
    const back = performance.now();
    await added;
    took.push((await done) - back);
  }
  await Promise.all([worker.close(), queue.close()]);
  client.disconnect();
  await server.close();

  expect(pauses.length).toBeGreaterThan(took.length * connections.length);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
  expect(Math.max(...took), took.map(Math.round).join(', ')).toBeLessThan(HANGS_MS);
});

describe('from a cold start', () => {
  it.each([
    ['one server', 'redis://127.0.0.1:PORT'],
    ['Sentinel', 'redis+sentinel://127.0.0.1:PORT/mymaster'],
    ['Cluster', 'redis+cluster://127.0.0.1:PORT'],
  ])('%s that is not there is told at once', async (_form, url) => {
    const place = placeOf({ REDIS_URL: url.replace('PORT', String(await freePort())) });
    const client = promptRedis(place);
    client.on('error', () => undefined);
    const queue = new Queue('cold', { connection: client, prefix });
    queue.on('error', () => undefined);

    await expectToldAtOnce(() => within(1_000, queue.add('job', {})));
    await expectToldAtOnce(() => within(1_000, client.ping()));
    expect(await checkRedis(place)).toMatchObject([{ state: 'bad' }]);

    await queue.close();
    client.disconnect();
  });
});

it('who connects to a cluster that is not whole hears so once it is', async () => {
  const server = await startRedis({
    'cluster-enabled': 'yes',
    'cluster-port': await freePort(),
    'cluster-announce-ip': '127.0.0.1',
  });
  const admin = new Redis(server.port, '127.0.0.1');
  await admin.cluster('ADDSLOTSRANGE', 0, 16_382);
  const client = patientRedis(placeOf({ REDIS_URL: `redis+cluster://127.0.0.1:${server.port}` }));
  client.on('error', () => undefined);
  // BullMQ does so with the connection on which a worker waits.
  const ended = once(client, 'end');
  client.disconnect();
  await ended;
  const connected = client.connect();
  await once(client, 'reconnecting');

  await admin.cluster('ADDSLOTS', 16_383);

  await within(10_000, connected);
  expect(await client.set(`${prefix}:kept`, 'yes')).toBe('OK');
  client.disconnect();
  admin.disconnect();
  await server.close();
});

async function expectToldAtOnce(ask: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await expect(ask()).rejects.toThrow('I cannot reach my queue');
  expect(performance.now() - began).toBeLessThan(SLACK_WAITS_MS);
}

async function adminOf(town: RedisTown, port: number): Promise<Redis> {
  const { tls } = placeOf({ REDIS_URL: town.url, ...town.env });
  const admin = new Redis(port, 'localhost', {
    username: 'ams',
    password: PASSWORD,
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  });
  await admin.ping();
  return admin;
}
