import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { ConfigError, loadConfig } from '../../src/config/config.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { STEPS } from '../../src/jobs/queues.ts';
import { startOps } from '../../src/ops-role.ts';
import { boundedLabel } from '../../src/ops/bounded.ts';
import { loginCheck } from '../../src/ops/login.ts';
import type { Ops } from '../../src/ops/ops.ts';
import { ProcessReadiness } from '../../src/ops/readiness.ts';
import { startOpsServer } from '../../src/ops/server.ts';
import { LOGIN, SHOWN, ask } from './town.ts';
import { silentLog } from '../support/silent-log.ts';

const NAMESPACE = 'ops-pages';
let redis: RedisServer;
const open: Ops[] = [];

beforeAll(async () => {
  redis = await startRedis();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((ops) => ops.close()));
});

afterAll(() => redis.close());

async function show(change: Readonly<Record<string, string>> = {}): Promise<string> {
  const config = loadConfig(environment(change), ['worker']);
  if (!config.ops) throw new Error('nothing is shown');
  const ops = await startOps(config, config.ops, silentLog);
  open.push(ops);
  return `http://127.0.0.1:${ops.port}`;
}

function environment(change: Readonly<Record<string, string>>): Record<string, string> {
  return {
    AMS_SECRET_KEY: '0123456789abcdef',
    REDIS_URL: redis.url,
    AMS_NAMESPACE: NAMESPACE,
    ...SHOWN,
    ...change,
  };
}

function mistakesOf(change: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(environment(change), ['worker']);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the pages of a process', () => {
  it('say that it lives at once, and that it is ready once it has started', async () => {
    const address = await show();

    expect((await ask(`${address}/healthz`)).status).toBe(200);
    expect(await ask(`${address}/readyz`)).toMatchObject({ status: 503 });
    expect((await ask(`${address}/readyz`)).text).toContain('This process is starting.');
    open[0]?.readiness.started();
    await expect.poll(async () => (await ask(`${address}/readyz`)).text).toBe('Ready.\n');
    expect((await ask(`${address}/readyz`)).status).toBe(200);
  });

  it('count work that nobody takes, whatever its priority', async () => {
    const namespace = 'ops-counts';
    const queue = new Queue(STEPS, { connection: { url: redis.url }, prefix: new Keys(namespace).prefix });
    await queue.add('step', {});
    await queue.add('step', {}, { priority: 3 });
    await queue.add('step', {}, { delay: 60_000 });
    const address = await show({ AMS_NAMESPACE: namespace });

    const { text } = await ask(`${address}/metrics`);
    await queue.close();

    expect(text).toContain('ams_queue_jobs{queue="steps",state="waiting"} 2\n');
    expect(text).toContain('ams_queue_jobs{queue="steps",state="delayed"} 1\n');
  });

  it('take nothing but looks, and know no other addresses', async () => {
    const address = await show();

    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      for (const path of ['/healthz', '/metrics', '/queues/api/queues/steps/clean/failed'])
        expect((await ask(`${address}${path}`, { method, login: LOGIN })).status, `${method} ${path}`).toBe(
          405,
        );
    expect((await ask(`${address}/queuesome`)).status).toBe(404);
    expect((await ask(`${address}/`)).text).toContain('/readyz');
  });

  it('refuse a port that is taken, in words', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    await expect(show({ AMS_HEALTH_PORT: String(port) })).rejects.toThrow(
      `AMS_HEALTH_PORT: 127.0.0.1:${port} cannot be listened on (EADDRINUSE).`,
    );
    other.close();
  });

  it('refuse an address that is none of this machine, and say which variable names it', async () => {
    // Nobody has it: it is there for documents (RFC 5737).
    await expect(show({ AMS_HEALTH_HOST: '192.0.2.1' })).rejects.toMatchObject({
      message: 'AMS_HEALTH_PORT: 192.0.2.1:0 cannot be listened on (EADDRNOTAVAIL).',
      hint: expect.stringContaining('AMS_HEALTH_HOST'),
    });
  });

  it('refuse an address of IPv6 that no machine has so, whether it has IPv6 at all or not', async () => {
    // One of a link, without the name of the link.
    await expect(show({ AMS_HEALTH_HOST: 'fe80::1' })).rejects.toMatchObject({
      hint: expect.stringContaining('AMS_HEALTH_HOST'),
    });
  });

  it('give many scrapers at once the same look', async () => {
    const address = await show();
    open[0]?.readiness.started();
    await expect.poll(async () => (await ask(`${address}/readyz`)).status).toBe(200);

    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`${address}/metrics`)));

    for (const { status, text, headers } of answers) {
      expect(status).toBe(200);
      expect(headers['content-type']).toContain('version=0.0.4');
      expect(text).toContain('ams_ready{part="redis"} 1');
    }
  });
});

describe('the page of queues', () => {
  it('is there for those who have the password, and shows the jobs', async () => {
    const keys = new Keys(NAMESPACE);
    const connection = { url: redis.url };
    const queue = new Queue(STEPS, {
      connection: { ...connection, enableOfflineQueue: true },
      prefix: keys.prefix,
    });
    await queue.add('step', { operation: 'op-1', step: 'vpc', run: 1 }, { jobId: 'op-1.r1.vpc' });
    const address = await show();

    const page = await ask(`${address}/queues`, { login: LOGIN });
    const script = /src="(static\/js\/main[^"]+\.js)"/.exec(page.text)?.[1];
    const jobs = await ask(`${address}/queues/api/queues?activeQueue=steps&status=latest&page=1`, {
      login: LOGIN,
    });

    expect(page.status).toBe(200);
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(page.headers['content-security-policy'], 'nothing from elsewhere').toContain("default-src 'self'");
    expect(script, page.text).toBeDefined();
    expect((await ask(`${address}/queues/${script ?? ''}`, { login: LOGIN })).status).toBe(200);
    const { queues } = JSON.parse(jobs.text) as {
      queues: { name: string; readOnlyMode: boolean; jobs: { id: string }[] }[];
    };
    expect(queues.map(({ name }) => name).toSorted()).toEqual(['asks', 'outbox', 'steps']);
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    expect(queues.find(({ name }) => name === 'steps')?.jobs.map(({ id }) => id)).toEqual(['op-1.r1.vpc']);
    await queue.close();
  });

  it('is closed to everybody else, scripts and data included', async () => {
    const address = await show();
    const { user, password } = LOGIN;

    for (const path of [
      '/queues',
      '/queues/',
      '/queues?x=1',
      '/queues/api/queues',
      '/queues/static/js/main.js',
    ]) {
      for (const login of [
        undefined,
        { user, password: '' },
        { user: '', password: '' },
        { user: 'other', password },
        { user, password: `${password}x` },
        { user, password: password.slice(1) },
      ]) {
        const answer = await ask(`${address}${path}`, login === undefined ? {} : { login });
        expect(answer.status, `${path} ${JSON.stringify(login)}`).toBe(401);
        expect(answer.headers['www-authenticate']).toContain('Basic');
      }
    }
  });

  it('does not exist without a login', async () => {
    const address = await show({ AMS_QUEUES_USER: '', AMS_QUEUES_PASSWORD: '' });

    expect((await ask(`${address}/queues`, { login: LOGIN })).status).toBe(404);
  });

  it('does not open by an empty password', () => {
    expect(() => loginCheck({ user: 'ops', password: '' })).toThrow('not empty');
    expect(() => loginCheck({ user: 'ops', password: '  ' })).toThrow('not empty');
    expect(mistakesOf({ AMS_QUEUES_PASSWORD: '' })).toEqual([
      'AMS_QUEUES_PASSWORD is not set; make one with: openssl rand -hex 16',
    ]);
    expect(mistakesOf({ AMS_QUEUES_PASSWORD: '   ' })[0]).toContain('AMS_QUEUES_PASSWORD is not set');
    expect(mistakesOf({ AMS_QUEUES_PASSWORD: 'short' })[0]).toContain('AMS_QUEUES_PASSWORD is too short');
    expect(mistakesOf({ AMS_QUEUES_PASSWORD: 'short' }).join()).not.toContain('short,');
  });
});

describe('the settings of the pages', () => {
  it('are off unless set', () => {
    const off = { AMS_HEALTH_PORT: '', AMS_HEALTH_HOST: '', AMS_QUEUES_USER: '', AMS_QUEUES_PASSWORD: '' };

    expect(loadConfig(environment(off), ['worker']).ops).toBeUndefined();
  });

  it.each([
    [{ AMS_HEALTH_PORT: 'web' }, 'AMS_HEALTH_PORT must be a whole number from 0 to 65535, not "web"'],
    [{ AMS_HEALTH_PORT: '70000' }, 'AMS_HEALTH_PORT must be a whole number from 0 to 65535, not "70000"'],
    [{ AMS_HEALTH_PORT: '' }, 'AMS_HEALTH_PORT is not set: AMS_QUEUES_USER and AMS_QUEUES_PASSWORD need it'],
    [{ AMS_QUEUES_USER: 'a:b' }, 'AMS_QUEUES_USER must not contain a colon'],
    [{ AMS_QUEUES_USER: '' }, 'AMS_QUEUES_USER is not set'],
  ] as const)('%j is refused in words', (change, words) => {
    expect(mistakesOf(change)).toContain(words);
  });

  it('do not take the port that Slack delivers to', () => {
    const env = {
      ...environment({ AMS_HEALTH_PORT: '3000' }),
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_SIGNING_SECRET: 'signed',
    };

    expect(() => loadConfig(env, ['bot'])).toThrow('AMS_HEALTH_PORT must not be PORT (3000)');
    expect(() => loadConfig({ ...env, SLACK_APP_TOKEN: 'xapp-1' }, ['bot'])).not.toThrow();
  });
});

describe('readiness', () => {
  it('tells neither errors, which may hold passwords, nor waits for a check for ever', async () => {
    const readiness = new ProcessReadiness();
    readiness.started();
    readiness.add('redis', () => Promise.reject(new Error('redis://user:hunter2@host')));
    readiness.add('slack', () => new Promise(() => undefined));
    readiness.add('worker', () => undefined);

    expect(await readiness.reasons()).toEqual([
      'The check of redis ended with an error.',
      'The check of slack gives no answer.',
    ]);
  });
});

describe('readiness without a part', () => {
  it('asks that it has worked once, and not that it still does', async () => {
    const readiness = new ProcessReadiness();
    readiness.started();
    let redisIs: string | undefined = 'Redis does not answer.';
    readiness.add('redis', () => redisIs);
    readiness.add('slack', () => undefined);
    const server = await startOpsServer(
      { host: '127.0.0.1', port: 0 },
      {
        reasons: (mayGo) => readiness.reasons(mayGo),
        metrics: () => Promise.resolve({ type: 'text/plain', text: '' }),
        queues: undefined,
      },
    );
    onTestFinished(() => server.close());
    const status = async (query: string) =>
      (await ask(`http://127.0.0.1:${server.port}/readyz${query}`)).status;

    expect(await status('?exclude=redis'), 'never seen').toBe(503);
    redisIs = undefined;
    expect(await status('?exclude=redis')).toBe(200);
    redisIs = 'Redis does not answer.';
    expect(await status('?exclude=redis'), 'gone').toBe(200);
    expect(await status('?exclude=slack')).toBe(503);
    expect(await status('')).toBe(503);
    readiness.stopping();
    expect(await status('?exclude=redis'), 'stopping').toBe(503);
  });
});

describe('a label', () => {
  it('has a bounded number of values, and words only', () => {
    const label = boundedLabel(2);

    expect(['a', 'b', 'c', 'a', 'd'].map(label)).toEqual(['a', 'b', 'other', 'a', 'other']);
    expect(boundedLabel(5)('no word at all')).toBe('other');
  });
});
