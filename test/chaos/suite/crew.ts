import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Product } from '../../../sandbox/product.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { STEPS, stepJobId } from '../../../src/jobs/queues.ts';
import type { Message, Town } from '../../support/town.ts';
import { cutRedis, emptyRedis, rebootHost } from './disasters.ts';
import type { Blow } from './points.ts';
import { recordOf } from './record.ts';

const DATABASE = { name: 'live-database' } as const;
/** A stop waits 20 s for what is under way and closes the rest within 8; a little more on a busy computer. */
const GRACE_MS = 30_000;

/** The processes of a town, and what can happen to them and around them. */
export interface Crew {
  /**
   * Lets something happen now, at once when it is a kill: whoever died is started anew.
   * @returns false when nobody was there whom it could happen to
   */
  strike(blow: Blow, random: () => number): boolean;
  /** The plan whose steps are handed out twice. */
  watch(plan: Message | undefined): void;
  /** Resolves once everybody who was struck is up again. */
  recovered(): Promise<void>;
  /** What went wrong while starting anew. */
  readonly trouble: readonly string[];
}

/** Starts a bot and a worker each in a process of its own. */
export async function startCrew(town: Town): Promise<Crew> {
  let [bot, worker]: (Product | undefined)[] = await Promise.all([town.start('bot'), town.start('worker')]);
  /** Whether a second worker is there, or on its way. */
  let doubled = false;
  let plan: Message | undefined;
  const pending = new Set<Promise<void>>();
  const trouble: string[] = [];

  function doing(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => void trouble.push(error instanceof Error ? error.message : String(error)))
      .finally(() => pending.delete(running));
    pending.add(running);
  }

  function killWorker(): boolean {
    if (worker === undefined) return false;
    const dead = worker;
    worker = undefined;
    doing(async () => {
      await dead.kill();
      worker = await town.start('worker');
    });
    return true;
  }

  function killBot(): boolean {
    if (bot === undefined) return false;
    const dead = bot;
    bot = undefined;
    doing(async () => {
      await dead.kill();
      bot = await town.start('bot');
    });
    return true;
  }

  /** Two workers for a while: one finishes what it began, the other takes what comes. */
  function stopWorker(): boolean {
    if (worker === undefined || doubled) return false;
    const leaving = worker;
    worker = undefined;
    doubled = true;
    doing(() => leave('worker', leaving).finally(() => void (doubled = false)));
    doing(async () => void (worker = await town.start('worker')));
    return true;
  }

  function stopBot(): boolean {
    if (bot === undefined) return false;
    const leaving = bot;
    bot = undefined;
    doing(() => leave('bot', leaving));
    doing(async () => void (bot = await town.start('bot')));
    return true;
  }

  /** Stopped while it works, and alive again after another has taken its steps over. */
  function freeze(ms: number): boolean {
    if (worker === undefined || doubled) return false;
    const frozen = worker;
    worker = undefined;
    doubled = true;
    frozen.pause();
    doing(async () => {
      worker = await town.start('worker');
      await sleep(ms);
      frozen.resume();
      await sleep(1_000);
      await frozen.stop();
      doubled = false;
    });
    return true;
  }

  /** Two on the same steps, until one of them dies. */
  function joinForAWhile(): boolean {
    if (doubled) return false;
    doubled = true;
    doing(async () => {
      const second = await town.start('worker');
      await sleep(4_000);
      await second.kill();
      doubled = false;
    });
    return true;
  }

  function cutSsh(): boolean {
    doing(async () => {
      for (let times = 0; times < 5; times += 1) {
        town.world.machines.cutSsh(DATABASE);
        await sleep(60);
      }
    });
    return true;
  }

  /** Every step that began, under its own job id and under another: as a queue that delivers twice. */
  async function handOutTwice(shown: Message): Promise<void> {
    const { hostname, port } = new URL(town.redis.url);
    const connection = { host: hostname, port: Number(port) };
    const queue = new Queue(STEPS, { connection, prefix: new Keys().prefix });
    const { operation, steps } = (await recordOf(town, shown)).view;
    const jobs = Object.keys(steps).map((step) => ({ operation: operation.id, step, run: operation.run }));
    const ids = jobs.flatMap((data) =>
      [stepJobId(data), `again.${Date.now()}.${stepJobId(data)}`].map((jobId) => ({ data, jobId })),
    );
    await queue.addBulk(ids.map(({ data, jobId }) => ({ name: 'step', data, opts: { jobId } })));
    await queue.close();
  }

  return {
    trouble,
    watch: (shown) => void (plan = shown),
    strike(blow, random) {
      switch (blow) {
        case 'kill-worker':
          return killWorker();
        case 'kill-bot':
          return killBot();
        case 'kill-both':
          if (worker === undefined || bot === undefined) return false;
          return killWorker() && killBot();
        case 'stop-worker':
          return stopWorker();
        case 'stop-bot':
          return stopBot();
        case 'stop-both':
          if (worker === undefined || bot === undefined) return false;
          return stopWorker() && stopBot();
        case 'frozen-worker':
          return freeze(3_000 + random() * 3_000);
        case 'second-worker':
          return joinForAWhile();
        case 'redis-killed':
          doing(async () => {
            await town.redis.kill();
            await sleep(random() * 1_500);
            await town.redis.start();
          });
          return true;
        case 'redis-cut':
          doing(() => cutRedis(town, random()));
          return true;
        case 'redis-emptied':
          doing(() => emptyRedis(town, random()));
          return true;
        case 'host-reboot':
          doing(() => rebootHost(town, random()));
          return true;
        case 'slack-down':
          town.world.slack.faults.down();
          doing(async () => {
            await sleep(1_000 + random() * 3_000);
            town.world.slack.faults.up();
          });
          return true;
        case 'ssh-cut':
          return cutSsh();
        case 'handed-out-twice': {
          const shown = plan;
          if (shown === undefined) return false;
          doing(() => handOutTwice(shown));
          return true;
        }
        case 'cut':
        case '503':
        case 'throttled':
        case 'cancel-and-roll-back':
        case 'cancel-and-retry':
          return false;
      }
    },
    async recovered() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

/** Told to stop, a process ends by itself and well. @throws Error when it does not; then it is killed */
async function leave(role: 'bot' | 'worker', leaving: Product): Promise<void> {
  const code = await Promise.race([leaving.stop(), sleep(GRACE_MS, 'late' as const, { ref: false })]);
  if (code === 0) return;
  await leaving.kill();
  const how = code === 'late' ? `was still there after ${GRACE_MS / 1_000} s` : `ended with code ${code}`;
  throw new Error(`The ${role} that was told to stop ${how}:\n${leaving.output.slice(-10).join('\n')}`);
}
