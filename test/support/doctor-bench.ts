import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { startWorld, workspace } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';
import { runDoctor } from '../../src/doctor.ts';
import { SCOPES } from '../../src/doctor/slack.ts';

export type Env = Record<string, string>;

/** A world and a Redis for the tests of a file, and the doctor, who has the environment that a test gives. */
export function doctorBench(env: () => Env) {
  let world: World;
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
    world = await startWorld({
      timeScale: 0.01,
      slack: {
        limits: false,
        // All but what only makes invitations needless.
        scopes: [...Object.keys(SCOPES), 'files:write'],
        userGroups: [
          ...(workspace().userGroups ?? []),
          { id: 'S0EMPTY001', handle: 'nobody-yet', users: [] },
        ],
      },
      alibaba: {
        accessKeys: [
          { id: 'sandbox-key-id', secret: 'sandbox-key-secret' },
          { id: 'narrow-key-id', secret: 'narrow-key-secret', user: 'narrow', deny: ['alb:*'] },
          {
            id: 'reading-key-id',
            secret: 'reading-key-secret',
            user: 'reading',
            deny: ['vpc:CreateVpc', 'alb:CreateListener'],
          },
          { id: 'idle-key-id', secret: 'idle-key-secret', inactive: true },
        ],
      },
    });
  }, 60_000);

  afterAll(async () => {
    await world.close();
    await redis.close();
  });

  /** As an operator does, in a folder without a `.env` of its own. */
  async function asProgram(given: Env): Promise<{ code: number | null; report: string }> {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [resolve('dist/product/main.js'), 'doctor'], {
      cwd: world.folder,
      env: { PATH, NODE_ENV: 'production', ...given },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pieces: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => pieces.push(chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, report: pieces.join('') };
  }

  /** The same without a process of its own, which takes longer to start than to look. */
  async function here(given: Env): ReturnType<typeof asProgram> {
    const lines: string[] = [];
    const code = await runDoctor(given, (line) => void lines.push(line));
    return { code, report: `${lines.join('\n')}\n` };
  }

  /** Runs the doctor and sees to it that no secret is told. */
  async function doctor(change: Env = {}, unset: readonly string[] = [], run: typeof here = here) {
    const given: Env = { ...env(), ...change };
    for (const name of unset) delete given[name];
    const { code, report } = await run(given);
    const secrets = [
      given['SLACK_BOT_TOKEN'],
      given['SLACK_APP_TOKEN'],
      given['SLACK_SIGNING_SECRET'],
      given['ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
      given['AMS_SECRET_KEY'],
      /:([^:@/]+)@/.exec(given['REDIS_URL'] ?? '')?.[1],
      'PRIVATE KEY',
    ];
    for (const secret of secrets) if (secret) expect(report).not.toContain(secret);
    expect(report, 'a person reads it').not.toMatch(/\n {4}at |undefined|\[object/);
    return { code, report };
  }

  /** What is wrong is named on one line and its fix on the next; everything else is examined all the same. */
  async function expectOnly(
    finding: RegExp,
    fix: RegExp,
    { code, report }: Awaited<ReturnType<typeof doctor>>,
  ): Promise<void> {
    const lines = report.split('\n');
    const bad = lines.filter((line) => line.startsWith('BAD'));
    expect(bad.join('\n')).toMatch(finding);
    expect(bad, report).toHaveLength(1);
    expect(lines[lines.indexOf(bad[0] ?? '') + 1]).toMatch(fix);
    expect(report).toMatch(/^1 thing to fix before it will work\.$/m);
    expect(code).toBe(1);
  }

  return {
    get world() {
      return world;
    },
    get redis() {
      return redis;
    },
    doctor,
    asProgram,
    expectOnly,
  };
}
