import { describe, expect, test } from 'vitest';
import type { Resource } from '../../../src/jobs/resource.ts';
import { loadBalancer } from '../../../src/jobs/resources/load-balancer.ts';
import { listener } from '../../../src/jobs/resources/listener.ts';
import { scalingGroup } from '../../../src/jobs/resources/scaling-group.ts';
import { serverGroup, treatmentOf } from '../../../src/jobs/resources/server-group.ts';
import { vpc } from '../../../src/jobs/resources/vpc.ts';
import { vswitch } from '../../../src/jobs/resources/vswitch.ts';
import { aSpec } from './spec.ts';

function state(kind: Resource, seen: unknown): string {
  return kind.ready({ part: 'x', id: 'x-1', ours: true, seen }).state;
}

describe('what waits, what is ready and what never will be', () => {
  const balancer = { loadBalancerId: 'alb-1', status: 'Active', businessStatus: 'Normal' };

  test.each([
    [vpc, { status: 'Pending' }, 'waiting'],
    [vpc, { status: 'Available' }, 'ready'],
    [loadBalancer, { ...balancer, status: 'Provisioning' }, 'waiting'],
    [loadBalancer, balancer, 'ready'],
    [loadBalancer, { ...balancer, businessStatus: 'Abnormal' }, 'waiting'],
    [loadBalancer, { ...balancer, status: 'CreateFailed' }, 'broken'],
    [serverGroup, { status: 'Creating' }, 'waiting'],
    [listener, { status: 'Configuring' }, 'waiting'],
    [listener, { status: 'Stopped' }, 'broken'],
    [scalingGroup, { lifecycleState: 'Inactive' }, 'ready'],
    [scalingGroup, { lifecycleState: 'Deleting' }, 'waiting'],
  ])('%#', (kind, seen, expected) => {
    expect(state(kind, seen)).toBe(expected);
  });
});

test.each([
  [vpc, 'status'],
  [vswitch, 'status'],
  [loadBalancer, 'status'],
  [serverGroup, 'status'],
  [listener, 'status'],
  [scalingGroup, 'lifecycleState'],
] as const)('what is being deleted leaves, what is being made does not: %#', (kind, name) => {
  const ready = (status: string) =>
    kind.ready({ part: 'x', id: 'x-1', ours: true, seen: { [name]: status } } as never);

  expect(ready('Deleting')).toMatchObject({ state: 'waiting', leaves: true });
  expect(ready('Creating')).not.toHaveProperty('leaves');
});

test('a vSwitch in another zone can only be replaced', () => {
  const seen = {
    vSwitchId: 'vsw-1',
    vpcId: 'vpc-1',
    zoneId: 'eu-central-1c',
    cidr: '10.0.0.0/24',
    status: 'Available',
  };

  expect(vswitch.diff(aSpec(), 'vswitch-1', seen)).toEqual({
    action: 'replace',
    changes: ['vSwitch vsw-1 is in eu-central-1c, must be in eu-central-1a'],
  });
});

test('origins are sticky and edges are not', () => {
  const seen = {
    ...treatmentOf('edge'),
    serverGroupId: 'sgp-1',
    vpcId: 'vpc-1',
    protocol: 'HTTP',
    status: 'Available',
  };

  expect(serverGroup.diff(aSpec(), 'server-group-edge', seen)).toEqual({ action: 'none' });
  expect(serverGroup.diff(aSpec(), 'server-group-origin', seen)).toEqual({
    action: 'update',
    changes: ['server-group-origin: stickiness is off, must be on'],
  });
});

test('a health check that was switched off or asks otherwise is set right', () => {
  const seen = {
    ...treatmentOf('edge'),
    healthEnabled: false,
    healthProtocol: 'TCP',
    serverGroupId: 'sgp-1',
    vpcId: 'vpc-1',
    protocol: 'HTTP',
    status: 'Available',
  };

  expect(serverGroup.diff(aSpec(), 'server-group-edge', seen)).toEqual({
    action: 'update',
    changes: [
      'server-group-edge: health check is off, must be on',
      'server-group-edge: health check protocol is TCP, must be HTTP',
    ],
  });
});
