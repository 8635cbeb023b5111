import { describe, expect, it } from 'vitest';
import { planDifferences, planDigest } from '../../../src/cluster/plan.ts';
import type { PlanStep } from '../../../src/cluster/plan.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { inOrder, planDestroy } from '../../../src/jobs/planning/planner.ts';
import { resource } from '../../../src/jobs/resource.ts';
import type { Found, StepKind } from '../../../src/jobs/resource.ts';
import { treatmentOf } from '../../../src/jobs/resources/server-group.ts';

function kind(name: string, more: { removeAfter?: string[]; oneByOne?: boolean } = {}): StepKind {
  return resource<object>({
    kind: name,
    actions: [],
    typicalSeconds: 1,
    deadlineSeconds: 1,
    parts: () => [],
    observe: async () => [],
    ready: () => ({ state: 'ready' }),
    diff: () => ({ action: 'none' }),
    create: async () => undefined,
    remove: async () => undefined,
    output: () => ({}),
    ...more,
  });
}

function found(part: string, id: string, ours = true): Found<unknown> {
  return { part, id, ours, seen: {} };
}

const kinds = [
  kind('vpc', { removeAfter: ['vswitch', 'load-balancer'] }),
  kind('vswitch', { removeAfter: ['load-balancer'], oneByOne: true }),
  kind('load-balancer'),
];

describe('a plan to remove a cluster', () => {
  const observed = new Map([
    ['vpc', [found('vpc', 'vpc-1')]],
    ['vswitch', [found('vswitch-1', 'vsw-1'), found('vswitch-2', 'vsw-2')]],
    ['load-balancer', [found('load-balancer', 'alb-1')]],
  ]);

  it('removes dependants first, one by one where the cloud wants it, and proves the end', () => {
    const steps = planDestroy(kinds, 'live', observed);

    expect(steps.map((step) => [step.id, step.after])).toEqual([
      ['remove-load-balancer', []],
      ['remove-vswitch-2', ['remove-load-balancer']],
      ['remove-vswitch-1', ['remove-vswitch-2', 'remove-load-balancer']],
      ['remove-vpc', ['remove-vswitch-2', 'remove-vswitch-1', 'remove-load-balancer']],
      ['nothing-left', expect.arrayContaining(['remove-load-balancer', 'remove-vswitch-2', 'remove-vpc'])],
    ]);
  });

  it('leaves alone what is not ours', () => {
    const steps = planDestroy(kinds, 'live', new Map([['vpc', [found('vpc', 'vpc-1', false)]]]));

    expect(steps.map((step) => step.id)).toEqual(['nothing-left']);
  });

  it('removes both of two that carry the same tag', () => {
    const steps = planDestroy(
      kinds,
      'live',
      new Map([['vpc', [found('vpc', 'vpc-1'), found('vpc', 'vpc-2')]]]),
    );

    expect(steps.filter((step) => step.action === 'remove').map((step) => step.target)).toEqual([
      'vpc-1',
      'vpc-2',
    ]);
    expect(new Set(steps.map((step) => step.id)).size).toBe(3);
  });
});

function step(id: string, after: string[] = []): PlanStep {
  return { id, kind: 'k', part: id, action: 'create', after, title: id, changes: [], typicalSeconds: 1 };
}

describe('the order of steps', () => {
  it('puts what others wait for first', () => {
    expect(inOrder([step('b', ['a']), step('a')]).map((one) => one.id)).toEqual(['a', 'b']);
  });

  it('refuses a circle by name', () => {
    expect(() => inOrder([step('a', ['b']), step('b', ['a'])])).toThrow('circle: a, b');
  });
});

describe('the digest of a plan', () => {
  const plan = { steps: [step('a'), step('b', ['a'])] };

  it('is the same for the same wish and steps, in whatever order keys are written', () => {
    expect(planDigest({ x: 1, y: 2 }, plan)).toBe(planDigest({ y: 2, x: 1 }, plan));
  });

  it.each([
    ['another wish', planDigest({ x: 2 }, plan)],
    ['another order', planDigest({ x: 1 }, { steps: [step('a'), step('b')] })],
    [
      'another action',
      planDigest({ x: 1 }, { steps: [{ ...step('a'), action: 'remove' }, step('b', ['a'])] }),
    ],
    [
      'another target',
      planDigest({ x: 1 }, { steps: [{ ...step('a'), target: 'vpc-2' }, step('b', ['a'])] }),
    ],
  ])('differs for %s', (_what, digest) => {
    expect(digest).not.toBe(planDigest({ x: 1 }, plan));
  });

  it('leaves prices and durations out', () => {
    const slower = { steps: plan.steps.map((one) => ({ ...one, typicalSeconds: 99 })) };

    expect(planDigest({}, slower)).toBe(planDigest({}, plan));
  });
});

describe('what changed between two plans', () => {
  it('is told step by step', () => {
    const before = { steps: [step('a'), step('b')], cost: undefined, risks: [] };
    const after = {
      steps: [{ ...step('a'), changes: ['desired 2 -> 5'] }, step('c')],
      cost: undefined,
      risks: [],
    };

    expect(planDifferences(before, after)).toEqual(['a: desired 2 -> 5', 'New: c', 'No longer needed: b']);
  });
});

it('reckons with the time in which the nodes of a group that goes are drained', () => {
  const all = [...kindsByName().values()];
  const seconds = (totalCapacity: number) => {
    const group = { ...found('scaling-group-edge', 'asg-1'), seen: { totalCapacity } };
    const steps = planDestroy(all, 'live', new Map([['scaling-group', [group]]]));
    return steps.find((step) => step.id === 'remove-scaling-group-edge')?.typicalSeconds;
  };

  expect(seconds(2)).toBe((seconds(0) ?? 0) + treatmentOf('edge').drainSeconds);
  expect(seconds(0)).toBeLessThan(60);
});
