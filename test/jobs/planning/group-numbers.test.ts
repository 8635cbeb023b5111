import { expect, it } from 'vitest';
import { ClusterSpec } from '../../../src/cluster/spec.ts';
import { nodesByItself, wakingWords, withNumbersOfNow } from '../../../src/jobs/planning/group-numbers.ts';
import type { Observed } from '../../../src/jobs/planning/planner.ts';
import { aSpec } from '../resources/spec.ts';

it.each([
  ['closed', { minSize: 0, maxSize: 0, desiredCapacity: 0 }],
  ['made larger than anybody may ask for', { minSize: 1_100, maxSize: 2_000, desiredCapacity: 1_200 }],
])('the record of a cluster can be read after somebody has %s a group by hand', (_what, numbers) => {
  const seen = { ...numbers, totalCapacity: numbers.desiredCapacity };
  const group = { part: 'scaling-group-edge', id: 'asg-1', ours: true, seen };
  const observed: Observed = new Map([['scaling-group', [group]]]);

  const spec = withNumbersOfNow(aSpec(), observed);

  expect(spec.edge.max).toBe(numbers.maxSize);
  expect(ClusterSpec.safeParse(JSON.parse(JSON.stringify(spec))).data).toEqual(spec);
});

it.each([
  ['ScaleOut', 3, 1, 'edge group: it wants 3 nodes and has 1: 2 more will be started'],
  ['ScaleIn', 1, 3, 'edge group: it wants 1 node and has 3: 2 will go'],
  ['ScaleOut', 1, 3, undefined],
  ['ScaleIn', 3, 1, undefined],
  ['HealthCheck', 3, 1, undefined],
  ['ScaleOut', undefined, 3, undefined],
])('with %s suspended a group that wants %s nodes and has %i', (process, wanted, there, words) => {
  const seen = {
    lifecycleState: 'Active',
    suspended: false,
    suspendedProcesses: [process],
    desiredCapacity: wanted,
    totalCapacity: there,
  };
  const group = { part: 'scaling-group-edge', id: 'asg-1', ours: true, seen };
  const observed: Observed = new Map([['scaling-group', [group]]]);

  expect(wakingWords(observed).get('scaling-group-edge')).toEqual(words && [words]);
  expect(nodesByItself(observed, 'edge')).toBe(words === undefined ? (wanted ?? there) : there);
});
