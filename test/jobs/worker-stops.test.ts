import { expect, it, vi } from 'vitest';
import { AskRunner } from '../../src/jobs/asks/ask-runner.ts';
import { StepRunner } from '../../src/jobs/steps/step-runner.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import { openBench, step } from '../support/engine-bench.ts';
import { ownRedis } from '../support/own-redis.ts';
import { placeAt } from '../support/redis-place.ts';

const own = ownRedis();
/** No test lasts so long. */
const GRACE_MS = 600_000;

it('stops soon where nothing is under way, though BullMQ never hears that its connections are closed', async () => {
  const connection = patientRedis(placeAt(own.server.url));
  const duplicates = vi.spyOn(connection, 'duplicate');
  const bench = openBench(connection);
  const { asks, engine, keys, learned, queues, store } = bench;
  const { log, random, tools } = asks;
  const worker = startWorker({
    connection,
    keys,
    queues,
    steps: new StepRunner({ store, engine, tools, log, random, learned }),
    asks: new AskRunner(asks),
    log,
    timeScale: tools.timeScale,
  });
  await worker.started;
  const id = await bench.begin([step('a')]);
  await bench.state(id, 'succeeded');
  // Those on which its two workers wait for jobs: what is closed there is not heard.
  const waiting = duplicates.mock.results.map((one) => one.value as typeof connection);
  const disconnects = waiting.map((one) => one.disconnect.bind(one));
  for (const one of waiting) one.disconnect = () => undefined;

  await worker.close(GRACE_MS);

  expect(waiting).toHaveLength(2);
  expect(worker.isRunning()).toBe(false);
  for (const disconnect of disconnects) disconnect();
  await bench.close();
  connection.disconnect();
});
