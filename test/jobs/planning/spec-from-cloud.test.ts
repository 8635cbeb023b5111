import { expect, test } from 'vitest';
import { Settings } from '../../../src/cluster/settings.ts';
import type { Found } from '../../../src/jobs/resource.ts';
import { recallSpec } from '../../../src/jobs/planning/spec-from-cloud.ts';

const settings = Settings.parse({ apps: ['concerts'], nodes: { stunServer: 'stun:settings:3478' } });

function world(template: Record<string, unknown> = {}): Map<string, Found<unknown>> {
  const parts: Record<string, unknown> = {
    vpc: { vpcId: 'vpc-1', cidr: '10.0.0.0/16', status: 'Available' },
    'vswitch-1': { vSwitchId: 'vsw-1', vpcId: 'vpc-1', zoneId: 'eu-central-1a', cidr: '10.0.0.0/24' },
    'vswitch-2': { vSwitchId: 'vsw-2', vpcId: 'vpc-1', zoneId: 'eu-central-1b', cidr: '10.0.1.0/24' },
    'load-balancer': { loadBalancerId: 'alb-1', domain: 'live.example.com' },
    'key-pair': { keyPairName: 'live-key-pair' },
    certificate: { certId: 7, sha256: 'ab'.repeat(32) },
    'launch-template-origin': {
      imageId: 'm-1',
      keyPairName: 'live-key-pair',
      diskGiB: 60,
      bandwidthMbps: 50,
      ...template,
    },
    'scaling-group-origin': group(1, 3),
    'scaling-group-edge': group(2, 4),
    'scaling-rule-edge': { target: 50 },
  };
  return new Map(
    Object.entries(parts).map(([part, seen]) => [part, { part, id: part, ours: true, seen }] as const),
  );
}

function group(minSize: number, desiredCapacity: number) {
  const types = { instanceTypes: ['ecs.c7.xlarge'], cooldown: 300 };
  return { minSize, maxSize: 10, desiredCapacity, totalCapacity: desiredCapacity, ...types };
}

test('a forgotten cluster is known again by what is in the cloud', () => {
  const spec = recallSpec('live', 'eu-central-1', world(), settings);

  expect(spec).toMatchObject({
    name: 'live',
    zones: ['eu-central-1a', 'eu-central-1b'],
    domain: 'live.example.com',
    network: { cidr: '10.0.0.0/16', vSwitchCidrs: ['10.0.0.0/24', '10.0.1.0/24'] },
    image: { imageId: 'm-1' },
    origin: { min: 1, max: 10, desired: 3, cpuPercent: 60 },
    edge: { min: 2, max: 10, desired: 4, cpuPercent: 50 },
    nodes: { diskGiB: 60, bandwidthMbps: 50 },
    database: { source: 'uri' },
    keyPair: { source: 'own' },
    dns: 'print',
  });
  expect(spec?.network.vpcId).toBeUndefined();
});

test('a VPC that is not ours stays one that is only used', () => {
  const found = world();
  found.delete('vpc');

  expect(recallSpec('live', 'eu-central-1', found, settings)?.network.vpcId).toBe('vpc-1');
});

test.each([
  ['that is marked is ours', true, 'alidns'],
  ['without a mark may be what people have set themselves, and stays theirs', false, 'print'],
])('a CNAME to the load balancer %s', (_what, hasRemark, dns) => {
  const found = world();
  found.set('dns-record', { part: 'dns-record', id: '1', ours: true, seen: { hasRemark } });

  expect(recallSpec('live', 'eu-central-1', found, settings)?.dns).toBe(dns);
});

test('too little left gives no spec', () => {
  const found = world();
  found.delete('load-balancer');

  expect(recallSpec('live', 'eu-central-1', found, settings)).toBeUndefined();
});

test('an own database that is gone is not taken for one of others', () => {
  const found = world();
  const part = 'security-group-database';
  found.set(part, { part, id: 'sg-1', ours: true, seen: { rules: [] } });

  expect(recallSpec('live', 'eu-central-1', found, settings)).toBeUndefined();
});

test('what the cloud does not tell is as in ams.yaml, and what nodes were told stays', () => {
  const recalled = (template?: Record<string, unknown>) =>
    recallSpec('live', 'eu-central-1', world(template), settings);

  expect(recalled()?.apps).toEqual(['concerts']);
  expect(recalled()?.nodes.stunServer).toBe('stun:settings:3478');
  expect(recalled({ stunServer: 'stun:nodes:3478' })?.nodes.stunServer).toBe('stun:nodes:3478');
  expect(recalled({ stunServer: '' })?.nodes.stunServer).toBeUndefined();
});

test('who may open SSH is as ams.yaml says, else as the firewall lets in, but not half the internet', () => {
  const found = (...cidrs: readonly string[]) => {
    const parts = world();
    const rules = cidrs.map((cidr) => ({ protocol: 'TCP', portRange: '22/22', policy: 'accept', cidr }));
    const seen = { instanceType: 'ecs.g7.large', imageId: 'ubuntu_22_04_x64' };
    parts.set('database', { part: 'database', id: 'i-1', ours: true, seen });
    const part = 'security-group-database';
    return parts.set(part, { part, id: 'sg-1', ours: true, seen: { rules } });
  };
  const sourceOf = (parts: Map<string, Found<unknown>>, ssh: object = {}) => {
    const database = recallSpec('live', 'eu-central-1', parts, Settings.parse({ ssh }))?.database;
    return database?.source === 'instance' ? database.sshFrom : database;
  };

  expect(sourceOf(found('0.0.0.0/0', '203.0.113.7/32'))).toBe('203.0.113.7/32');
  expect(sourceOf(found('0.0.0.0/0'))).toBe('(unknown)');
  expect(sourceOf(found('0.0.0.0/0'), { from: '198.51.100.4' })).toBe('198.51.100.4/32');
});

test('a certificate of others is the one that any HTTPS listener serves', () => {
  const found = world();
  found.delete('certificate');
  const part = 'listener-5443';
  found.set(part, { part, id: 'lsn-1', ours: true, seen: { certificateIds: ['4711-eu-central-1'] } });

  expect(recallSpec('live', 'eu-central-1', found, settings)?.certificate).toEqual({
    source: 'cas',
    certId: 4711,
  });
});
