import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { expectOneWorkingLogin } from '../chaos/right-end.ts';
import { holdingsOf } from '../support/holdings.ts';
import { openTown } from '../support/town.ts';

it('the database host is made and repaired through ecs-user where ams.yaml says so', async () => {
  const ssh = { from: '198.51.100.10/32', user: 'ecs-user' };
  const town = await openTown({ settings: { ssh } });
  onTestFinished(() => town.close());

  await town.run('create-cluster live --origin 1 --edge 1 --edge-min 1');
  const redis = new Redis(town.redis.url);
  onTestFinished(() => redis.disconnect());
  await redis.flushall();
  await town.run('repair live');

  const { loginUser } = holdingsOf(town.world, 'live').databaseMachine().spec;
  expect(loginUser).toBe('ecs-user');
  await expectOneWorkingLogin(town);
}, 150_000);
