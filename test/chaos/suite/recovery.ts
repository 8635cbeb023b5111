import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Product } from '../../../sandbox/product.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { LearnedWaits } from '../../../src/jobs/steps/learned-waits.ts';
import type { Town } from '../../support/town.ts';
import { COMMANDS, openFaultyTown } from './life.ts';
import { offers } from '../../support/town.ts';

/** How long work stood still, in real milliseconds. */
export interface Recovery {
  /** From a worker's death in the middle of a step's change to another worker's end of that step. */
  readonly afterDeathMs: readonly number[];
  /** From Redis' first answer after its return to the worker's next call of the cloud. */
  readonly afterRedisMs: readonly number[];
}

/** Changes in whose middle a worker dies, and their steps, each of which needs the one before. */
const DEATHS = [
  { action: 'CreateVpc', step: 'vpc', kind: 'vpc' },
  { action: 'CreateLoadBalancer', step: 'load-balancer', kind: 'load-balancer' },
  { action: 'CreateListener', step: 'listener-80', kind: 'listener' },
];
const OUTAGES_MS = [300, 2_000, 8_000];
/** Calls of the cloud between two outages: a create makes about seventy, the last of them after an installation that it only waits for. */
const CALLS_APART = 12;
/** How long such things take in the simulated cloud, milliseconds. */
const WAIT_MS = 1_000;
/** Where the cluster is made. */
const REGION = 'eu-central-1';
/** Real milliseconds that the cloud takes for the change: the other worker starts meanwhile. */
const HELD_MS = 6_000;
const PATIENCE_MS = 60_000;

/** Measures both, with the product's times as in production for the first. */
export async function measureRecovery(): Promise<Recovery> {
  return { afterDeathMs: await deaths(), afterRedisMs: await outages() };
}

async function deaths(): Promise<number[]> {
  const town = await openFaultyTown();
  // The cloud is fast; locks, looks for stalled jobs and waits are those of production.
  town.env['AMS_TIME_SCALE'] = '1';
  const measured: number[] = [];
  try {
    await knowsHowFast(town);
    await town.start('bot');
    let worker = await town.start('worker');
    const { faults } = town.world.alibaba.cloud;
    const held = DEATHS.map(({ action }) =>
      faults.plan({ action, when: 'before', kind: 'slow', delayMs: HELD_MS / town.world.timeScale }),
    );
    await approve(town);
    for (const [index, { step }] of DEATHS.entries()) {
      await reached(() => held[index]?.hits === 1);
      const next: Product = await town.start('worker');
      await sleep(1_000);
      const died = performance.now();
      await worker.kill();
      await reached(() =>
        next.output.some((line) => line.includes('step done') && line.includes(`"${step}"`)),
      );
      measured.push(Math.round(performance.now() - died));
      worker = next;
    }
    return measured;
  } finally {
    await town.close();
  }
}

async function outages(): Promise<number[]> {
  const town = await openFaultyTown();
  const measured: number[] = [];
  try {
    await town.start('bot');
    await town.start('worker');
    const { requests } = town.world.alibaba.cloud;
    await approve(town);
    const began = requests.length;
    for (const [index, outageMs] of OUTAGES_MS.entries()) {
      await reached(() => requests.length > began + CALLS_APART * (index + 1));
      await town.redis.kill();
      await sleep(outageMs);
      // What was under way when Redis died is over.
      const before = requests.length;
      const returned = town.redis.start();
      await answers(town);
      const back = performance.now();
      await reached(() => requests.length > before);
      measured.push(Math.round(performance.now() - back));
      await returned;
    }
    return measured;
  } finally {
    await town.close();
  }
}

/** As if the product had done it all before in this cloud: else it would wait as long as such things usually take. */
async function knowsHowFast(town: Town): Promise<void> {
  const redis = new Redis(town.redis.url);
  const learned = new LearnedWaits(redis, new Keys());
  for (const { kind } of DEATHS)
    await learned.add(REGION, `create.${kind}.create.ready-1`, { lasted: 0, over: WAIT_MS });
  redis.disconnect();
}

async function approve(town: Town): Promise<void> {
  await town.dana.command(COMMANDS.create, { channel: town.channel });
  await town.alex.click(await town.next((message) => offers(message, 'Approve')), 'Approve');
}

async function reached(isSo: () => boolean): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > until) throw new Error('Work did not go on within a minute.');
    await sleep(2);
  }
}

/** Resolves at Redis' first answer. */
async function answers(town: Town): Promise<void> {
  const redis = new Redis(town.redis.url, { retryStrategy: () => 2, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
}
