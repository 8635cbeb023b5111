import { expect, it } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

const COMMAND = 'create-cluster live --origin 1 --edge 1 --edge-min 1';
/** What a create makes, by the action that makes it: so many answered with success, no more. */
const MADE: Readonly<Record<string, number>> = {
  CreateVpc: 1,
  CreateVSwitch: 2,
  CreateSecurityGroup: 2,
  ImportKeyPair: 1,
  CreateServerGroup: 2,
  CreateLoadBalancer: 1,
  CreateListener: 4,
  RunInstances: 1,
  CreateLaunchTemplate: 2,
  CreateScalingGroup: 2,
  CreateScalingRule: 2,
  UploadUserCertificate: 1,
};

function writes(town: Town): number {
  return town.world.alibaba.cloud.requests.filter((one) => one.action in MADE).length;
}

/** One of everything in the simulated cloud, whatever was asked for how often. */
function expectOneOfEverything(town: Town): void {
  const { cloud } = town.world.alibaba;
  const alb = albOf(cloud);
  expect([...alb.loadBalancers.values()]).toHaveLength(1);
  expect([...alb.listeners.values()].map((one) => one.port).toSorted((a, b) => a - b)).toEqual([
    80, 443, 5080, 5443,
  ]);
  expect([...alb.serverGroups.values()]).toHaveLength(2);
  expect([...essOf(cloud).groups.values()].map((one) => one.name).toSorted()).toEqual([
    'live-scaling-group-edge',
    'live-scaling-group-origin',
  ]);
  const about = town.world.slack
    .messages(town.channel)
    .filter((one) => one.text.startsWith('Done: create cluster live'));
  expect(about).toHaveLength(1);
}

it('a worker killed three times while it makes a cluster leaves one of everything', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  let worker = await town.start('worker');
  const plan = await town.plan(COMMAND);
  await town.alex.click(plan, 'Approve');

  for (const after of [2, 9, 17]) {
    await expect.poll(() => writes(town), { interval: 5, timeout: 60_000 }).toBeGreaterThanOrEqual(after);
    await worker.kill();
    worker = await town.start('worker');
  }
  const end = await town.until(plan, /^(Done|Failed)/);

  expect(end.text).toBe('Done: create cluster live.');
  expectOneOfEverything(town);
  await town.close();
}, 150_000);

it('answers lost after the work was done make nothing twice', async () => {
  const town = await openTown();
  for (const action of Object.keys(MADE)) {
    town.world.alibaba.cloud.faults.plan({ action, when: 'after', kind: 'cut' });
  }

  const end = await town.run(COMMAND);

  expect(end.text).toBe('Done: create cluster live.');
  expectOneOfEverything(town);
  await town.close();
}, 150_000);

it('calls cut before the work, throttled three times or answered 503 are tried again', async () => {
  const town = await openTown();
  for (const action of Object.keys(MADE)) {
    town.world.alibaba.cloud.faults.plan({ action, when: 'before', kind: 'cut' });
    town.world.alibaba.cloud.faults.plan({ action, when: 'before', kind: 'throttle', times: 3 });
    town.world.alibaba.cloud.faults.plan({ action, when: 'before', kind: '503' });
  }

  const end = await town.run(COMMAND);

  expect(end.text).toBe('Done: create cluster live.');
  expectOneOfEverything(town);
  await town.close();
}, 150_000);

it('Slack out of order for the whole of an operation delays its messages and nothing else', async () => {
  const town = await openTown();
  const plan = await town.plan(COMMAND);
  await town.alex.click(plan, 'Approve');
  const logged = (words: string) =>
    expect
      .poll(() => town.products.some((one) => one.output.some((line) => line.includes(words))), {
        timeout: 90_000,
      })
      .toBe(true);
  await logged('step done');
  town.world.slack.faults.down();
  await logged('operation succeeded');

  town.world.slack.faults.up();
  const end = await town.until(plan, /^(Done|Failed)/);

  expect(end.text).toBe('Done: create cluster live.');
  expectOneOfEverything(town);
  await town.close();
}, 150_000);
