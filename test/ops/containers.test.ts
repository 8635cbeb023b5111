import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startRedis } from '../../sandbox/redis.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startOps } from '../../src/ops-role.ts';
import { read } from '../docs/markdown.ts';
import { deployments, only } from './kubernetes-manifests.ts';
import { silentLog } from '../support/silent-log.ts';

interface Service {
  readonly command: readonly string[];
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly stop_grace_period: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly init?: boolean;
  readonly mem_limit?: string;
}

const { services } = parse(read('docker-compose.yml')) as { services: Readonly<Record<string, Service>> };
const dockerfile = read('deploy/Dockerfile');

describe.each(['bot', 'worker'])('the service %s of docker-compose.yml', (name) => {
  const service = services[name];

  it('can be scaled: nothing of it is there only once', () => {
    expect(service?.ports).toBeUndefined();
    expect(service?.container_name).toBeUndefined();
  });

  it('asks the port that it is given whether it is ready', () => {
    const port = service?.environment['AMS_HEALTH_PORT'];

    expect(service?.healthcheck.test.at(-1)).toContain(`http://127.0.0.1:${port}/readyz`);
  });

  it('is no more than it need be', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  it('may take as much memory as in Kubernetes, and leaves the rest of the machine to Redis', () => {
    const deployment = deployments.find(({ metadata }) => metadata.name === `ams-${name}`);
    const limit = deployment === undefined ? '' : (only(deployment).resources.limits['memory'] ?? '');

    expect(limit).toMatch(/^\d+Mi$/);
    expect(service?.mem_limit).toBe(limit.replace('Mi', 'm'));
    expect(read('docs/deployment.md')).toContain(limit.replace('Mi', ' MiB'));
  });

  it('hears signals from its first moment on, the doctor too', () => {
    expect(service?.init).toBe(true);
  });

  it('has the time to stop that the program takes', () => {
    const grace = /^const GRACE_MS = ([\d_]+);/m.exec(read('src/main.ts'))?.[1]?.replaceAll('_', '');

    expect(Number.parseInt(service?.stop_grace_period ?? '0', 10)).toBeGreaterThanOrEqual(
      Number(grace) / 1_000 + 10,
    );
  });
});

describe('HTTP delivery', () => {
  it('publishes the port of the bot on this machine only', () => {
    const more = parse(read('deploy/docker-compose.http.yml')) as {
      services: Readonly<Record<string, Service>>;
    };

    expect(more.services).toEqual({ bot: { ports: ['127.0.0.1:${PORT:-3000}:${PORT:-3000}'] } });
  });
});

describe('the Dockerfile', () => {
  it('builds in one stage and runs in another, as an ordinary user', () => {
    const stages = dockerfile.split(/^FROM /m).slice(1);

    expect(stages).toHaveLength(2);
    expect(stages[0]).toContain(' AS build');
    expect(stages[1]).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(stages[1]).not.toMatch(/^RUN /m);
  });

  it('copies whatever the scripts import that it copies', () => {
    const [, build = ''] = dockerfile.split(/^FROM /m);
    const copied = [...build.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));
    const needed = new Set([...build.matchAll(/\bnode (scripts\/\S+)/g)].map(([, script = '']) => script));

    // Those that are added meanwhile come in turn.
    for (const script of needed)
      for (const [, path = ''] of read(script).matchAll(/\b(?:from|import)\s*\(?'(\.[^']+)'/g))
        needed.add(join(dirname(script), path));

    expect(needed.size).toBeGreaterThan(1);
    expect([...needed].filter((script) => !copied.includes(script))).toEqual([]);
  });

  it('exposes the port of its health check', () => {
    const port = /AMS_HEALTH_PORT=(\d+)/.exec(dockerfile)?.[1];

    expect(dockerfile).toMatch(new RegExp(`^EXPOSE ${port}$`, 'm'));
  });
});

describe('the health check of Redis', () => {
  it.each([
    ['PONG', 0],
    ['LOADING Redis is loading the dataset in memory', 1],
  ])('ends, where redis-cli tells %s and ends well, with %i', (answer, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'ams-redis-cli-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'redis-cli'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    const [manner, script = ''] = services['redis']?.healthcheck.test ?? [];

    const { status } = spawnSync('/bin/sh', ['-c', script], {
      env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
    });

    expect([manner, status]).toEqual(['CMD-SHELL', code]);
  });
});

describe('the health checks', () => {
  it('end well exactly when the process answers well', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const config = loadConfig(
      { AMS_SECRET_KEY: '0123456789abcdef', REDIS_URL: redis.url, AMS_HEALTH_PORT: '0' },
      ['worker'],
    );
    if (!config.ops) throw new Error('nothing is shown');
    const ops = await startOps(config, config.ops, silentLog);
    const healthcheck = JSON.parse(/^ {2}CMD (\[.+\])$/m.exec(dockerfile)?.[1] ?? '[]') as readonly string[];
    const ready = services['worker']?.healthcheck.test.at(-1)?.replace(':9464', `:${ops.port}`) ?? '';
    const alive = healthcheck[2] ?? '';

    expect(healthcheck.slice(0, 2)).toEqual(['node', '-e']);
    expect(await exitCode(alive, ops.port)).toBe(0);
    expect(await exitCode(ready, ops.port), 'still starting').toBe(1);
    ops.readiness.started();
    await expect.poll(() => exitCode(ready, ops.port)).toBe(0);
    await ops.close();
    expect(await exitCode(alive, ops.port)).toBe(1);
  });
});

function exitCode(script: string, port: number): Promise<number | null> {
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, AMS_HEALTH_PORT: String(port) },
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.once('exit', resolve));
}
