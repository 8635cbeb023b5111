import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAlibaba } from '../../../sandbox/alibaba/server.ts';
import type { AlibabaServer } from '../../../sandbox/alibaba/server.ts';
import { createClock } from '../../../sandbox/clock.ts';
import { createMachineRoom } from '../../../sandbox/machine/room.ts';
import { createCloud } from '../../../src/cloud/cloud.ts';
import type { RegionCloud } from '../../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../../src/cloud/ssh.ts';
import { resourceTags } from '../../../src/cluster/names.ts';
import { leftover } from '../../../src/jobs/status/leftover.ts';

let server: AlibabaServer;
let region: RegionCloud;
/** Somebody's. */
let vpcId: string;

beforeAll(async () => {
  const clock = createClock(0.002);
  server = await startAlibaba({ clock, rooms: await createMachineRoom({ clock }) });
  region = createCloud({
    endpoint: server.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  }).in('eu-central-1');
  vpcId = await region.vpc.createVpc({ name: 'team', cidr: '10.0.0.0/16', tags: {}, token: 'team' });
  await server.cloud.settle();
});
afterAll(() => server.close());

async function keyPair(name: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const { publicKey } = await newSshKeyPair();
  await region.ecs.importKeyPair({ name, publicKey, tags });
}

it('names what is left in a VPC of others', async () => {
  await keyPair('half-key-pair', resourceTags('half', 'key-pair', 'op-old'));
  expect(await leftover(region, 'half')).toBe('a key pair is');

  const tags = resourceTags('half', 'security-group-nodes', 'op-old');
  await region.ecs.createSecurityGroup({ name: 'half-security-group-nodes', vpcId, tags, token: 'half' });
  await region.vpc.createVSwitch({
    name: 'half-vswitch-1',
    vpcId,
    zoneId: 'eu-central-1a',
    cidr: '10.0.0.0/24',
    tags: resourceTags('half', 'vswitch-1', 'op-old'),
    token: 'half',
  });
  expect(await leftover(region, 'half')).toBe('vSwitches, security groups and a key pair are');
});

it('takes nothing for left that only a tag of somebody puts down to the cluster', async () => {
  await keyPair('bastion', { 'ams-cluster': 'named' });

  expect(await leftover(region, 'named')).toBeUndefined();
});
