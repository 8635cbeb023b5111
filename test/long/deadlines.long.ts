import { expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import type { Durations } from '../../sandbox/alibaba/durations.ts';
import type { MachineFaults } from '../../sandbox/machine/faults.ts';
import { STEP_KINDS } from '../../src/cluster/step-kinds.ts';
import { CREATE, DESTROY, ENDED } from '../chaos/right-end.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** Longer than any of this lasts, in simulated milliseconds, and not too long for a timer. */
const NEVER = 1e10;
/** A deadline is never shorter than a minute of real time. */
const PATIENCE_MS = 300_000;

/** A town in which steps of one kind may take a minute, and all others longer than this lasts. */
async function openLate(kind: string, { onTestFinished }: TestContext, durations: Partial<Durations> = {}) {
  const deadlineMinutes = Object.fromEntries(STEP_KINDS.map((each) => [each, each === kind ? 1 : 1_440]));
  const town = await openTown({ alibaba: { durations }, settings: { deadlineMinutes } });
  onTestFinished(() => town.close());
  return town;
}

async function end(town: Town, command: string): Promise<string> {
  const plan = await town.plan(command);
  await town.alex.click(plan, 'Approve');
  return (await town.until(plan, ENDED)).text;
}

it.concurrent.for<[kind: string, durations: Partial<Durations>, words: RegExp]>([
  ['vpc', { vpcCreate: NEVER }, /^VPC live-vpc, .* Last seen: VPC vpc-\S+ is Pending$/],
  [
    'vswitch',
    { vSwitchCreate: NEVER },
    /^vSwitch live-vswitch-\d, .* Last seen: vSwitch vsw-\S+ is Pending$/,
  ],
  [
    'server-group',
    { serverGroupCreate: NEVER },
    /^Server group live-\S+, .* Last seen: server group sgp-\S+ is Creating$/,
  ],
  [
    'load-balancer',
    { albCreate: NEVER },
    /^Load balancer live-\S+, .* Last seen: the load balancer alb-\S+ is Provisioning$/,
  ],
  ['listener', { listenerCreate: NEVER }, /^Listener HTTPS? \d+ .* Last seen: listener \d+ is Provisioning$/],
  [
    'database',
    { instanceStarting: NEVER },
    /^Database instance live-database, .* Last seen: the database instance i-\S+ is Starting$/,
  ],
])('a %s that is never ready', { timeout: PATIENCE_MS }, async ([kind, durations, words], context) => {
  const town = await openLate(kind, context, durations);

  const told = await end(town, CREATE);

  expect(told).toContain(': not done after 1 minute. Last seen: ');
  expect(told.replace('Failed: create cluster live. ', '')).toMatch(words);
});

const neverBoots =
  (role: string) =>
  (faults: MachineFaults): unknown =>
    faults.neverBoots({ role });

it.concurrent.for<[what: string, kind: string, plant: (faults: MachineFaults) => unknown, words: RegExp]>([
  [
    'the host of the database',
    'database-install',
    neverBoots('database'),
    /^MongoDB on live-database, .*: not done after 1 minute\. Last seen: SSH on the database host does not answer/,
  ],
  [
    'a node',
    'nodes',
    neverBoots('edge'),
    /^Node i-\S+ .* did not join the cluster.* does not answer Cloud Assistant either.*may not have booted\.$/,
  ],
])('%s that never boots', { timeout: PATIENCE_MS }, async ([_what, kind, plant, words], context) => {
  const town = await openLate(kind, context);
  plant(town.world.machines.faults);

  const told = await end(town, CREATE);

  expect(told.replace('Failed: create cluster live. ', '')).toMatch(words);
});

it.concurrent.for<[kind: string, durations: Partial<Durations>, words: RegExp]>([
  ['vswitch', { vSwitchDelete: NEVER }, /^Remove vswitch-\d \(vsw-\S+\): .* Last seen: .*another change/],
  [
    'listener',
    { listenerDelete: NEVER },
    /^Remove listener-\d+ .* Last seen: listener-\d+ is being removed$/,
  ],
  [
    'load-balancer',
    { albDelete: NEVER },
    /^Remove load-balancer .* Last seen: load-balancer is being removed$/,
  ],
  [
    'database',
    { instanceReleasing: NEVER },
    /^Remove database \(i-\S+\): .* Last seen: database is being removed$/,
  ],
  [
    'security-group',
    { managedGroupRelease: NEVER, interfaceRelease: NEVER },
    /^Remove security-group-\S+ \(sg-\S+\): .* Last seen: .*something else still uses the resource/,
  ],
])('a %s that is never gone', { timeout: PATIENCE_MS }, async ([kind, durations, words], context) => {
  const town = await openLate(kind, context, durations);
  await town.run(CREATE);

  const told = await end(town, DESTROY);

  expect(told).toContain(': not done after 1 minute. Last seen: ');
  expect(told.replace('Failed: remove cluster live. ', '')).toMatch(words);
});
