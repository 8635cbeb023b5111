import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';

/**
 * An image starts Ant Media Server alone before its user data runs. With a database that only the nodes reach, nobody
 * can read the cluster's own list: what the load balancer says of a node is all there is.
 */
let town: Town;

const LONG = 120_000;

beforeAll(async () => {
  town = await openTown({ timeScale: 0.04, ...QUICK });
});

afterAll(() => town?.close());

/** Modes in which nodes were healthy behind the load balancer, from now until the returned function is called. */
function healthyModes(): () => ReadonlySet<string> {
  const { alibaba, machines } = town.world;
  const modes = new Set<string>();
  const timer = setInterval(() => {
    for (const [key, { status }] of albOf(alibaba.cloud).health) {
      const node = machines.machines.find(({ spec }) => key.includes(spec.instanceId));
      if (status === 'Healthy' && node?.powered) modes.add(node.ams?.mode() ?? 'none');
    }
  }, 5);
  return () => {
    clearInterval(timer);
    return modes;
  };
}

describe('a node with a database outside', () => {
  it(
    'gets no viewers before it has joined its cluster',
    async () => {
      const modes = healthyModes();
      await town.run(`create-cluster live --origin 1 --origin-min 1 --edge 1 --edge-min 1 ${OUTSIDE}`);
      await town.run('scale edge 3 live');

      expect([...modes()]).toEqual(['cluster']);
    },
    LONG,
  );

  it(
    'is named when it stays alone',
    async () => {
      town.world.machines.faults.userDataFails({ name: 'blank-edge*' });

      const end = await watch(town).created('blank', OUTSIDE);

      expect(end).toMatch(
        /Failed: create cluster blank.*Node i-\S+ \(10\.0\.\d+\.\d+\) runs but did not join the cluster.*release the instance/,
      );
    },
    LONG,
  );
});
