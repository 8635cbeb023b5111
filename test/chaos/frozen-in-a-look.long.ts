import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createCloud } from '../../src/cloud/cloud.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Store } from '../../src/jobs/store/store.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import { holdingsOf } from '../support/holdings.ts';
import { placeOf } from '../support/redis-place.ts';
import { openTown } from '../support/town.ts';
import { CREATE } from './right-end.ts';

/** A read that only comparisons with the spec make while nothing goes on. */
const LOOK = 'ListUserCertificateOrder';

it('a worker frozen while it looks for drift tells nothing again that another has told meanwhile', async () => {
  const town = await openTown({ idle: true, settings: { drift: { every: '2m' } } });
  onTestFinished(() => town.close());
  await town.start('bot');
  const frozen = await town.start('worker');
  await town.run(CREATE);
  const told = () =>
    town.world.slack.messages(town.channel).filter((one) => one.text.startsWith('live differs'));
  const { ess } = createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  }).in('eu-central-1');
  const { cloud } = town.world.alibaba;
  const redis = patientRedis(placeOf(town.env));
  onTestFinished(() => redis.disconnect());
  const { clusters } = new Store(redis, new Keys());
  await ess.disableGroup(holdingsOf(town.world, 'live').scalingGroup('origin').id);
  // One look suspects, the next one would tell.
  await expect.poll(() => clusters.drift('live'), { interval: 1 }).toHaveProperty('suspected');
  const hung = cloud.faults.plan({ action: LOOK, when: 'after', kind: 'slow', delayMs: 100_000 });
  await expect.poll(() => hung.hits, { interval: 1 }).toBe(1);

  frozen.pause();
  await town.start('worker');
  await town.next((message) => message.text.startsWith('live differs'));
  frozen.resume();
  const looked = () => cloud.requests.filter(({ action }) => action === LOOK).length;
  const seen = looked();
  await expect.poll(looked).toBeGreaterThan(seen + 2);
  await sleep(1_500);

  expect(told()).toHaveLength(1);
}, 120_000);
