import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Guest, GuestSpec } from '../../sandbox/contract.ts';
import { installMongod } from '../../sandbox/machine/mongo/mongod.ts';
import { nodeUserData } from '../../src/cluster/user-data.ts';
import type { NodeFacts } from '../../src/cluster/user-data.ts';
import { openWorld, until } from './machine-world.ts';

/** Bound of one state: far above what a quick machine needs. */
const BOUND_MS = 60_000;
/** Age of a heartbeat that counts, in real time: a busy machine may be slow to ask. */
const ALIVE_MS = 2_000;
const JWT = 'j'.repeat(48);
const LICENCE = 'LICENCE-4711';

let world: Awaited<ReturnType<typeof openWorld>>;
let database: Guest;
beforeAll(async () => {
  world = await openWorld();
  database = await bootDatabase();
});
afterAll(() => world.room.close());

/** A machine with mongod, one user and authorization, listening for everybody. */
async function bootDatabase(options: { started?: boolean } = {}): Promise<Guest> {
  const spec = world.spec({ instanceName: 'demo-mongodb' });
  const guest = world.room.boot(spec);
  const machine = world.room.machines.find((entry) => entry.spec.instanceId === spec.instanceId);
  if (machine === undefined) throw new Error('the database machine did not boot');
  const mongod = installMongod(machine);
  machine.mongod = mongod;
  machine.units.set('mongod.service', mongod.unit);
  mongod.state.users.push({
    user: 'ams',
    db: 'admin',
    pwd: 's3cr3t',
    roles: [{ role: 'root', db: 'admin' }],
  });
  machine.root.write('/etc/mongod.conf', 'net: {bindIp: 0.0.0.0}\nsecurity: {authorization: enabled}\n');
  machine.programs.add(machine.root.dir, 'mongosh');
  if (options.started !== false) await startDatabase(guest);
  return guest;
}

async function startDatabase(guest: Guest): Promise<void> {
  await guest.run('systemctl start mongod', BOUND_MS);
  await until('mongod listens', async () =>
    (await guest.run('ss -ltnH sport = :27017', BOUND_MS)).output.includes('0.0.0.0:27017'),
  );
}

const uriOf = (guest: Guest, login = 'ams:s3cr3t'): string =>
  `mongodb://${login}@${guest.spec.privateIp}:27017/?authSource=admin`;

/** The node's script, held back until the image's lone server answers: the worst moment to begin. */
function afterLoneStart(facts: NodeFacts): string {
  const wait = 'until curl -fs -o /dev/null http://127.0.0.1:5080/; do sleep 2; done';
  return nodeUserData(facts).replace('#!/bin/bash\n', (first) => `${first}${wait}\n`);
}

function bootNode(name: string, more: Partial<GuestSpec> = {}, uri = uriOf(database)): Guest {
  return world.room.boot(
    world.spec({
      instanceName: name,
      imageKind: 'ams',
      amsVersion: '3.0.3',
      amsEdition: 'Enterprise Edition',
      userData: afterLoneStart({
        cluster: 'demo',
        role: name.includes('edge') ? 'edge' : 'origin',
        mongoUri: uri,
        jwtSecret: JWT,
        licenceKey: LICENCE,
      }),
      ...more,
    }),
  );
}

const status = async (guest: Guest): Promise<string> =>
  (await guest.run('cloud-init status', BOUND_MS)).output.trim();
const joinLog = async (guest: Guest): Promise<string> =>
  (await guest.run('cat /var/log/ams-join.log', BOUND_MS)).output;

async function ended(guest: Guest): Promise<string> {
  const { spec } = guest;
  await until(
    `user data of ${spec.instanceName} ended`,
    async () => /done|error/.test(await status(guest)),
    BOUND_MS,
  );
  return status(guest);
}

/** Status and body of a page of a node; undefined while nothing listens. */
async function page(guest: Guest, path: string): Promise<{ status: number; body: string } | undefined> {
  const port = guest.httpPort();
  if (port === undefined) return undefined;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  return answer && { status: answer.status, body: await answer.text() };
}

/** Addresses in `clusterdb.clusternode` whose heartbeat goes on. */
async function aliveNodes(data: Guest): Promise<string[]> {
  const { output } = await data.run(
    `mongosh '${uriOf(data)}' --quiet --eval 'JSON.stringify(db.getSiblingDB("clusterdb").clusternode.find({},{ip:1,lastUpdateTime:1}).toArray())'`,
    BOUND_MS,
  );
  const nodes = JSON.parse(output) as { ip: string; lastUpdateTime: number }[];
  return nodes.filter((node) => Date.now() - node.lastUpdateTime < ALIVE_MS).map((node) => node.ip);
}

async function joins(guest: Guest, data: Guest): Promise<void> {
  await until(`${guest.spec.instanceName} is alive in clusterdb.clusternode`, async () =>
    (await aliveNodes(data)).includes(guest.spec.privateIp),
  );
}

async function leavesNoSecret(guest: Guest): Promise<void> {
  const logs = await guest.run('cat /var/log/*.log /usr/local/antmedia/log/*.log', BOUND_MS);
  for (const secret of ['s3cr3t', 'wr0ng', JWT, LICENCE]) expect(logs.output).not.toContain(secret);
}

/** Mode of each start of the web server, in order; `standalone` first is the image's own start. */
function watchStarts(guest: Guest): string[] {
  const machine = world.room.machines.find((entry) => entry.spec.instanceId === guest.spec.instanceId);
  const starts: string[] = [];
  let open = false;
  guest.onChange(() => {
    const now = guest.httpPort() !== undefined;
    if (now && !open) starts.push(machine?.ams?.mode() ?? 'no server');
    open = now;
  });
  return starts;
}

async function expectMember(guest: Guest, role: string, data = database): Promise<void> {
  await joins(guest, data);
  expect(await page(guest, '/')).toMatchObject({ status: 200 });
  expect(JSON.parse((await page(guest, '/ams-node.json'))?.body ?? '')).toEqual({ cluster: 'demo', role });
  expect(
    (await guest.run('systemctl is-active antmedia; systemctl is-enabled antmedia', BOUND_MS)).output,
  ).toBe('active\nenabled\n');
  await leavesNoSecret(guest);
}

async function expectOff(guest: Guest, reason: RegExp): Promise<void> {
  expect(await ended(guest)).toBe('status: error');
  expect(guest.httpPort()).toBeUndefined();
  expect(
    (await guest.run('systemctl is-active antmedia; systemctl is-enabled antmedia', BOUND_MS)).output,
  ).toBe('inactive\ndisabled\n');
  expect((await joinLog(guest)).trim().split('\n').at(-1)).toMatch(reason);
  await leavesNoSecret(guest);
}

it.concurrent.each([
  ['3.0.3', 'origin'],
  ['2.11.3', 'edge'],
])(
  'a node with version %s joins, and serves nobody between its own start and the join',
  async (amsVersion, role) => {
    const node = bootNode(`demo-${role}-${amsVersion}`, { amsVersion });
    const starts = watchStarts(node);

    expect(await ended(node)).toBe('status: done');
    await expectMember(node, role);
    expect(starts).toEqual(['standalone', 'cluster']);
  },
);

it.concurrent('a node waits for a database that is not there yet, silent, and joins when it comes', async () => {
  const late = await bootDatabase({ started: false });
  const node = bootNode('demo-edge-early', {}, uriOf(late));
  const starts = watchStarts(node);
  await until('the join script runs', async () => (await joinLog(node)).includes('joining the cluster'));
  await until('the lone server is off', () => node.httpPort() === undefined);
  const waiting = await node.run(
    'sleep 60; systemctl is-active antmedia; systemctl is-enabled antmedia',
    BOUND_MS,
  );
  const silent = await page(node, '/');
  const told = await joinLog(node);
  await startDatabase(late);

  expect(waiting.output).toBe('inactive\ndisabled\n');
  expect(silent).toBeUndefined();
  expect(told.trim().split('\n').at(-1)).toMatch(/waiting: the database at .* does not accept connections$/);
  expect(await ended(node)).toBe('status: done');
  await expectMember(node, 'edge', late);
  expect(starts).toEqual(['standalone', 'cluster']);
});

it.concurrent('a node with a wrong login ends stopped and disabled, and says why', async () => {
  const node = bootNode('demo-edge-wrong', {}, uriOf(database, 'ams:wr0ng'));
  const starts = watchStarts(node);

  await expectOff(node, /not joined: the database refuses the login/);
  expect(starts).toEqual(['standalone']);
  expect(await aliveNodes(database)).not.toContain(node.spec.privateIp);
});

it.concurrent('a node without any database ends stopped and disabled, and says why', async () => {
  const none = await bootDatabase({ started: false });
  const node = bootNode('demo-edge-alone', {}, uriOf(none));
  const starts = watchStarts(node);

  await expectOff(node, /not joined: the database at 10\.0\.1\.\d+\/27017 does not accept connections/);
  expect(starts).toEqual(['standalone']);
});

it.concurrent('the bare address of the old guide leaves version 3 alone and healthy: only membership tells', async () => {
  const node = bootNode('demo-edge-guide', {
    userData: `#!/bin/bash\ncd /usr/local/antmedia; ./change_server_mode.sh cluster ${database.spec.privateIp}\n`,
  });
  await ended(node);
  await until('the server answers', async () => (await page(node, '/'))?.status === 200);

  expect((await page(node, '/ams-node.json'))?.status).toBe(404);
  expect((await node.run('systemctl is-enabled antmedia', BOUND_MS)).output).toBe('enabled\n');
  expect((await node.run('cat /var/log/cloud-init-output.log', BOUND_MS)).output).toContain(
    'Operation cancelled.',
  );
  expect(await aliveNodes(database)).not.toContain(node.spec.privateIp);
});
