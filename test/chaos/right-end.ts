import { expect, vi } from 'vitest';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { holdingsOf, inventory } from '../support/holdings.ts';
import type { Message, Town } from '../support/town.ts';
import { recordOf } from './suite/record.ts';

/** The smallest cluster that has one of everything. */
export const CREATE = 'create-cluster live --origin 1 --edge 1 --edge-min 1';
export const DESTROY = 'destroy-cluster live --confirm live';
/** How a message of an operation reads once it is over. */
export const ENDED = /^(Done|Failed|Cannot)/;

const READS = /^(Describe|List|Get|Query|CheckProductOpen)/;

/** Calls so far that could have changed anything, in order. */
export function writes(town: Town): string[] {
  return town.world.alibaba.cloud.requests.map((one) => one.action).filter((action) => !READS.test(action));
}

/** Resolves when at least so many such calls were made. */
export async function writesReach(town: Town, count: number): Promise<void> {
  await expect
    .poll(() => writes(town).length, { interval: 5, timeout: 60_000 })
    .toBeGreaterThanOrEqual(count);
}

/** One of everything that the cluster is made of, and nothing besides: the account was empty before. */
export function expectOneOfEach(town: Town): void {
  const { world } = town;
  const own = holdingsOf(world, 'live');
  own.vpc();
  own.securityGroup('nodes');
  own.securityGroup('database');
  own.keyPair();
  own.database();
  own.loadBalancer();
  expect(own.vSwitches()).toHaveLength(2);
  expect(own.certificates()).toHaveLength(1);
  expect(own.rules('database')).toEqual([
    'TCP 22/22 from 198.51.100.10/32',
    'TCP 27017/27017 from live-security-group-nodes',
  ]);
  expect(
    own
      .listeners()
      .map((one) => one.port)
      .toSorted((a, b) => a - b),
  ).toEqual([80, 443, 5080, 5443]);
  for (const role of ['origin', 'edge'] as const) {
    expect([...own.template(role).versions.keys()]).toHaveLength(1);
    own.scalingRule(role);
    expect(own.scalingGroup(role)).toMatchObject({ desired: 1 });
    expect(own.nodes(role)).toHaveLength(1);
    expect(own.health(role)).toEqual(['Healthy']);
  }
  // Whatever carries no tag would not be seen above.
  expect(ecsState(world.alibaba.cloud).instances.size).toBe(3);
  expect(essOf(world.alibaba.cloud).groups.size).toBe(2);
  expect(essOf(world.alibaba.cloud).rules.size).toBe(2);
}

/** The account is as it was before the cluster, but for what its products drop a little later. */
export async function expectNothingLeft(town: Town): Promise<void> {
  await vi.waitFor(() => expect(inventory(town.world)).toEqual([]), { timeout: 30_000, interval: 50 });
}

/** The mongod of the cluster knows one login, and it is the one that the nodes were given. */
export async function expectOneWorkingLogin(town: Town): Promise<void> {
  const own = holdingsOf(town.world, 'live');
  const machine = own.databaseMachine();
  expect(machine.mongod?.state.users).toHaveLength(1);
  const login = /mongodb:\/\/([^:]+):([^@]+)@/.exec(own.userData('edge'));
  const asked = await machine.run(
    `mongosh --quiet --host ${machine.spec.privateIp} -u '${login?.[1]}' -p '${login?.[2]}' --authenticationDatabase admin --eval "db.adminCommand({listDatabases:1}).ok"`,
    20_000,
  );
  expect(asked.exitCode).toBe(0);
}

/** Asked, planned, approved, started, every step of the plan once, succeeded: in this order and nothing besides. */
async function expectCompleteAudit(town: Town, message: Message): Promise<void> {
  const { view, audit } = await recordOf(town, message);
  const steps = view.operation.plan?.steps.map((step) => step.id) ?? [];
  const events = audit.map((entry) => entry.event);
  expect(events.slice(0, 4)).toEqual(['requested', 'planned', 'approved', 'started']);
  expect(events.slice(4)).toEqual([...steps.map(() => 'step done'), 'succeeded']);
  expect(
    audit
      .filter((entry) => entry.event === 'step done')
      .map((entry) => entry.detail)
      .toSorted(),
  ).toEqual(steps.toSorted());
  expect(audit[2]?.user).toBe(town.alex.id);
  expect(new Set(audit.slice(2).map((entry) => entry.digest))).toEqual(new Set([view.operation.digest]));
}

/** The channel has one message about the operation, the given one, and it shows the end. */
export async function expectOneMessage(town: Town, message: Message): Promise<void> {
  const id = /op-[a-z0-9]+/.exec(JSON.stringify(message.blocks))?.[0] ?? 'no operation';
  const about = town.world.slack
    .messages(town.channel)
    .filter((one) => (one.thread_ts ?? one.ts) === one.ts && JSON.stringify(one.blocks).includes(id));
  expect(about.map((one) => one.text)).toEqual([message.text]);
}

/** Done, one of each, all of it on record, told once. */
export async function expectRightEnd(town: Town, end: Message): Promise<void> {
  if (end.text !== 'Done: create cluster live.')
    throw new Error(
      `${town.world.slack.transcript(town.channel)}\n${town.products.flatMap((one) => one.output.slice(-25)).join('\n')}`,
    );
  expectOneOfEach(town);
  await expectCompleteAudit(town, end);
  await expectOneMessage(town, end);
}
