import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openOutbox, within5s } from '../support/outbox-bench.ts';
import type { OutboxBench } from '../support/outbox-bench.ts';
import { ownRedis } from '../support/own-redis.ts';
import { outcome, problem, seen } from './samples.ts';

const own = ownRedis();
let bench: OutboxBench;

beforeEach(async () => {
  bench = await openOutbox(own.redis);
});

afterEach(() => bench.close());

it('offers the first password of what stopped after it had made the administrator: a repair may end it well', async () => {
  const made = { admin: { state: 'done', startedAt: 500, endedAt: 1_000 } } as const;
  const ended = { startedAt: 1, endedAt: Date.now(), outcome };
  const stopped = { ...ended, run: 1, problems: [problem] };
  bench.state = { operation: seen('failed', stopped).operation, steps: made };
  await bench.send();
  const direct = () =>
    bench.slack.messages.filter((one) => one.channel === 'DU0ALICE001').map(({ text }) => text);

  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(direct()).toHaveLength(2), within5s);
  expect(direct()).toContain('Create cluster live: the panel has its first administrator.');
  expect(direct()).toContainEqual(expect.stringContaining('failed'));
  expect(JSON.stringify(bench.slack.messages)).toContain('Show the password, once');

  const again = { ...ended, run: 2, retriedAt: 2_000 };
  bench.state = { operation: seen('succeeded', again).operation, steps: made };
  await bench.outbox.touch('op:op-7k3m9q2x');
  await vi.waitFor(() => expect(direct()).toHaveLength(3), within5s);
  expect(direct()[2]).toContain('is done');
});
