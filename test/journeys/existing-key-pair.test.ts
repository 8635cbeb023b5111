import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCloud } from '../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

let town: Town;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'team-key-'));
  const file = join(folder, 'team-key.pem');
  const made = await newSshKeyPair();
  await writeFile(file, made.privateKey, { mode: 0o600 });
  town = await openTown({
    idle: true,
    settings: { keyPair: 'team-key', keyPairs: { 'team-key': `file:${file}` } },
  });
  const cloud = createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  });
  await cloud.in('eu-central-1').ecs.importKeyPair({ name: 'team-key', publicKey: made.publicKey, tags: {} });
  await town.start();
}, 60_000);

afterAll(async () => {
  await town.close();
  await rm(folder, { recursive: true, force: true });
});

it('a cluster is made with a key pair of the team, which stays when the cluster goes', async () => {
  const done = await town.run('create-cluster live --edge 2');
  await town.run('destroy-cluster live --confirm live');

  const { requests } = town.world.alibaba.cloud;
  expect(done.text).toContain('Done');
  expect(requests.filter((one) => one.action === 'DeleteKeyPairs')).toEqual([]);
  expect(requests.filter((one) => one.action === 'ImportKeyPair')).toHaveLength(1);
}, 170_000);
