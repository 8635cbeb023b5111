import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCloud } from '../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { openTown, OUTSIDE } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Each fault strikes one cluster, found by the names of its machines; several are made at a time in one town. */
let town: Town;
let seen: Watcher;

beforeAll(async () => {
  town = await openTown({
    idle: true,
    alibaba: { quotas: { vpcs: 20, launchTemplates: 40 } },
    settings: { keyPairs: { team: 'env:TEAM_KEY' } },
  });
  town.env['TEAM_KEY'] = (await newSshKeyPair()).privateKey;
  await town.start();
  seen = watch(town);
}, 60_000);

afterAll(() => town.close());

const PATIENCE_MS = 150_000;

/** As people see it in their console. */
function region() {
  return createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  }).in('eu-central-1');
}

function expectFailure(name: string, end: string, words: RegExp): void {
  expect(end).toContain(`Failed: create cluster ${name}`);
  expect(end).toMatch(words);
  // Nothing claims success: no address to publish or play at.
  expect(end).not.toMatch(/Done|\?id=stream1/);
}

describe.concurrent('a fault is named with its fix, and the operation does not end well', () => {
  it(
    'a node that stays standalone',
    async () => {
      town.world.machines.faults.staysStandalone({ name: 'alone-edge*' });

      expectFailure(
        'alone',
        await seen.created('alone'),
        /\(10\.0\.\d+\.\d+\) runs but did not join the cluster.*release the instance in the ECS console/,
      );
    },
    PATIENCE_MS,
  );

  it(
    'a node missing from the node list',
    async () => {
      town.world.machines.faults.missingFromNodeList({ name: 'unlisted-origin*' });

      expectFailure('unlisted', await seen.created('unlisted'), /did not join the cluster/);
    },
    PATIENCE_MS,
  );

  it(
    'a closed port between nodes',
    async () => {
      town.world.machines.faults.nodePortClosed({ name: 'shut-origin*' });

      expectFailure('shut', await seen.created('shut'), /TCP 5000 from node .* is closed.*Open TCP 5000/);
    },
    PATIENCE_MS,
  );

  it(
    'a closed port of a node that is gone by the time somebody presses Retry, which goes on with the new one',
    async () => {
      town.world.machines.faults.nodePortClosed({ name: 'swapped-edge*', nth: 1 });
      const end = await seen.created('swapped');
      const gone = /to (i-\w+) \(10[.\d]+\) is closed/.exec(end)?.[1] ?? '';
      const operation = /op-[a-z0-9]+/.exec(end)?.[0];
      await region().ecs.deleteInstance(gone);

      await town.dana.command(`retry ${operation}`, { channel: town.channel });

      const said = () => town.world.slack.transcript(town.channel);
      await vi.waitFor(() => expect(said()).toContain('Done: create cluster swapped.'), PATIENCE_MS);
    },
    PATIENCE_MS,
  );

  it(
    'an application that is not deployed',
    async () => {
      for (const app of ['WebRTCAppEE', 'live', 'LiveApp'])
        town.world.machines.faults.appMissing({ name: 'bare-*' }, app);

      expectFailure(
        'bare',
        await seen.created('bare'),
        /None of the applications WebRTCAppEE, live, LiveApp is deployed/,
      );
    },
    PATIENCE_MS,
  );

  it(
    'a database that listens on loopback only',
    async () => {
      town.world.machines.faults.mongodLoopbackOnly({ name: 'deaf-*' });

      expectFailure('deaf', await seen.created('deaf'), /(loopback|127\.0\.0\.1|0\.0\.0\.0)/);
    },
    PATIENCE_MS,
  );

  it(
    'an existing database that no node reaches',
    async () => {
      expectFailure(
        'adrift',
        await seen.created('adrift', OUTSIDE),
        /did not join the cluster.*the database at 10\.255\.0\.9\/27017 does not accept connections/,
      );
    },
    PATIENCE_MS,
  );

  it(
    'a private key that is not the one of the key pair',
    async () => {
      await region().ecs.importKeyPair({
        name: 'team',
        publicKey: (await newSshKeyPair()).publicKey,
        tags: {},
      });

      expectFailure(
        'locked-out',
        await seen.created('locked-out', '--key-pair team'),
        /does not let root in .*the private key that I have is not the one of key pair team/,
      );
    },
    PATIENCE_MS,
  );
});
