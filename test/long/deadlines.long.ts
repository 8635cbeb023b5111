import { expect, it, onTestFinished } from 'vitest';
import type { Durations } from '../../sandbox/alibaba/durations.ts';
import type { MachineFaults } from '../../sandbox/machine/faults.ts';
import { STEP_KINDS } from '../../src/cluster/step-kinds.ts';
import { CREATE, DESTROY, ENDED } from '../chaos/right-end.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

const NEVER = 1e12;

/** A town in which steps of one kind may take a minute, and all others may take for ever. */
async function openLate(kind: string, durations: Partial<Durations> = {}): Promise<Town> {
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

it.concurrent.each([
  ['vpc', { vpcCreate: NEVER }, /./],
  ['vswitch', { vSwitchCreate: NEVER }, /./],
  ['server-group', { serverGroupCreate: NEVER }, /./],
  ['load-balancer', { albCreate: NEVER }, /./],
  ['listener', { listenerCreate: NEVER }, /./],
  ['database', { instanceStarting: NEVER }, /./],
] as const)('making a %s ends at its deadline', async (kind, durations, seen) => {
  const town = await openLate(kind, durations);

  const told = await end(town, CREATE);
  console.log(kind, told);

  expect(told).toMatch(seen);
});

const neverBoots =
  (role: string) =>
  (faults: MachineFaults): unknown =>
    faults.neverBoots({ role });

it.concurrent.each([
  ['database-install', neverBoots('database'), /./],
  ['nodes', neverBoots('edge'), /./],
  ['nodes', (faults: MachineFaults) => faults.missingFromNodeList({ role: 'edge' }), /./],
  ['admin', (faults: MachineFaults) => faults.staysStandalone(), /./],
] as const)('the step %s ends at its deadline', async (kind, plant, seen) => {
  const town = await openLate(kind);
  plant(town.world.machines.faults);

  const told = await end(town, CREATE);
  console.log(kind, told);

  expect(told).toMatch(seen);
});

it.concurrent.each([
  ['vswitch', { vSwitchDelete: NEVER }, /./],
  ['listener', { listenerDelete: NEVER }, /./],
  ['load-balancer', { albDelete: NEVER }, /./],
  ['database', { instanceReleasing: NEVER }, /./],
  ['security-group', { managedGroupRelease: NEVER, interfaceRelease: NEVER }, /./],
  ['scaling-group', { scalingGroupDelete: NEVER }, /./],
] as const)('removing a %s ends at its deadline', async (kind, durations, seen) => {
  const town = await openLate(kind, durations);
  await town.run(CREATE);

  const told = await end(town, DESTROY);
  console.log(kind, told);

  expect(told).toMatch(seen);
});
