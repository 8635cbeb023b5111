import { expect, it } from 'vitest';
import { ClusterSpec } from '../../../src/cluster/spec.ts';
import { withNumbersOfNow } from '../../../src/jobs/planning/group-numbers.ts';
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
