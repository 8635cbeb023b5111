import { expect, it, onTestFinished } from 'vitest';
import {
  CREATE,
  DESTROY,
  ENDED,
  expectNothingLeft,
  expectRightEnd,
  writes,
  writesReach,
} from '../chaos/right-end.ts';
import { startCluster, startSentinels, startTlsRedis } from '../support/redis-forms.ts';
import type { RedisForm } from '../support/redis-forms.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** Bot and worker as processes of their own, on Redis in a form. */
async function openOn(redis: RedisForm): Promise<Town> {
  const town = await openTown({ idle: true, redis });
  onTestFinished(() => town.close());
  await Promise.all([town.start('bot'), town.start('worker')]);
  return town;
}

/** Whoever types while nobody has taken over is told so, soon. */
async function expectToldAway(town: Town): Promise<void> {
  const typed = await town.dana.command('status live', { channel: town.channel });
  await expect
    .poll(() => town.whispered(town.dana.id), { timeout: 5_000, interval: 20 })
    .toContain('I cannot reach my queue');
  expect(typed.acked).toBe(true);
}

it.each([
  ['TLS with a client certificate, a user and a password', startTlsRedis, 'back'],
  ['Sentinel', startSentinels, 'gone'],
  ['Cluster', startCluster, 'gone'],
] as const)(
  '%s: created, scaled and removed although the master dies twice',
  async (_form, startForm, then) => {
    const town = await openOn(await startForm());
    const plan = await town.plan(CREATE);
    await town.alex.click(plan, 'Approve');
    await writesReach(town, 6);
    await town.redis.kill();
    await expectToldAway(town);
    if (then === 'back') await town.redis.start();
    await expectRightEnd(town, await town.until(plan, ENDED));
    // Whoever was killed comes back, as a replica where somebody took over.
    if (then === 'gone') await town.redis.start();
    expect((await town.run('scale edge 2 live')).text).toMatch(/^Done/);

    const goodbye = await town.plan(DESTROY);
    const before = writes(town).length;
    await town.alex.click(goodbye, 'Approve');
    await writesReach(town, before + 4);
    await town.redis.kill();
    if (then === 'back') await town.redis.start();
    expect((await town.until(goodbye, ENDED)).text).toBe('Done: remove cluster live.');
    await expectNothingLeft(town);
  },
  240_000,
);
