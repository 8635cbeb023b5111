import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { offers, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

let town: Town;

beforeAll(async () => {
  town = await openTown();
}, 60_000);

afterAll(() => town.close());

/** Everything the cloud holds with the tag of a cluster, by the calls that made it. */
function groupsOf(cluster: string) {
  return [...essOf(town.world.alibaba.cloud).groups.values()].filter((group) =>
    group.name.startsWith(`${cluster}-`),
  );
}

describe('two clusters', () => {
  it('are made at the same time without touching each other', async () => {
    await Promise.all([
      town.dana.command('create-cluster east --origin 1 --edge 1 --edge-min 1', { channel: town.channel }),
      town.kim.command('create-cluster west --origin 1 --edge 1 --edge-min 1 --cidr 10.7.0.0/16', {
        channel: town.channel,
      }),
    ]);
    const plans: Message[] = [];
    while (plans.length < 2) plans.push(await town.next((message) => offers(message, 'Approve')));

    const ends = await Promise.all(plans.map((plan) => town.approve(plan)));

    expect(ends.map((end) => end.text).toSorted()).toEqual([
      'Done: create cluster east.',
      'Done: create cluster west.',
    ]);
    expect(groupsOf('east')).toHaveLength(2);
    expect(groupsOf('west')).toHaveLength(2);
  }, 150_000);

  it('are still found and read with Redis emptied', async () => {
    const redis = new Redis(town.redis.url);
    await redis.flushall();
    redis.disconnect();
    await Promise.all(town.products.splice(0).map((product) => product.kill()));
    await town.start();

    await town.dana.command('status east', { channel: town.channel });
    const status = await town.next((message) => message.text.startsWith('east is'));
    await town.dana.command('clusters', { channel: town.channel });
    const list = await town.next((message) => /^\d+ clusters?|^Clusters/i.test(message.text));

    expect(JSON.stringify(status.blocks)).toMatch(/1 of 1 serving/);
    const text = town.world.slack.render(list);
    expect(text.match(/east/g)?.length).toBeGreaterThan(0);
    expect(text).toContain('west');
    expect(text).not.toContain('us-west-1');
  }, 120_000);

  it('can be scaled and removed with Redis emptied, the other one staying', async () => {
    const plan = await town.plan('scale edge 2 east');
    const scaled = await town.approve(plan);
    expect(scaled.text).toBe('Done: scale edge of east to 2.');
    expect(town.world.slack.render(scaled)).toContain('way to the database was lost with Redis');
    expect(groupsOf('east').find((group) => group.name.endsWith('edge'))?.desired).toBe(2);

    const gone = await town.run('destroy-cluster east --confirm east');

    expect(gone.text).toBe('Done: remove cluster east.');
    expect(groupsOf('east')).toHaveLength(0);
    expect(groupsOf('west')).toHaveLength(2);
  }, 150_000);
});
