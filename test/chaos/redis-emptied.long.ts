import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { openTown } from '../support/town.ts';
import { holdings } from './suite/inventory.ts';
import { judge } from './suite/judge.ts';
import { CREATE, DESTROY, expectNothingLeft, expectOneOfEach, expectOneWorkingLogin } from './right-end.ts';

it('a cluster of which Redis has lost everything is repaired, scaled and removed as before', async () => {
  const town = await openTown();
  onTestFinished(() => town.close());
  await town.run(CREATE);
  const redis = new Redis(town.redis.url);
  onTestFinished(() => redis.disconnect());

  await redis.flushall();
  // Whoever only scales is told what could not be looked at, and how to mend it.
  expect((await town.run('scale edge 2 live')).text).toMatch(/^Done/);
  expect(town.world.slack.transcript(town.channel)).toContain('`/ams repair live` makes it anew');
  expect((await town.run('scale edge 1 live')).text).toMatch(/^Done/);

  await redis.flushall();
  const repair = await town.plan('repair live');
  expect(JSON.stringify(repair.blocks)).toContain('Cloud Assistant gives it new ones');
  expect((await town.approve(repair)).text).toBe('Done: repair cluster live.');
  expectOneOfEach(town);
  await expectOneWorkingLogin(town);
  await town.dana.command('repair live', { channel: town.channel });
  await town.next((message) => message.text.startsWith('Nothing of live differs'));

  expect((await town.run(DESTROY)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
}, 300_000);

it('of the suite: an end that was shown before Redis was emptied is a right one, and none without that', async () => {
  const town = await openTown();
  onTestFinished(() => town.close());
  const message = await town.run(CREATE);
  const expected = holdings(town.world);
  const redis = new Redis(town.redis.url);
  onTestFinished(() => redis.disconnect());
  await redis.flushall();
  const verdict = (forgetful: boolean) =>
    judge(town, 'create', { message }, expected, { stopped: false, forgetful });

  expect(await verdict(true)).toEqual({ lost: [], duplicated: [], orphaned: [] });
  expect((await verdict(false)).lost).toEqual([expect.stringMatching(/^there is no record of op-/)]);
}, 120_000);
