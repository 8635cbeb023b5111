import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { powerOff } from '../../sandbox/alibaba/ecs/power.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Databases that were proven to serve, and do not any more: later, or before the nodes of a new cluster have joined. */
let town: Town;
let seen: Watcher;

const LONG = 150_000;
const LOOPBACK = (cluster: string) =>
  `MongoDB of cluster ${cluster} listens on the loopback address only, so that no node reaches it.`;

beforeAll(async () => {
  town = await openTown();
  seen = watch(town);
  await town.run('create-cluster live --origin 1 --edge 1 --edge-min 1');
}, LONG);

afterAll(() => town?.close());

/** As after an update of the package that put its own configuration back. */
function bindToLoopback(cluster: string): void {
  const machine = holdingsOf(town.world, cluster).databaseMachine();
  const { mongod, root } = machine;
  if (!mongod) throw new Error(`the database of ${cluster} is not installed yet`);
  const config = root.read('/etc/mongod.conf') ?? '';
  root.write('/etc/mongod.conf', config.replace(/bindIp:.*/, 'bindIp: 127.0.0.1'));
  mongod.addresses = ['127.0.0.1'];
  machine.changed();
}

/** Does something when the first scaling group of a cluster is asked for: its database was proven by then. */
function onceProven(cluster: string, run: () => void): void {
  const stop = town.world.alibaba.cloud.on('request', ({ action, params }) => {
    if (action !== 'CreateScalingGroup') return;
    if (!String(params['ScalingGroupName']).startsWith(`${cluster}-scaling-group-`)) return;
    stop();
    run();
  });
}

const flown = () => seen.asked('test-fly live', /live (failed|passed)/);

describe('a database that came to listen on loopback only', () => {
  beforeAll(() => bindToLoopback('live'));

  it('is named by the test flight, with its fix', async () => {
    const flight = await flown();

    expect(flight).toContain('live failed');
    expect(flight).toContain(LOOPBACK('live'));
    expect(flight).toMatch(/\/ams repair live`? sets that right/);
  });

  it('is named by the status', async () => {
    expect(await seen.asked('status live', /^live /)).toContain(LOOPBACK('live'));
  });

  it(
    'is set right by a repair',
    async () => {
      const plan = await town.plan('repair live');
      expect(seen.words(plan)).toContain(LOOPBACK('live'));

      const done = await town.approve(plan);

      expect(done.text).toBe('Done: repair cluster live.');
      expect(holdingsOf(town.world, 'live').databaseMachine().mongod?.addresses).toEqual(['0.0.0.0']);
      expect(await flown()).toContain('live passed');
    },
    LONG,
  );
});

it(
  'a database without authorization is named where a repair is planned',
  async () => {
    const { mongod } = holdingsOf(town.world, 'live').databaseMachine();
    if (!mongod) throw new Error('the database is not installed');
    mongod.state.authorization = false;

    const plan = await seen.asked('plan repair live', /^(Nothing|Plan: |Cannot)/);
    mongod.state.authorization = true;

    expect(plan).toContain('MongoDB of cluster live lets everybody in who reaches its port');
  },
  LONG,
);

describe.concurrent('an operation whose nodes wait for such a database fails, and says why', () => {
  it(
    'more nodes',
    async () => {
      bindToLoopback('live');
      await town.dana.command('scale edge 2 live', { channel: town.channel });
      const plan = await town.next(
        (message) => offers(message, 'Approve') && message.text.includes('scale edge of live'),
      );

      const end = seen.words(await town.approve(plan));

      expect(end).toContain('Failed: scale edge of live to 2');
      expect(end).toContain(LOOPBACK('live'));
    },
    LONG,
  );

  it(
    'a new cluster, whose database was proven a moment before',
    async () => {
      const plan = await seen.planned('deaf', '--cidr 10.7.0.0/16');
      onceProven('deaf', () => bindToLoopback('deaf'));

      const end = seen.words(await town.approve(plan));

      expect(end).toContain('Failed: create cluster deaf');
      expect(end).toContain(LOOPBACK('deaf'));
    },
    LONG,
  );

  it(
    'a new cluster, whose database machine somebody stopped',
    async () => {
      const plan = await seen.planned('still', '--cidr 10.8.0.0/16');
      const { cloud } = town.world.alibaba;
      onceProven('still', () => void powerOff(cloud, holdingsOf(town.world, 'still').database()));

      const end = seen.words(await town.approve(plan));

      expect(end).toContain('Failed: create cluster still');
      expect(end).toMatch(/The database instance i-\S+ is Stopped: somebody stopped it/);
    },
    LONG,
  );
});
