import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstallFault } from '../../sandbox/machine/faults.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Further troubles of the database's host that are overcome without anybody; `npm test` tries those that differ most. */
let town: Town;
let seen: Watcher;

beforeAll(async () => {
  town = await openTown({ alibaba: { quotas: { vpcs: 30, launchTemplates: 60 } } });
  seen = watch(town);
}, 60_000);

afterAll(() => town.close());

describe.concurrent('what only needs time or a repair is overcome without anybody', () => {
  it.each<[name: string, fault: InstallFault, forMs: number | undefined]>([
    ['dpkg', 'apt-dpkg-locked', 120_000],
    ['lost', 'credentials-lost', undefined],
    ['slow', 'slow-network', undefined],
  ])(
    '%s: %s',
    async (name, fault, forMs) => {
      const options = forMs === undefined ? {} : { forMs };
      town.world.machines.faults.install(fault, { name: `${name}-database` }, options);

      expect(await seen.created(name)).toContain(`Done: create cluster ${name}`);
    },
    150_000,
  );
});
