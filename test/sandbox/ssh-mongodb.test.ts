import { NodeSSH } from 'node-ssh';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Guest, GuestSpec } from '../../sandbox/contract.ts';
import type { OpenMachineRoom } from '../../sandbox/machine/room.ts';
import { newKeyPair } from '../../sandbox/machine/ssh/key-pair.ts';
import { openWorld, until } from './machine-world.ts';

interface Login {
  readonly privateKey?: string;
  readonly username?: string;
  readonly room?: OpenMachineRoom;
  readonly readyTimeout?: number;
  readonly seenHostKey?: (key: Buffer) => void;
}

describe('the SSH host and the database it becomes', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let room: OpenMachineRoom;
  const sessions: NodeSSH[] = [];

  beforeAll(async () => {
    world = await openWorld({ publicIps: 32 });
    room = world.room;
  });
  afterEach(() => {
    for (const session of sessions.splice(0)) session.dispose();
    room.faults.clear();
  });
  afterAll(() => room.close());

  async function login(guest: Guest, options: Login = {}): Promise<NodeSSH> {
    const entry = (options.room ?? room)
      .connectTo()
      .find((line) => line.startsWith(`${guest.spec.publicIp}:22:`));
    const [, , host = '', port = ''] = entry?.split(':') ?? [];
    const session = new NodeSSH();
    await session.connect({
      host,
      port: Number(port),
      username: options.username ?? 'root',
      privateKey: options.privateKey ?? world.key.private,
      readyTimeout: options.readyTimeout ?? 5_000,
      hostVerifier: (key: Buffer) => (options.seenHostKey?.(key), true),
    });
    session.connection?.on('error', () => undefined);
    sessions.push(session);
    return session;
  }

  async function booted(more: Partial<GuestSpec> = {}): Promise<{ guest: Guest; ssh: NodeSSH }> {
    const guest = room.boot(world.spec(more));
    let ssh: NodeSSH | undefined;
    await until('SSH answers', async () => {
      ssh = await login(guest, { username: guest.spec.loginUser }).catch(() => undefined);
      return ssh !== undefined;
    });
    if (ssh === undefined) throw new Error('no session');
    await ssh.execCommand(
      'sudo cloud-init status --wait; while fuser /var/lib/dpkg/lock-frontend; do sleep 5; done',
    );
    return { guest, ssh };
  }

  async function install(
    ssh: NodeSSH,
    option = '--auto-create',
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return ssh.execCommand(
      `wget -q https://example.com/pinned/install_mongodb.sh && chmod +x install_mongodb.sh && ./install_mongodb.sh ${option}`,
    );
  }

  it('refuses, then resets, then denies, then lets the key in', async () => {
    const slow = { sshResetMs: 60_000, keyMs: 250_000, userDataMs: { ubuntu: 250_000, ams: 250_000 } };
    const own = await openWorld({ durations: slow });
    const guest = own.room.boot(own.spec({ publicKeys: [world.key.public] }));
    const seen = new Set<string>();
    await until('login', async () => {
      const failure = await login(guest, { room: own.room }).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      seen.add(failure ?? 'in');
      return failure === undefined;
    });

    expect([...seen].some((text) => text.includes('ECONNREFUSED'))).toBe(true);
    expect([...seen].some((text) => text.includes('ECONNRESET'))).toBe(true);
    expect([...seen].some((text) => text.includes('authentication'))).toBe(true);
    await expect(login(guest, { room: own.room, privateKey: newKeyPair().private })).rejects.toThrow(
      'authentication',
    );
    await expect(login(guest, { room: own.room, username: 'admin' })).rejects.toThrow('authentication');
    await own.room.close();
  });

  it('presents the host key that user data installed', async () => {
    const host = newKeyPair();
    const indented = host.private
      .trim()
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n');
    const { guest } = await booted({
      userData: `#cloud-config\nssh_deletekeys: true\nssh_keys:\n  ed25519_private: |\n${indented}\n  ed25519_public: ${host.public}\n`,
    });
    let seen = '';
    await login(guest, { seenHostKey: (key) => (seen = key.toString('base64')) });

    expect(seen).toBe(host.public.split(' ')[1]);
  });

  it('carries exit codes, both streams, input, files and several channels', async () => {
    const { ssh } = await booted();
    const [bad, echoed] = await Promise.all([
      ssh.execCommand('echo out; echo err >&2; exit 3'),
      ssh.execCommand('cat', { stdin: 'given\n' }),
    ]);
    const sftp = await ssh.requestSFTP();
    await new Promise<void>((resolve, reject) =>
      sftp.writeFile('/tmp/put.sh', '#!/bin/bash\ncat /etc/hostname\n', { mode: 0o755 }, (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    const text = await new Promise<string>((resolve, reject) =>
      sftp.readFile('/tmp/put.sh', (error, bytes) => (error ? reject(error) : resolve(bytes.toString()))),
    );

    expect(bad).toMatchObject({ code: 3, stdout: 'out', stderr: 'err' });
    expect(echoed.stdout).toBe('given');
    expect(text).toBe('#!/bin/bash\ncat /etc/hostname\n');
    expect((await ssh.execCommand('/tmp/put.sh')).stdout).toMatch(/^machine\d+$/);
  });

  it('needs sudo for ecs-user', async () => {
    const { ssh } = await booted({ loginUser: 'ecs-user' });

    expect((await ssh.execCommand('id -un; sudo -n id -un')).stdout).toBe('ecs-user\nroot');
    expect((await ssh.execCommand('apt-get update')).code).toBe(100);
    expect((await ssh.execCommand('sudo apt-get update')).code).toBe(0);
  });

  it('installs MongoDB with a login that works over the private address and is required', async () => {
    const { guest, ssh } = await booted();
    const done = await install(ssh);
    const file = (await ssh.execCommand('cat /tmp/mongo_credentials.txt')).stdout;
    const [, user, password] = /username: ([0-9a-f]{12})\nMongoDB password: ([0-9a-f]{24})/.exec(file) ?? [];
    await until('mongod listens', async () =>
      (await ssh.execCommand('ss -ltnH sport = :27017')).stdout.includes('0.0.0.0:27017'),
    );
    const uri = `mongodb://${user}:${password}@${guest.spec.privateIp}:27017/?authSource=admin`;
    const ask = async (address: string, text: string): Promise<string> => {
      const { stdout, stderr } = await ssh.execCommand(`mongosh '${address}' --quiet --eval '${text}'`);
      return stdout + stderr;
    };

    expect(done.code).toBe(0);
    expect(done.stdout).toContain('admin> { ok: 1 }');
    expect(done.stdout).toContain('MongoDB credentials saved to /tmp/mongo_credentials.txt');
    expect(await ask(uri, 'db.runCommand({connectionStatus:1}).authInfo.authenticatedUsers.length')).toBe(
      '1',
    );
    expect(
      await ask(uri, 'JSON.stringify(db.adminCommand({listDatabases:1}).databases.map(d => d.name))'),
    ).toBe('["admin","config","local"]');
    expect(await ask(uri.replace(password ?? '', 'wrong'), '1')).toBe(
      'MongoServerError: Authentication failed.',
    );
    expect(await ask('mongodb://127.0.0.1', 'db.adminCommand({listDatabases:1})')).toBe(
      'MongoServerError[Unauthorized]: Command listDatabases requires authentication',
    );
    expect((await ssh.execCommand('systemctl is-enabled mongod')).stdout).toBe('enabled');

    await install(ssh);
    const again = (await ssh.execCommand('cat /tmp/mongo_credentials.txt')).stdout;
    expect(again).not.toBe(file);
    expect(await ask(uri, 'db.runCommand({ping:1}).ok')).toBe('1');
  });

  it('serves the installer under the hash it announces', async () => {
    const { ssh } = await booted();
    const { stdout } = await ssh.execCommand(
      `curl -fsSL https://example.com/install_mongodb.sh -o /tmp/i.sh && echo "${room.sha256}  /tmp/i.sh" | sha256sum -c -`,
    );

    expect(stdout).toBe('/tmp/i.sh: OK');
  });

  it.each([
    ['apt-dpkg-locked', 'Unable to acquire the dpkg frontend lock'],
    ['apt-lists-locked', 'Unable to lock directory /var/lib/apt/lists/'],
    ['unsigned-repository', 'is not signed'],
    ['disk-full', "don't have enough free space"],
    ['half-configured-dpkg', 'dpkg --configure -a'],
  ] as const)('%s: the script says 0 and no database runs', async (fault, text) => {
    const { guest, ssh } = await booted();
    room.faults.install(fault, { instanceId: guest.spec.instanceId });
    const { code, stderr } = await install(ssh);

    expect(code).toBe(0);
    expect(stderr).toContain(text);
    expect((await ssh.execCommand('systemctl is-active mongod')).code).toBe(3);
  });

  it('refuses an old release with exit 1 and an unknown host with wget 4', async () => {
    const { ssh } = await booted({ osRelease: '18.04' });
    expect(await install(ssh)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Unsupported Ubuntu version: 18.04'),
    });

    room.faults.install('no-network');
    expect((await ssh.execCommand('wget -q https://example.com/install_mongodb.sh')).code).toBe(4);
  });

  it('cuts a session in the middle of the installation, once', async () => {
    const { guest, ssh } = await booted();
    room.faults.sshCut({ instanceId: guest.spec.instanceId }, { during: 'install', afterMs: 5_000 });
    const outcome = await Promise.race([
      install(ssh).then(
        (got) => got.code,
        () => 'lost',
      ),
      new Promise((resolve) => ssh.connection?.once('close', () => resolve('lost'))),
    ]);

    expect(outcome).not.toBe(0);
    const again = await login(guest);
    expect((await again.execCommand('sleep 60; echo installed')).stdout).toBe('installed');
  });

  it('hears nothing behind a closed security group', async () => {
    const { guest } = await booted();
    world.closed.add(`${guest.spec.instanceId}:22`);
    const started = login(guest, { readyTimeout: 800 }).catch((error: unknown) => String(error));

    expect(await started).toContain('Timed out');
  }, 120_000);
});
