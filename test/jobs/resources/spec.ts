import { ClusterSpec } from '../../../src/cluster/spec.ts';

/** A complete spec; `over` replaces whole fields. */
export function aSpec(over: Partial<ClusterSpec> = {}): ClusterSpec {
  return ClusterSpec.parse({
    name: 'live-eu',
    regionId: 'eu-central-1',
    zones: ['eu-central-1a', 'eu-central-1b'],
    network: { cidr: '10.0.0.0/16', vSwitchCidrs: ['10.0.0.0/24', '10.0.1.0/24'] },
    domain: 'live.example.com',
    apps: ['WebRTCAppEE'],
    certificate: { source: 'configured', name: 'default', sha256: 'a1b2c3d4e5f6'.padEnd(64, '0') },
    keyPair: { source: 'own' },
    database: {
      source: 'instance',
      instanceTypes: ['ecs.g7.large', 'ecs.g6.large'],
      diskGiB: 40,
      imageId: 'ubuntu_22_04_x64_20G_alibase_20260101.vhd',
      osRelease: '22.04',
      sshFrom: '203.0.113.7',
    },
    image: { imageId: 'm-node', name: 'Ant Media Enterprise 2.16' },
    origin: group(1, 1),
    edge: group(2, 2),
    nodes: { diskGiB: 40, bandwidthMbps: 100 },
    dns: 'alidns',
    ...over,
  });
}

function group(min: number, desired: number) {
  return {
    instanceTypes: ['ecs.c7.xlarge', 'ecs.c6.xlarge'],
    min,
    max: 10,
    desired,
    cpuPercent: 60,
    cooldownSeconds: 300,
  };
}
