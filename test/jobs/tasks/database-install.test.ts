import { afterEach, expect, it } from 'vitest';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { databaseInstall } from '../../../src/jobs/tasks/database-install.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { login, sshServer, wayTo } from '../../support/ssh-server.ts';
import type { Said } from '../../support/ssh-server.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const spec = aSpec();
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Visits to the step of a host on which commands that begin so come to this; others print nothing. */
async function host(says: () => Readonly<Record<string, Said>>, mongo?: string) {
  const server = await sshServer((command) => {
    const known = Object.entries(says()).find(([start]) => command.startsWith(start));
    return known?.[1] ?? ['', 0];
  });
  const { hostKey, connect } = wayTo(server.port);
  const secrets = new Secrets(own.redis, new Keys(`database-install-${server.port}`), 'a key for tests only');
  await secrets.put(spec.name, 'ssh-key', login.privateKey);
  await secrets.put(spec.name, 'host-public-key', hostKey);
  if (mongo !== undefined) await secrets.put(spec.name, 'mongo', mongo);
  const { ctx, gathered } = contextOf({
    secrets,
    step: planStep('database-install'),
    spec,
    now: 1_000,
    outputs: { database: { instanceId: 'i-1', privateIp: '10.0.0.9', publicIp: '10.0.0.9' } },
    connect,
  });
  closing.push(server.close, () => ctx.sessions.close());
  return { commands: server.commands, gathered, visit: () => databaseInstall.visit(ctx) };
}

const QUIET: Readonly<Record<string, Said>> = {
  'cloud-init status': ['status: done\n', 0],
  'systemctl is-active ams-mongo-install': ['inactive\n', 1],
  'cat /tmp/mongo_credentials.txt': ['', 1],
};

it('lets dpkg finish a MongoDB that it was cut off in setting up, once nobody holds its lock', async () => {
  let status = 'unpacked';
  let holder = ' 812 812\n';
  const { commands, gathered, visit } = await host(() => ({
    ...QUIET,
    'systemctl is-active mongod': ['inactive\n', 3],
    'dpkg -s': [`Package: mongodb-org-server\nStatus: install ok ${status}\n`, 0],
    fuser: [holder, holder === '' ? 1 : 0],
  }));
  const isRun = (start: string) => commands.some((command) => command.startsWith(start));

  expect(await visit()).toMatchObject({ againMs: 10_000, why: expect.stringContaining('process 812') });
  expect(isRun('dpkg --configure')).toBe(false);
  holder = '';
  expect(await visit()).toMatchObject({ againMs: 1_000 });
  expect([isRun('dpkg --configure -a'), isRun('systemctl restart')]).toEqual([true, false]);
  expect(gathered.notes).toEqual([expect.stringContaining('ran dpkg --configure -a')]);
  status = 'installed';
  expect(await visit()).toMatchObject({ why: expect.stringContaining('is being started') });
  expect(isRun('systemctl restart mongod')).toBe(true);
});

it('says so when dpkg cannot finish, and starts nothing', async () => {
  const { commands, visit } = await host(() => ({
    ...QUIET,
    'systemctl is-active mongod': ['failed\n', 3],
    'dpkg -s': ['Status: install ok half-configured\n', 0],
  }));
  await visit();

  await expect(visit()).rejects.toMatchObject({ code: 'dpkg_interrupted' });
  expect(commands.filter((command) => command.startsWith('dpkg --configure'))).toHaveLength(1);
  expect(commands.join()).not.toContain('systemctl restart');
});

it('leaves a database alone whose shell breaks off, instead of setting its login anew', async () => {
  const { commands, visit } = await host(
    () => ({
      ...QUIET,
      'systemctl is-active mongod': ['active\n', 0],
      ss: ['LISTEN 0 4096 0.0.0.0:27017 0.0.0.0:*\n', 0],
      mongosh: ['', 137],
    }),
    'mongodb://ams:secret@10.0.0.9:27017/?authSource=admin',
  );

  await expect(visit()).rejects.toMatchObject({ code: 'mongosh_unclear', retryable: true });
  expect(commands.join()).not.toMatch(/sed -i|systemctl restart|mongod\.conf/);
});
