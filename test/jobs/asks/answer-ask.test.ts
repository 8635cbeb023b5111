import type { Job } from 'bullmq';
import { afterEach, expect, it } from 'vitest';
import { answerAsk, glanceAt } from '../../../src/jobs/asks/answer-ask.ts';
import { AskRunner } from '../../../src/jobs/asks/ask-runner.ts';
import { ComesLater } from '../../../src/jobs/asks/comes-later.ts';
import type { AskJob } from '../../../src/jobs/queues.ts';
import { refuse, wireServer } from '../../cloud/wire-server.ts';
import { openBench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';

const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A worker that is told to stop in the middle of its first look at the cloud, which then refuses to answer. */
async function stopped() {
  const stop = new AbortController();
  const server = await wireServer((_seen, response) => {
    stop.abort();
    refuse(response, 403, 'Forbidden.RAM');
  });
  const bench = openBench(own.redis, { cloud: server.cloud() });
  ends.push(
    () => bench.close(),
    () => server.close(),
  );
  return { bench, signal: stop.signal };
}

it('a look that was cut short is no answer to a question: another worker gives it', async () => {
  const { bench, signal } = await stopped();
  const asked = await bench.desk.ask({ kind: 'clusters' }, { user: 'U1', channel: 'C1', text: 'clusters' });

  await expect(answerAsk(asked.id, bench.asks, signal)).rejects.toBeInstanceOf(ComesLater);
  const before = await bench.store.asked(asked.id);
  const toldBefore = [...bench.touched];
  await answerAsk(asked.id, bench.asks, new AbortController().signal);

  expect(before?.answer).toBeUndefined();
  expect(toldBefore).toEqual([]);
  expect((await bench.store.asked(asked.id))?.answer).toMatchObject({ kind: 'problem' });
  expect(bench.touched).toEqual([`ask:${asked.id}`]);
});

it('nor does it say in the homes of people that a cluster cannot be read', async () => {
  const { bench, signal } = await stopped();

  await expect(glanceAt({ cluster: 'live' }, bench.asks, signal)).rejects.toBeInstanceOf(ComesLater);

  expect(await bench.store.clusters.glances()).toEqual([]);
  expect(bench.touched).toEqual([]);
  expect(await bench.queues.asks.getDelayed()).toEqual([]);
});

it('a look in vain is shown as that, and made once more a minute later', async () => {
  const { bench } = await stopped();
  const never = new AbortController().signal;
  await bench.store.clusters.remember({ cluster: 'live', regionId: 'eu-central-1' });

  await glanceAt({ cluster: 'live' }, bench.asks, never);
  const [again, ...others] = await bench.queues.asks.getDelayed();
  await again?.remove();
  await glanceAt({ cluster: 'live', isSecond: true }, bench.asks, never);

  expect(others).toEqual([]);
  expect(again?.data).toEqual({ do: 'glance', cluster: 'live', isSecond: true });
  expect(again?.opts.delay).toBe(60_000 * bench.asks.tools.timeScale);
  expect(await bench.queues.asks.getDelayed()).toEqual([]);
  expect(await bench.store.clusters.glances()).toMatchObject([{ cluster: 'live', health: 'unknown' }]);
});

it('a question that was queued and, since the bot died, not kept is answered all the same', async () => {
  const { bench } = await stopped();
  const never = new AbortController().signal;
  const asked = await bench.desk.ask({ kind: 'clusters' }, { user: 'U1', channel: 'C1', text: 'clusters' });
  const job = await bench.queues.asks.getJob(`answer.${asked.id}`);
  await own.redis.del(bench.keys.ask(asked.id));

  await new AskRunner(bench.asks).run(job as Job<AskJob>, undefined, never);

  expect((await bench.store.asked(asked.id))?.answer).toMatchObject({ kind: 'problem' });
  expect(bench.touched).toEqual([`ask:${asked.id}`]);
});

it('an answer that is there before its question was kept stays', async () => {
  const { bench } = await stopped();
  const asked = await bench.desk.ask({ kind: 'clusters' }, { user: 'U1', channel: 'C1', text: 'clusters' });
  await answerAsk(asked.id, bench.asks, new AbortController().signal);

  await bench.store.keepNewAsk(asked);

  expect((await bench.store.asked(asked.id))?.answer).toMatchObject({ kind: 'problem' });
});
