import { setTimeout } from 'node:timers/promises';
import { startProduct } from '../../sandbox/product.ts';
import { freePort, startRedis } from '../../sandbox/redis.ts';
import { PEOPLE, startWorld, workspace } from '../../sandbox/world.ts';
import type { World } from '../../sandbox/world.ts';
import { percentile } from '../stats.ts';
import { startLoad } from './load.ts';

export const A_SECOND = 50;
export const SECONDS = 8;
/** Commands whose answers come from the bot itself, by way of Redis. */
const COMMANDS = ['ops', 'help', 'history', 'help create-cluster', 'ops --live'];
/** So long Slack waits for an acknowledgement. */
const SLACK_WAITS_MS = 3_000;
const SECRET = 'a-signing-secret-of-the-bench';

/** How Slack reaches the bot. */
export type Way = 'Socket Mode' | 'HTTP';

export interface Acknowledged {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** Neither acknowledged within Slack's three seconds nor refused. */
  readonly lost: number;
}

/** Commands and clicks, 50 a second, beside so many operations that wait; milliseconds until acknowledged. */
export async function acknowledged(way: Way, operations: number): Promise<Acknowledged> {
  const redis = await startRedis();
  const port = await freePort();
  const http =
    way === 'HTTP' ? { signingSecret: SECRET, requestUrl: `http://127.0.0.1:${port}/slack/events` } : {};
  const world = await startWorld({ slack: { ...workspace(), ...http } });
  const usual = await world.environment({ redisUrl: redis.url, settings: { drift: { every: 'off' } } });
  const { SLACK_APP_TOKEN: _token, ...rest } = usual;
  const env = way === 'HTTP' ? { ...rest, SLACK_SIGNING_SECRET: SECRET, PORT: String(port) } : usual;
  const products = await Promise.all([startProduct('bot', env), startProduct('worker', env)]);
  const load = await startLoad(redis.url, operations);
  try {
    const acts = await actsOf(world);
    // What is measured is a bot that has run for a while.
    await atPace(acts, 2);
    const answers = await atPace(acts, SECONDS);
    // What was never acknowledged took longer than all that was.
    const times = answers.map(({ acked, ms }) => (acked ? ms : Math.max(ms, SLACK_WAITS_MS)));
    return {
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      most: Math.max(...times),
      lost: answers.filter(({ acked }) => !acked).length,
    };
  } finally {
    await load.close();
    await Promise.all(products.map((one) => one.kill()));
    await world.close();
    await redis.close();
  }
}

type Act = () => Promise<{ readonly acked: boolean; readonly ms: number }>;

/** Commands by the requester, and in turns with them a click on Approve that does not count: it is not theirs to press. */
async function actsOf(world: World): Promise<readonly Act[]> {
  const { channel, requester, outsider } = PEOPLE;
  const dana = world.slack.as(requester);
  const sam = world.slack.as(outsider);
  await dana.command('create-cluster live --edge 2', { channel });
  const plan = await world.slack.waitForMessage(
    (message) => JSON.stringify(message.blocks ?? []).includes('"text":"Approve"'),
    { channel, timeoutMs: 60_000 },
  );
  return COMMANDS.flatMap((command): Act[] => [
    () => dana.command(command, { channel }),
    () => sam.click(plan, 'Approve'),
  ]);
}

/** Begins one act after the other at their time, whether or not those before are answered. */
async function atPace(acts: readonly Act[], seconds: number) {
  const startedAt = performance.now();
  const under: ReturnType<Act>[] = [];
  for (let nth = 0; nth < seconds * A_SECOND; nth += 1) {
    await setTimeout(Math.max(0, startedAt + (nth * 1_000) / A_SECOND - performance.now()));
    const act = acts[nth % acts.length];
    if (act) under.push(act());
  }
  return Promise.all(under);
}
