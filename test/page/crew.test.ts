import { expect, it } from 'vitest';
import { startCrew } from '../../sandbox/page/crew.ts';
import { startRedis } from '../../sandbox/redis.ts';
import { startWorld } from '../../sandbox/world.ts';

it('brings a killed worker back, though the first one that starts ends at once', async () => {
  const redis = await startRedis();
  const world = await startWorld();
  const given = await world.environment({ redisUrl: redis.url });
  let starts = 0;
  const crew = await startCrew(
    {
      ...given,
      /** Read at each start. */
      get AMS_CONFIG() {
        starts += 1;
        return starts === 3 ? '/nowhere/ams.yaml' : (given['AMS_CONFIG'] ?? '');
      },
    },
    world.timeScale,
  );

  await crew.killWorker();
  expect(crew.worker).toBe('dead');
  await expect.poll(() => crew.worker, { timeout: 60_000 }).toBe('runs');

  expect(starts).toBe(4);
  await crew.close();
  await world.close();
  await redis.close();
});

it('misses a worker that somebody else kills, too', async () => {
  const redis = await startRedis();
  const world = await startWorld();
  const crew = await startCrew(await world.environment({ redisUrl: redis.url }), world.timeScale);
  const first = crew.workerPid;

  process.kill(first, 'SIGKILL');
  await expect.poll(() => crew.worker, { timeout: 60_000 }).toBe('dead');
  await expect.poll(() => crew.worker, { timeout: 60_000 }).toBe('runs');

  expect(crew.workerPid).not.toBe(first);
  expect(crew.kills).toBe(0);
  await crew.close();
  await world.close();
  await redis.close();
});
