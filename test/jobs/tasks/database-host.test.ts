import { expect, it } from 'vitest';
import { newHostKey, newSshKeyPair } from '../../../src/cloud/ssh.ts';
import { Settings } from '../../../src/cluster/settings.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { openDatabaseHost } from '../../../src/jobs/tasks/database/host.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();

it('says whom the firewall lets in, and how to let in whom ams.yaml names by now', async () => {
  const spec = aSpec();
  const secrets = new Secrets(own.redis, new Keys('database-host'), 'a key for tests only');
  await secrets.put(spec.name, 'ssh-key', (await newSshKeyPair()).privateKey);
  await secrets.put(spec.name, 'host-public-key', newHostKey().publicKey);
  const { ctx } = contextOf({
    secrets,
    step: planStep('database-install', { action: 'check' }),
    spec,
    now: 1_000,
    outputs: { database: { instanceId: 'i-1', privateIp: '10.0.0.9', publicIp: '203.0.113.9' } },
    // Nobody listens there.
    connect: () => ({ host: '127.0.0.1', port: 9 }),
  });
  const opened = (from: string) =>
    openDatabaseHost({ ...ctx, settings: Settings.parse({ ssh: { from } }) }, true);

  expect(await opened('203.0.113.7')).toMatchObject({
    why: expect.stringContaining('which only 203.0.113.7 may ask (ssh.from)'),
  });
  expect(await opened('198.51.100.4')).toMatchObject({
    why: expect.stringMatching(
      /only 203\.0\.113\.7 may ask; ssh\.from in ams\.yaml is 198\.51\.100\.4\/32, which `\/ams repair live-eu` lets in/,
    ),
  });
});
