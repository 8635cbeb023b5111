import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import type { RedisServer } from '../../sandbox/redis.ts';
import { applyExpiry } from '../../src/cluster/approval.ts';
import type { Vote } from '../../src/cluster/approval.ts';
import { createDesk } from '../../src/jobs/create-desk.ts';
import { Engine } from '../../src/jobs/engine.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { Queues } from '../../src/jobs/queues.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { silentLog } from '../support/silent-log.ts';

const keys = new Keys('decisions-test');
const ROUNDS = 60;
/** A plan's last moment, by a clock that all share: who votes sees it not yet over, who expires it sees it over. */
const EXPIRES_AT = Date.now() + 3_600_000;

let server: RedisServer;
let processes: ReturnType<typeof processOn>[];

/** What one process has: a connection of its own, and its own engine and desk over it. */
function processOn(url: string) {
  const redis = new Redis(url);
  const queues = new Queues(redis, keys, () => undefined);
  const outbox = new Outbox({ connection: redis, keys, onError: () => undefined });
  const store = new Store(redis, keys);
  const now = Date.now;
  const engine = new Engine({ store, queues, outbox, log: silentLog, timeScale: 1, now });
  const secrets = new Secrets(redis, keys, 'a key for tests only');
  return {
    store,
    engine,
    queues,
    desk: createDesk({ store, queues, engine, secrets, redis, keys, now }),
    async close() {
      await Promise.all([queues.close(), outbox.close()]);
      redis.disconnect();
    },
  };
}

beforeAll(async () => {
  server = await startRedis();
  processes = Array.from({ length: 5 }, () => processOn(server.url));
});

afterAll(async () => {
  await Promise.all(processes.map((one) => one.close()));
  await server.close();
});

async function waitingPlan(round: number): Promise<string> {
  const [first] = processes;
  if (!first) throw new Error('no process');
  const { id } = await first.desk.request({
    wish: { kind: 'create', options: {} },
    cluster: `live-${round}`,
    requester: { user: 'U1', channel: 'C1', text: 'create-cluster' },
    policy: { approvers: ['U2', 'U3'], quorum: 1, selfApproval: false, expiresAfterMs: 60_000 },
    requestId: `round ${round}`,
    planOnly: false,
  });
  await first.store.update(id, { event: 'planned' }, (operation) => ({
    ...operation,
    state: 'awaiting-approval',
    digest: 'd1',
    expiresAt: EXPIRES_AT,
  }));
  return id;
}

function ballot(user: string, verdict: Vote['verdict']): Vote {
  return { user, verdict, isApprover: true, at: EXPIRES_AT - 1, digest: 'd1' };
}

/** The decisions that meet, each made by a process of its own. */
function decisionsOn(id: string): (() => Promise<unknown>)[] {
  const [one, two, three, four, five] = processes;
  return [
    () => one!.desk.vote(id, ballot('U2', 'approve')),
    () => two!.desk.vote(id, ballot('U3', 'approve')),
    () => three!.desk.vote(id, { ...ballot('U4', 'reject'), reason: 'not today' }),
    () => four!.desk.cancel(id, 'U1'),
    () =>
      five!.engine.change(
        id,
        (after) => (after.state === 'expired' ? { event: 'expired' } : undefined),
        (operation) => applyExpiry(operation, EXPIRES_AT),
      ),
  ];
}

it('of approvals, a rejection, a cancel and the expiry of the same moment one decides, and all others hear so', async () => {
  const ends = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await waitingPlan(round);
    const all = decisionsOn(id);
    const turned = [...all.slice(round % all.length), ...all.slice(0, round % all.length)];
    const settled = await Promise.allSettled(turned.map((decide) => decide()));

    const [first] = processes;
    const state = (await first!.store.read(id))?.state ?? 'none';
    const events = (await first!.store.history({ cluster: `live-${round}`, limit: 20 })).map(
      (one) => one.event,
    );
    const decisive = events.filter((event) => !['requested', 'planned'].includes(event)).toReversed();
    // A cancel stops what was just approved; nothing else comes after a decision.
    expect([
      ['approved'],
      ['approved', 'cancelled'],
      ['rejected'],
      ['cancelled'],
      ['expired'],
    ]).toContainEqual(decisive);
    expect(state).toBe(decisive.at(-1));
    expect((await first!.queues.asks.getJob(`start.${id}`)) !== undefined).toBe(decisive[0] === 'approved');
    for (const { status, ...rest } of settled)
      if (status === 'rejected')
        expect((rest as PromiseRejectedResult).reason).toMatchObject({
          code: 'refused',
          message: expect.stringMatching(/already|expired|over/),
        });
    const counted = settled.filter(({ status }) => status === 'fulfilled').length;
    // Whoever made the decision, and the expiry, which finds nothing to do.
    expect(counted).toBeLessThanOrEqual(decisive.length + 1);
    ends.set(state, (ends.get(state) ?? 0) + 1);
  }
  expect(ends.size).toBeGreaterThan(1);
}, 60_000);
