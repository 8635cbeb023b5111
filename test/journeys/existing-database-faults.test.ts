import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Clusters whose database is not ours: its node list cannot be read from here, so nodes are asked themselves. */
let town: Town;
let seen: Watcher;

beforeAll(async () => {
  town = await openTown(QUICK);
  seen = watch(town);
}, 60_000);

afterAll(() => town.close());

it('a node that stays standalone is named, and not a port between nodes', async () => {
  town.world.machines.faults.staysStandalone({ name: 'alone-edge*' });

  const end = await seen.created('alone', OUTSIDE);

  expect(end).toContain('Failed: create cluster alone');
  expect(end).toMatch(
    /Node i-\S+ \(10\.0\.\d+\.\d+\) runs but did not join the cluster: nothing listens on its TCP 5000.*release the instance/,
  );
}, 150_000);
