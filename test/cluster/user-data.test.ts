import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeSecretsIn, nodeUserData } from '../../src/cluster/user-data.ts';
import type { NodeFacts } from '../../src/cluster/user-data.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const facts: NodeFacts = {
  cluster: 'live-eu',
  role: 'edge',
  mongoUri: 'mongodb://user:c0ffee@127.0.0.1:27017/?authSource=admin',
  jwtSecret: 'a'.repeat(64),
};

/** The mode script as Ant Media Server 3 behaves: it wants a scheme, else it asks; it rewrites the files, restarts. */
const MODE_SCRIPT = `#!/bin/bash
case "$2" in mongodb://*|mongodb+srv://*) ;; *) read -r answer; [ "$answer" = y ] || { echo Operation cancelled.; exit 1; };; esac
echo "Mode: $1 $2"
[ -z "$BREAK" ] || exit "$BREAK"
here="$(dirname "$0")"
sed -i 's/<!-- cluster start$/<!-- cluster start -->/' "$here/conf/jee-container.xml"
sed -i "s^clusterdb.host=.*^clusterdb.host=$2^" "$here/conf/red5.properties"
service antmedia stop
service antmedia start
`;

/** Runs the script with real bash against a directory that stands for `/`. */
async function run(
  input: NodeFacts,
  options: { mode?: string; env?: Record<string, string>; xml?: string; serves?: boolean } = {},
) {
  const root = mkdtempSync(join(tmpdir(), 'ams-node-'));
  roots.push(root);
  const ams = join(root, 'usr/local/antmedia');
  for (const folder of [
    'usr/local/antmedia/conf',
    'usr/local/antmedia/webapps/root',
    'usr/local/antmedia/webapps/live/WEB-INF',
    'var/log',
    'bin',
  ])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(ams, 'conf/red5.properties'),
    'clusterdb.host=localhost\nserver.jwtServerSecretKey=old\nserver.name=',
  );
  writeFileSync(
    join(ams, 'conf/jee-container.xml'),
    options.xml ?? '<a>\n<!-- cluster start\n<b/>\ncluster end -->\n</a>\n',
  );
  writeFileSync(join(ams, 'conf/instanceId'), 'of the image');
  writeFileSync(join(ams, 'webapps/live/WEB-INF/red5-web.properties'), 'db.type=mapdb\n');
  if (options.mode !== '') writeFileSync(join(ams, 'change_server_mode.sh'), options.mode ?? MODE_SCRIPT);
  const tool = (name: string, body: string) => {
    writeFileSync(join(root, 'bin', name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(root, 'bin', name), 0o755);
  };
  tool('systemctl', `echo "$*" >>"${root}/calls"; [ "$1" != is-active ] || grep -q start "${root}/calls"`);
  tool('service', `echo "$2 $1" >>"${root}/calls"`);
  tool('sleep', 'exit 0');
  tool('chown', 'exit 0');
  tool('curl', options.serves === false ? 'exit 7' : 'exit 0');
  tool('wget', 'exit 4');
  const script = nodeUserData(input)
    .replaceAll('/usr/local/antmedia', ams)
    .replaceAll('/var/log/', `${root}/var/log/`);
  const code = await new Promise<number>((resolve) => {
    execFile(
      'bash',
      ['-c', script],
      { env: { ...process.env, ...options.env, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` } },
      (error) => resolve(error ? Number(error.code ?? 1) : 0),
    );
  });
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  return {
    code,
    log: read('var/log/ams-join.log') ?? '',
    calls: (read('calls') ?? '').trim().split('\n'),
    marker: read('usr/local/antmedia/webapps/root/ams-node.json'),
    failed: read('usr/local/antmedia/conf/ams-join-failed'),
    joined: read('usr/local/antmedia/conf/ams-joined'),
    properties: read('usr/local/antmedia/conf/red5.properties') ?? '',
    app: read('usr/local/antmedia/webapps/live/WEB-INF/red5-web.properties') ?? '',
    initialized: read('usr/local/antmedia/conf/initialized') !== undefined,
    instanceId: read('usr/local/antmedia/conf/instanceId'),
  };
}

async function withDatabase<T>(use: (uri: string) => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(
      `mongodb://user:c0ffee@127.0.0.1:${(server.address() as AddressInfo).port}/?authSource=admin`,
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the user data of a node', () => {
  it('joins the cluster: stops the lone server first, and enables it only when everything was checked', async () => {
    await withDatabase(async (mongoUri) => {
      const node = await run({
        ...facts,
        mongoUri,
        stunServer: 'stun:stun.example.com:3478',
        licenceKey: "k'e\\y",
      });

      expect(node.log).toMatch(/joined$/m);
      expect(node.code).toBe(0);
      expect(node.calls.slice(0, 2)).toEqual(['stop antmedia', 'disable antmedia']);
      expect(node.calls).toContain('enable antmedia');
      expect(JSON.parse(node.marker ?? '')).toEqual({ cluster: 'live-eu', role: 'edge' });
      expect(node.properties).toContain(`clusterdb.host=${mongoUri}`);
      expect(node.properties).toContain(
        `server.name=\nserver.jwtServerSecretKey=${facts.jwtSecret}\nserver.jwtServerControlEnabled=true\n`,
      );
      expect(node.properties).not.toContain('=old');
      expect(node.properties).toContain("server.licence_key=k'e\\\\y\n");
      expect(node.app).toContain('settings.webrtc.stunServerURI=stun:stun.example.com:3478');
      expect(node).toMatchObject({ initialized: true, failed: undefined, instanceId: undefined });
      expect(node.joined).toBeDefined();
    });
  });

  it('writes no secret into its log', async () => {
    await withDatabase(async (mongoUri) => {
      const node = await run({ ...facts, mongoUri, licenceKey: 'LICENCE1' });

      expect(node.log).toContain('//***@127.0.0.1');
      for (const secret of ['c0ffee', facts.jwtSecret, 'LICENCE1']) expect(node.log).not.toContain(secret);
    });
  });

  it.each([
    ['the mode script fails', { env: { BREAK: '3' } }, /ended with 3/],
    ['the cluster beans stay commented out', { xml: '<a/>' }, /still commented out/],
    ['the mode script does nothing and says all is well', { mode: 'exit 0' }, /clusterdb.host is not set/],
    ['the server never answers in cluster mode', { serves: false }, /does not answer in cluster mode/],
    ['the image is not one of Ant Media Server', { mode: '' }, /no Ant Media Server image/],
  ])('leaves the service stopped and disabled when %s', async (_name, options, reason) => {
    await withDatabase(async (mongoUri) => {
      const node = await run({ ...facts, mongoUri }, options);

      expect(node.code).toBe(1);
      expect(node.failed).toMatch(reason);
      expect(node.calls.slice(-2)).toEqual(['stop antmedia', 'disable antmedia']);
      expect(node).toMatchObject({ marker: undefined, joined: undefined });
    });
  });

  it('gives up, stopped and disabled, when the database never answers', async () => {
    const node = await run({ ...facts, mongoUri: 'mongodb://u:p@127.0.0.1:1/?authSource=admin' });

    expect(node.failed).toMatch(/does not accept connections/);
    expect(node.calls.at(-1)).toBe('disable antmedia');
  });

  it('does not wait for hosts that only DNS knows', async () => {
    const node = await run({ ...facts, mongoUri: 'mongodb+srv://u:p@db.example.com/?authSource=admin' });
    expect(node.code).toBe(0);
  });

  it('quotes whatever the values hold, and stays below 16 KB', async () => {
    const script = nodeUserData({ ...facts, licenceKey: `'; touch /tmp/owned; $(reboot) \`x\`` });

    expect(script).toContain(`LICENCE=''\\''; touch /tmp/owned; $(reboot) \`x\`'`);
    expect(Buffer.byteLength(script)).toBeLessThan(8 * 1024);
    expect(script.startsWith('#!/bin/bash\n')).toBe(true);
  });

  it('shows the database URI where the cluster is joined, whoever reads the script', () => {
    expect(nodeUserData(facts)).toContain(`./change_server_mode.sh cluster '${facts.mongoUri}' </dev/null`);
  });

  it('refuses what cannot work', () => {
    expect(() => nodeUserData({ ...facts, mongoUri: '10.0.0.5' })).toThrow(/does not start with mongodb/);
    expect(() => nodeUserData({ ...facts, mongoUri: 'mongodb://a b/' })).toThrow(/not a host name/);
    // The mode script would make a tab of it, and every node be refused by the database.
    expect(() => nodeUserData({ ...facts, mongoUri: 'mongodb://u:a\\tb@10.0.0.5/' })).toThrow(/a meaning/);
    expect(() => nodeUserData({ ...facts, licenceKey: 'key\n' })).toThrow(/line break/);
    expect(() => nodeUserData({ ...facts, licenceKey: 'k'.repeat(17_000) })).toThrow(/bytes/);
  });
});

describe('the secrets that the nodes hold', () => {
  it.each([facts.mongoUri, "mongodb://user:it's@10.0.0.9:27017/?authSource=admin"])(
    'are read back: %s',
    (mongoUri) => {
      const script = nodeUserData({ ...facts, mongoUri });

      expect(nodeSecretsIn(script)).toMatchObject({ database: mongoUri, jwt: facts.jwtSecret });
    },
  );

  it('are not made up where there are none', () => {
    expect(nodeSecretsIn('')).toBeUndefined();
  });
});
