import { createHash, createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import type { Guest, GuestSpec } from '../../sandbox/contract.ts';
import { openWorld, until } from './machine-world.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

describe('Ant Media Server nodes', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let database: Guest;
  let uri: string;

  beforeAll(async () => {
    world = await openWorld();
    const userData = `#!/bin/bash
while fuser /var/lib/dpkg/lock-frontend >/dev/null 2>&1; do sleep 2; done
wget -q https://example.com/install_mongodb.sh
bash install_mongodb.sh --auto-create`;
    database = world.room.boot(world.spec({ userData, instanceName: 'demo-mongodb' }));
    await until('database is up', async () =>
      (await database.run('ss -ltnH sport = :27017', 5_000)).output.includes('0.0.0.0:27017'),
    );
    const { output } = await database.run('cat /tmp/mongo_credentials.txt', 5_000);
    const [, user, password] = /username: (\w+)\nMongoDB password: (\w+)/.exec(output) ?? [];
    uri = `mongodb://${user}:${password}@${database.spec.privateIp}:27017/?authSource=admin`;
  });
  afterEach(() => world.room.faults.clear());
  afterAll(() => world.room.close());

  const node = (name: string, more: Partial<GuestSpec> = {}): Guest =>
    world.room.boot(
      world.spec({
        instanceName: name,
        imageKind: 'ams',
        amsVersion: '3.0.3',
        amsEdition: 'Enterprise Edition',
        userData: `#!/bin/bash\ncd /usr/local/antmedia\n./change_server_mode.sh cluster '${uri}' </dev/null\n`,
        ...more,
      }),
    );
  const ask = (guest: Guest, path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${guest.httpPort()}${path}`, init);
  const members = async (): Promise<string[]> => {
    const { output } = await database.run(
      `mongosh '${uri}' --quiet --eval 'JSON.stringify(db.getSiblingDB("clusterdb").clusternode.find({},{ip:1}).toArray().map(n => n.ip))'`,
      5_000,
    );
    return JSON.parse(output) as string[];
  };
  const joined = (guest: Guest): Promise<void> =>
    until(`${guest.spec.instanceName} joins`, async () => (await members()).includes(guest.spec.privateIp));

  it('serve standalone first, then join the cluster and share its users', async () => {
    const origin = node('demo-origin');
    await until('port 5080', () => origin.httpPort() !== undefined);
    const early = await (await ask(origin, '/rest/v2/liveness', { method: 'HEAD' })).text();
    await joined(origin);
    const edge = node('demo-edge');
    await joined(edge);

    const login = JSON.stringify({ email: 'admin@example.com', password: md5('secret') });
    const post = (guest: Guest, path: string): Promise<Response> =>
      ask(guest, path, { method: 'POST', body: login, headers: { 'content-type': 'application/json' } });
    expect(early).toBe('');
    expect(await (await post(origin, '/rest/v2/users/initial')).json()).toMatchObject({ success: true });
    expect(await (await ask(edge, '/rest/v2/first-login-status')).json()).toMatchObject({ success: false });
    const cookie = (await post(edge, '/rest/v2/users/authenticate')).headers.get('set-cookie') ?? '';
    expect(
      await (await ask(edge, '/rest/v2/cluster-mode-status', { headers: { cookie } })).json(),
    ).toMatchObject({ success: true });
    expect(
      await (await ask(edge, '/rest/v2/cluster/nodes/0/50', { headers: { cookie } })).json(),
    ).toMatchObject([{ status: 'alive' }, { status: 'alive' }]);
    expect((await ask(origin, '/rest/v2/version', { headers: { cookie } })).status).toBe(403);
    expect((await ask(edge, '/WebRTCAppEE/rest/v2/broadcasts/list/0/10')).status).toBe(403);
    expect(
      (await edge.run('curl -s http://127.0.0.1:5080/WebRTCAppEE/rest/v2/broadcasts/list/0/10', 5_000))
        .output,
    ).toBe('[]');
    expect((await ask(edge, '/WebRTCAppEE/player.html')).status).toBe(200);

    const say = async (
      guest: Guest,
      ...messages: object[]
    ): Promise<{ client: WebSocket; answers: Record<string, unknown>[] }> => {
      const client = new WebSocket(`ws://127.0.0.1:${guest.httpPort()}/WebRTCAppEE/websocket`);
      const answers: Record<string, unknown>[] = [];
      client.on('message', (bytes) => answers.push(JSON.parse(String(bytes)) as Record<string, unknown>));
      await new Promise((resolve) => client.once('open', resolve));
      for (const message of messages) client.send(JSON.stringify(message));
      await until('answers', () => answers.length >= messages.length);
      return { client, answers };
    };
    const publisher = await say(
      origin,
      { command: 'ping' },
      { command: 'publish', streamId: 's1' },
      { command: 'takeConfiguration', streamId: 's1', type: 'offer', sdp: '' },
    );
    const player = await say(edge, { command: 'play', streamId: 's1' });
    world.closed.add(`${origin.spec.instanceId}:5000`);
    const cut = await say(edge, { command: 'play', streamId: 's1' });
    for (const { client } of [publisher, player, cut]) client.terminate();

    expect(publisher.answers.slice(0, 2)).toEqual([
      { command: 'pong' },
      { command: 'start', streamId: 's1' },
    ]);
    expect(player.answers[0]).toMatchObject({ command: 'takeConfiguration', type: 'offer' });
    expect(cut.answers[0]).toMatchObject({ command: 'error' });
  }, 240_000);

  it('stay standalone and healthy with the bare address of the old guide, and join with it on version 2', async () => {
    const bare = '#!/bin/bash\ncd /usr/local/antmedia\n./change_server_mode.sh cluster 10.9.9.9\n';
    const literal = node('demo-origin-seed', { userData: bare });
    await until('user data ended', async () =>
      /status: (done|error)/.test((await literal.run('cloud-init status', 5_000)).output),
    );
    const old = node('demo-origin-old', { userData: bare, amsVersion: '2.11.3' });
    await until(
      'the old node loops',
      async () => (await old.run('systemctl is-active antmedia', 5_000)).output === 'activating\n',
    );

    expect(
      (await literal.run('cloud-init status; cat /var/log/cloud-init-output.log', 5_000)).output,
    ).toContain('Operation cancelled.');
    expect((await ask(literal, '/')).status).toBe(200);
    expect(
      (await old.run('grep ^clusterdb.host /usr/local/antmedia/conf/red5.properties', 5_000)).output,
    ).toBe('clusterdb.host=10.9.9.9\n');
    await Promise.all([literal.stop(), old.stop()]);
  }, 240_000);

  it('take an address with a port for a Redis on version 2, and never join', async () => {
    const { host, username, password } = new URL(uri);
    const guest = node('demo-origin-port', {
      amsVersion: '2.11.3',
      userData: `#!/bin/bash\ncd /usr/local/antmedia\n./change_server_mode.sh cluster ${host} ${username} ${password}\n`,
    });

    await until(
      'it loops',
      async () => (await guest.run('systemctl is-active antmedia', 5_000)).output === 'activating\n',
    );
    expect((await guest.run('cat /var/log/cloud-init-output.log', 5_000)).output).toContain(
      'DB type is redis\n',
    );
    expect(await members()).not.toContain(guest.spec.privateIp);
    await guest.stop();
  }, 240_000);

  it('show planted faults', async () => {
    world.room.faults.staysStandalone({ name: '*-alone' });
    world.room.faults.appMissing({ name: '*-noapp' });
    world.room.faults.communityEdition({ name: '*-ce' });
    const alone = node('demo-edge-alone');
    const lacking = node('demo-noapp');
    const community = node('demo-ce');
    await Promise.all(
      [alone, lacking, community].map((guest) =>
        until(
          'user data ended',
          async () => (await guest.run('cloud-init status', 5_000)).output === 'status: done\n',
        ),
      ),
    );
    await until('all serve', () =>
      [alone, lacking, community].every((guest) => guest.httpPort() !== undefined),
    );
    await joined(lacking);

    expect((await ask(lacking, '/WebRTCAppEE/')).status).toBe(404);
    expect((await ask(alone, '/WebRTCAppEE/')).status).toBe(200);
    const modes = [alone, lacking].map(({ spec }) =>
      world.room.machines.find((one) => one.spec.instanceId === spec.instanceId)?.ams?.mode(),
    );
    expect(modes).toEqual(['standalone', 'cluster']);
    expect((await ask(community, '/WebRTCApp/')).status).toBe(200);
    expect(await members()).not.toContain(community.spec.privateIp);
  }, 240_000);

  it('let a signed token into the panel', async () => {
    const secret = 'k'.repeat(32);
    const guest = node('demo-jwt', {
      userData: `#!/bin/bash\nf=/usr/local/antmedia/conf/red5.properties\nsed -i -e 's/^server.jwtServerControlEnabled=.*/server.jwtServerControlEnabled=true/' -e 's/^server.jwtServerSecretKey=.*/server.jwtServerSecretKey=${secret}/' $f\ntouch /usr/local/antmedia/webapps/root/ready.txt\n`,
    });
    await until(
      'serves the marker',
      async () =>
        guest.httpPort() !== undefined &&
        (await ask(guest, '/ready.txt').catch(() => undefined))?.status === 200,
    );
    const unsigned = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}`;
    const token = `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;

    expect(
      await (await ask(guest, '/rest/v2/version', { headers: { ProxyAuthorization: token } })).json(),
    ).toMatchObject({ versionType: 'Enterprise Edition', versionName: '3.0.3' });
    expect(
      (await ask(guest, '/rest/v2/version', { headers: { ProxyAuthorization: `${token}x` } })).status,
    ).toBe(403);
  });
});
