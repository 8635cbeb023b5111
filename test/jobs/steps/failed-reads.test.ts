import { afterEach, beforeEach, expect, it } from 'vitest';
import { CloudError } from '../../../src/cloud/errors.ts';
import { openBench, running, step } from '../../support/engine-bench.ts';
import type { Bench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';

const own = ownRedis();
/** So many that they list all clusters together. */
const PARTS = ['a', 'b', 'c'];
let bench: Bench;

beforeEach(() => {
  // What is put off by this clock stays put off.
  bench = openBench(own.redis, { looksNow: () => 0 });
});

afterEach(() => bench.close());

it('reads that failed count as reads: who shared them waits, and does not read them again at once', async () => {
  for (const part of PARTS) bench.things.slow.add(part);
  await bench.work();
  for (const part of PARTS) {
    const id = `op-${part}`;
    await bench.store.add({ ...running([step(part)]), id, cluster: part }, { event: 'requested' });
    await bench.engine.advance(id);
  }
  const whyOf = async (part: string) => (await bench.store.steps(`op-${part}`))[part]?.why;
  await expect
    .poll(() => Promise.all(PARTS.map(whyOf)))
    .toEqual(PARTS.map((part) => `${part} is being made`));
  const isHeld = () => PARTS.map((part) => bench.looks.holdMs(`op-${part}`, part) > 0);
  const before = isHeld();

  bench.things.readsInTrouble = 1_000;
  bench.things.troubles.push(
    new CloudError({ product: 'Thing', action: 'ListThings', errorClass: 'throttled' }),
  );

  await expect.poll(isHeld).toEqual([true, true, true]);
  expect(before).toEqual([false, false, false]);
});
