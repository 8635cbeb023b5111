import { expect, it } from 'vitest';
import { task } from '../../../src/jobs/resource.ts';
import { StepRunner } from '../../../src/jobs/steps/step-runner.ts';
import { openBench, step } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';

const own = ownRedis();

it('tells nothing of what it has seen once another worker has taken its step over', async () => {
  const bench = openBench(own.redis);
  const { asks, engine, queues, store } = bench;
  const { log, random, tools } = asks;
  let isFrozen = false;
  let thaw = (): void => undefined;
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  const flight = task({
    kind: 'flight',
    actions: [],
    typicalSeconds: 1,
    deadlineSeconds: 60,
    parts: () => [],
    async visit(ctx) {
      isFrozen = true;
      await thawed;
      ctx.tell({ notes: ['It is not to be reached.'] });
      return { done: true };
    },
  });
  const kinds = new Map([...tools.kinds, [flight.kind, flight]]);
  const runner = new StepRunner({ store, engine, tools: { ...tools, kinds }, log, random });
  const id = await bench.begin([step('a', [], 'flight')]);
  const job = await queues.steps.getJob(`${id}.r1.a`);
  if (!job) throw new Error('no job');
  const visit = runner.run(job, undefined, new AbortController().signal);
  await expect.poll(() => isFrozen, { timeout: 10_000 }).toBe(true);
  const other = await store.visits.begin(job.data, () => ({ state: 'running' }));
  if (!other) throw new Error('no such step');
  await store.visits.write(other, { state: 'done' });
  await store.update(id, undefined, (one) => ({ ...one, state: 'succeeded', outcome: { notes: [] } }));

  thaw();
  await visit;

  expect((await store.read(id))?.outcome).toEqual({ notes: [] });
  await bench.close();
});
