import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startProduct } from '../../sandbox/product.ts';
import type { Product, ProductOptions } from '../../sandbox/product.ts';
import { startRedis } from '../../sandbox/redis.ts';
import { PEOPLE, startWorld } from '../../sandbox/world.ts';
import type { World, WorldOptions } from '../../sandbox/world.ts';
import type { RedisForm } from './redis-forms.ts';

/** Bounds every wait of a journey; far beyond what any of them takes. */
const PATIENCE_MS = 150_000;

type Person = ReturnType<World['slack']['as']>;
export type Message = ReturnType<World['slack']['messages']>[number];

/** A whole town: the simulated world, a real Redis and the product as a process of its own. */
export interface Town {
  readonly world: World;
  readonly redis: RedisForm;
  readonly env: Record<string, string>;
  readonly channel: string;
  readonly dana: Person;
  readonly alex: Person;
  readonly kim: Person;
  readonly sam: Person;
  /** The processes that run now; a test may stop them and start others. */
  readonly products: Product[];
  start(role?: 'start' | 'bot' | 'worker'): Promise<Product>;
  /** The next message in the channel that was not returned before and fits. */
  next(fits: (message: Message) => boolean): Promise<Message>;
  /** Types a command as Dana and returns the plan that asks for approval, or the refusal. */
  plan(command: string): Promise<Message>;
  /** Approves a plan as Alex and returns the operation's last message. */
  approve(plan: Message): Promise<Message>;
  /** Types, approves and waits for the end. @throws Error with what the channel says when it does not end well */
  run(command: string): Promise<Message>;
  /** Waits until that message's text begins in one of the given ways. */
  until(message: Message, begins: RegExp): Promise<Message>;
  /** What only that person saw last in the channel. */
  whispered(user: string): string;
  close(): Promise<void>;
}

/**
 * For clusters of which nothing but their cloud is looked at: machines that run no shell, and the database that these
 * find without anybody having made it. A cluster so made takes two thirds of the processor time.
 */
export const QUICK = { machines: { quick: true } } as const;
export const OUTSIDE = '--mongo-uri mongodb://10.255.0.9:27017/';

const ENDED = /^(Done|Failed|Cannot)/;

export async function openTown(
  options: WorldOptions &
    ProductOptions & {
      readonly settings?: Record<string, unknown>;
      readonly idle?: boolean;
      /** Instead of a server of its own. The town closes it. */
      readonly redis?: RedisForm;
    } = {},
): Promise<Town> {
  const redis = options.redis ?? { ...(await startRedis()), env: {} };
  const world = await startWorld({ timeScale: 0.01, ...options });
  const usual = await world.environment({
    redisUrl: redis.url,
    // Who looks for drift says so: elsewhere its words would come between.
    settings: { drift: { every: 'off' }, ...options.settings },
  });
  const env = { ...usual, ...redis.env };
  const { slack } = world;
  const { channel } = PEOPLE;
  const products: Product[] = [];
  const seen = new Set<string>();
  const town: Town = {
    world,
    redis,
    env,
    channel,
    dana: slack.as(PEOPLE.requester),
    alex: slack.as(PEOPLE.approver),
    kim: slack.as(PEOPLE.secondApprover),
    sam: slack.as(PEOPLE.outsider),
    products,
    async start(role = 'start') {
      const product = await startProduct(role, env, { program: options.program, onLine: options.onLine });
      products.push(product);
      return product;
    },
    async next(fits) {
      const message = await slack.waitForMessage(
        (each) => !seen.has(each.ts) && (each.thread_ts ?? each.ts) === each.ts && fits(each),
        { channel, timeoutMs: PATIENCE_MS },
      );
      seen.add(message.ts);
      return message;
    },
    async plan(command) {
      await insist(() => town.dana.command(command, { channel }));
      return town.next((message) => offers(message, 'Approve') || message.text.startsWith('Cannot'));
    },
    async approve(plan) {
      await insist(() => town.alex.click(plan, 'Approve'));
      return town.until(plan, ENDED);
    },
    async run(command) {
      const plan = await town.plan(command);
      const last = offers(plan, 'Approve') ? await town.approve(plan) : plan;
      if (!last.text.startsWith('Done'))
        throw new Error(`${command}:\n${slack.transcript(channel)}\n${tail(products)}`);
      return last;
    },
    until: (message, begins) =>
      slack.waitForMessage((each) => each.ts === message.ts && begins.test(each.text), {
        channel,
        timeoutMs: PATIENCE_MS,
      }),
    whispered(user) {
      return JSON.stringify(slack.ephemerals(user, channel).at(-1) ?? '');
    },
    async close() {
      await Promise.all(products.map((product) => product.kill()));
      await world.close();
      await redis.close();
    },
  };
  if (options.idle !== true) await town.start();
  return town;
}

/** Slack tells at once that nobody of the app listens; whoever is told that tries again. */
async function insist(act: () => Promise<{ readonly error?: string }>): Promise<void> {
  for (let left = 20; (await act()).error === 'dispatch_failed' && left > 0; left -= 1) await sleep(500);
}

export function offers(message: Message, label: string): boolean {
  return JSON.stringify(message.blocks ?? []).includes(`"text":"${label}"`);
}

/** Everything that lies in Redis, as text. */
export async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  const parts: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    if (type === 'string') parts.push(key, (await redis.get(key)) ?? '');
    else if (type === 'hash') parts.push(key, JSON.stringify(await redis.hgetall(key)));
    else if (type === 'stream') parts.push(key, JSON.stringify(await redis.xrange(key, '-', '+')));
    else if (type === 'zset') parts.push(key, JSON.stringify(await redis.zrange(key, '0', '-1')));
    else if (type === 'set') parts.push(key, JSON.stringify(await redis.smembers(key)));
    else if (type === 'list') parts.push(key, JSON.stringify(await redis.lrange(key, 0, -1)));
  }
  redis.disconnect();
  return parts.join('\n');
}

function tail(products: readonly Product[]): string {
  return products.flatMap((product) => product.output.slice(-30)).join('\n');
}
