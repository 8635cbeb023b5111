import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { inventory } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/**
 * What is left of clusters in somebody else's VPC while they have neither scaling groups nor a load balancer, with
 * Redis emptied: the tags of a database, of vSwitches, of firewalls are all that tells of them.
 */
let town: Town;
let seen: Watcher;
let vpcId: string;
let before: string[];
/** Actions refused to the product's key; changed by tests. */
const denied: string[] = [];

const LONG = 180_000;

beforeAll(async () => {
  town = await openTown({ ...QUICK, alibaba: { accessKeys: sharedKeys(denied) } });
  seen = watch(town);
  const { vpc } = colleagueOf(town).in('eu-central-1');
  vpcId = await vpc.createVpc({ name: 'team', cidr: '10.20.0.0/16', tags: {}, token: 'team' });
  const { vpcs } = vpcState(town.world.alibaba.cloud);
  await vi.waitFor(() => expect(vpcs.get(vpcId)?.status).toBe('Available'), 30_000);
  before = inventory(town.world);
}, LONG);

afterAll(() => town?.close());

/** Once nothing was changed in the cloud for two seconds: what was under way when an operation failed is over. */
async function emptyRedis(): Promise<void> {
  let writes = -1;
  while (writes !== seen.writes().length) {
    writes = seen.writes().length;
    await sleep(2_000);
  }
  await town.world.alibaba.cloud.settle();
  const redis = new Redis(town.redis.url);
  await redis.flushall();
  redis.disconnect();
}

/** Removes a cluster by its name, whatever is known of it, after which the account is as it was. */
async function remove(name: string): Promise<void> {
  const plan = await town.plan(`destroy-cluster ${name} --confirm ${name}`);
  expect(offers(plan, 'Approve'), seen.words(plan)).toBe(true);
  const done = await town.approve(plan);
  expect(done.text).toBe(`Done: remove cluster ${name}.`);
  await vi.waitFor(() => expect(inventory(town.world)).toEqual(before), { timeout: 30_000, interval: 50 });
}

it(
  'a create that stopped before its load balancer is found by what it made, and removed',
  async () => {
    const { cloud } = town.world.alibaba;
    const plan = await seen.planned('half', `--vpc ${vpcId}`);
    const isDatabaseThere = () =>
      [...ecsState(cloud).instances.values()].some((one) => one.name === 'half-database');
    const stop = cloud.faults.decide(({ action, when }) => {
      if (action !== 'CreateLoadBalancer' || when !== 'before') return undefined;
      return isDatabaseThere()
        ? { action, when, kind: 'code', code: 'Forbidden.RAM', status: 403 }
        : { action, when, kind: 'throttle' };
    });
    const failed = await town.approve(plan);
    stop();
    expect(failed.text).toMatch(/^Failed: create cluster half/);
    expect(isDatabaseThere()).toBe(true);
    await emptyRedis();

    await remove('half');
  },
  LONG,
);

it(
  'a removal that stopped at the network is told of, and carried on by the same command',
  async () => {
    await town.run(`create-cluster gone --origin 1 --edge 1 --edge-min 1 --vpc ${vpcId} ${OUTSIDE}`);
    const plan = await town.plan('destroy-cluster gone --confirm gone');
    denied.push('vpc:DeleteVSwitch');
    const failed = await town.approve(plan);
    denied.length = 0;
    expect(failed.text).toMatch(/^Failed: remove cluster gone/);
    await emptyRedis();
    expect(inventory(town.world)).not.toEqual(before);

    expect(await seen.asked('clusters', /^\d+ clusters?: /)).toMatch(/1 cluster .*gone/);
    await town.dana.command('status gone', { channel: town.channel });
    await expect
      .poll(() => town.whispered(town.dana.id))
      .toMatch(/Of cluster gone only vSwitches.* left in eu-central-1/);
    await remove('gone');
  },
  LONG,
);
