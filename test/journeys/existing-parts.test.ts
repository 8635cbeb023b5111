import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { addZone, dnsOf } from '../../sandbox/alibaba/alidns/lookup.ts';
import { installMongod } from '../../sandbox/machine/mongo/mongod.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { holdingsOf, inventory } from '../support/holdings.ts';
import { openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What a team has already: network, database, key, certificate, image and DNS zone, none of them tagged by us. */
let town: Town;
let folder: string;
let vpcId: string;
let certId: number;
let imageId: string;
let databaseId: string;
let before: string[];
let plan: Message;
let done: Message;

const LOGIN = 'team:s3cr3t-of-the-team';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'team-'));
  const [key, uri] = [join(folder, 'team-key.pem'), join(folder, 'uri')];
  const made = await newSshKeyPair();
  await writeFile(key, made.privateKey, { mode: 0o600 });
  town = await openTown({
    idle: true,
    settings: {
      domain: '{cluster}.live.example.com',
      keyPairs: { 'team-key': `file:${key}` },
      mongo: { uris: { teams: `file:${uri}` } },
    },
  });
  const { cloud } = town.world.alibaba;
  addZone(cloud, 'example.com');
  const { vpc, ecs } = account().in('eu-central-1');
  await ecs.importKeyPair({ name: 'team-key', publicKey: made.publicKey, tags: {} });
  vpcId = await vpc.createVpc({ name: 'team', cidr: '10.20.0.0/16', tags: {}, token: 'team-vpc' });
  await until(async () => (await vpc.vpc(vpcId))?.status === 'Available');
  const network = { vpcId, zoneId: 'eu-central-1a', cidr: '10.20.0.0/24', tags: {} };
  const vSwitchId = await vpc.createVSwitch({ ...network, name: 'team', token: 'team-vswitch' });
  await until(async () => (await vpc.listVSwitches({ ids: [vSwitchId] }))[0]?.status === 'Available');
  const securityGroupId = await ecs.createSecurityGroup({
    name: 'team',
    vpcId,
    tags: {},
    token: 'team-group',
  });
  await ecs.authorizeIngress(securityGroupId, [
    { protocol: 'TCP', portRange: '27017/27017', cidr: '10.20.0.0/16', policy: 'accept' },
  ]);
  const ubuntu = (await ecs.listImages({ owner: 'system' })).find((one) =>
    one.imageId.startsWith('ubuntu_22'),
  );
  databaseId = await ecs.runInstance({
    name: 'team-mongodb',
    instanceType: 'ecs.c7.large',
    imageId: ubuntu?.imageId ?? '',
    vSwitchId,
    securityGroupId,
    keyPairName: 'team-key',
    diskGiB: 40,
    bandwidthMbps: 0,
    tags: {},
    token: 'team-database',
  });
  await writeFile(uri, `mongodb://${LOGIN}@${await startMongod()}:27017/?authSource=admin`, { mode: 0o600 });
  const { chainPem, keyPem } = town.world.certificate;
  certId = await account().cas('eu-central-1').upload({ name: 'team-certificate', chainPem, keyPem });
  imageId = (await ecs.listImages({ owner: 'marketplace' }))[0]?.imageId ?? '';
  before = inventory(town.world);
  await town.start();
  plan = await town.plan(createCluster());
  done = await town.approve(plan);
}, 150_000);

afterAll(async () => {
  await town?.close();
  await rm(folder, { recursive: true, force: true });
});

function createCluster(): string {
  return (
    `create-cluster live --vpc ${vpcId} --key-pair team-key --mongo-uri teams --certificate ${certId} ` +
    `--image ${imageId} --dns alidns --edge 1 --edge-min 1`
  );
}

/** The account as the team uses it. */
function account() {
  return createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 60_000, interval: 20 });
}

/** As a team does once and forgets: one user, authorization, open to its network. @returns its address */
async function startMongod(): Promise<string> {
  const find = () => town.world.machines.machines.find((one) => one.spec.instanceId === databaseId);
  await until(
    async () =>
      (
        await account()
          .in('eu-central-1')
          .ecs.listInstances({ instanceIds: [databaseId] })
      )[0]?.status === 'Running',
  );
  const machine = find();
  if (!machine) throw new Error('the database machine is gone');
  const mongod = installMongod(machine);
  machine.mongod = mongod;
  machine.units.set('mongod.service', mongod.unit);
  const [user = '', pwd = ''] = LOGIN.split(':');
  mongod.state.users.push({ user, db: 'admin', pwd, roles: [{ role: 'root', db: 'admin' }] });
  machine.root.write('/etc/mongod.conf', 'net: {bindIp: 0.0.0.0}\nsecurity: {authorization: enabled}\n');
  await machine.run('systemctl start mongod', 60_000);
  return machine.spec.privateIp;
}

function words(message: Message): string {
  return town.world.slack.render(message).replaceAll(/\s+/g, ' ');
}

it('is used as it is, and nothing is made in its place', () => {
  const { requests } = town.world.alibaba.cloud;
  const made = requests
    .map((one) => one.action)
    .filter((action) => /^(Create|Run|Import|Upload)/.test(action));
  const live = holdingsOf(town.world, 'live');

  expect(words(done)).toMatch(/^.*Done: create cluster live/);
  for (const once of ['CreateVpc', 'ImportKeyPair', 'UploadUserCertificate', 'RunInstances'])
    expect(made.filter((action) => action === once)).toHaveLength(1);
  expect(live.vSwitches().map((one) => one.vpcId)).toEqual([vpcId, vpcId]);
  expect(live.templateData('edge')).toMatchObject({ ImageId: imageId, KeyPairName: 'team-key' });
});

it('is said in the plan, without the login of the database', () => {
  expect(words(plan)).toContain(vpcId);
  expect(words(plan)).not.toMatch(/MongoDB live|Key pair live|s3cr3t/);
});

it('the name leads to the load balancer, by a record of our own', () => {
  const records = [...dnsOf(town.world.alibaba.cloud).records.values()];

  expect(records.map(({ rr, domainName, type }) => `${type} ${rr}.${domainName}`)).toEqual([
    'CNAME live.live.example.com',
  ]);
  expect(words(done)).toContain('in Alibaba Cloud DNS');
  expect(words(done)).not.toMatch(/to be set|Set the CNAME/);
});

it('is known for what it is with Redis emptied', async () => {
  const redis = new Redis(town.redis.url);
  await redis.flushall();
  redis.disconnect();

  await town.dana.command('status live', { channel: town.channel });
  const status = words(await town.next((message) => message.text.startsWith('live is')));
  await town.dana.command('test-fly live', { channel: town.channel });
  const flight = words(await town.next((message) => message.text.includes('test flight')));

  expect(status).toMatch(/live is working .*MongoDB.*an existing one/);
  expect(flight).toMatch(/live passed its test flight.*All 2 nodes are alive/);
}, 150_000);

it('is left where it was when the cluster goes', async () => {
  await town.run('destroy-cluster live --confirm live');

  expect(inventory(town.world)).toEqual(before);
  expect(dnsOf(town.world.alibaba.cloud).records.size).toBe(0);
}, 150_000);

it('is used again by the next cluster of that name, whose administrator its database has kept', async () => {
  const again = await town.run(createCluster());

  expect(words(again)).toMatch(/^.*Done: create cluster live/);
}, 150_000);
