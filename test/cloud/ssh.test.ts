import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectSshKeyPair, reserveSshKeyPair, takeSshKeyPair } from '../../src/cloud/ssh/keys.ts';
import { loginKey } from '../../src/cloud/ssh/login-key.ts';
import { newHostKey, newSshKeyPair, openSsh, SshError } from '../../src/cloud/ssh.ts';
import { login, sshServer, wayTo } from '../support/ssh-server.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function startServer() {
  const server = await sshServer();
  closing.push(server.close);
  return server;
}

function open(port: number, changes: Partial<Parameters<typeof openSsh>[0]> = {}) {
  return openSsh({ ...wayTo(port), ...changes });
}

const kindOf = (opening: Promise<unknown>) =>
  opening.then(
    () => 'opened',
    (error: unknown) => (error instanceof SshError ? error.kind : error),
  );

describe('ssh', () => {
  it('logs in with a made key to a host with a made host key, and runs commands', async () => {
    const { port } = await startServer();
    const session = await open(port);
    closing.push(() => session.close());

    expect(await session.run('echo')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err' });
    expect(await session.run('cat', { stdin: 'typed' })).toMatchObject({ code: 0, stdout: 'typed' });
  });

  it('sends nothing to a host that shows another key', async () => {
    const { port, commands } = await startServer();

    const kind = await kindOf(open(port, { hostKey: newHostKey().publicKey }));

    expect({ kind, commands }).toEqual({ kind: 'host-key', commands: [] });
  });

  it('tells apart a refused login, a closed port and a silent command', async () => {
    const { port } = await startServer();
    const session = await open(port);

    expect(await kindOf(open(port, { privateKey: (await newSshKeyPair()).privateKey }))).toBe('auth');
    expect(await kindOf(open(1))).toBe('refused');
    expect(await kindOf(session.run('hang', { timeoutMs: 100 }))).toBe('timeout');
  });

  it.each(['', 'Exceeded MaxStartups\r\n'])(
    'tries a host again that hangs up before its greeting, having said %j',
    async (said) => {
      const server = createServer((socket) => socket.on('error', () => undefined).end(said));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(() => server.close());

      const opening = open((server.address() as AddressInfo).port);

      await expect(opening).rejects.toMatchObject({ kind: 'lost', retryable: true });
    },
  );

  it('says that the connection broke when the host ends it in the middle', async () => {
    const { port } = await startServer();
    const session = await open(port);

    expect(await kindOf(session.run('die', { timeoutMs: 5_000 }))).toBe('lost');
  });
});

describe('a private key of an existing pair', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const lock = { cipher: 'aes-256-cbc', passphrase: 'x', format: 'pem' } as const;

  it.each([
    ['PKCS#8, as the cloud hands it out', rsa.export({ type: 'pkcs8', format: 'pem' }), 'ssh-rsa'],
    ['PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }), 'ssh-rsa'],
    [
      'ed25519 in PKCS#8',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'ssh-ed25519',
    ],
    [
      'EC in PKCS#8',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'ecdsa-sha2-nistp256',
    ],
    ["OpenSSH's own", newHostKey().privateKey, 'ssh-ed25519'],
  ])('is read by the SSH client: %s', (_what, pem, type) => {
    const read = ssh2.utils.parseKey(loginKey(String(pem), 'key pair team'));

    expect(read).toMatchObject({ type });
  });

  it.each([
    [
      'a pass phrase (PKCS#8)',
      rsa.export({ type: 'pkcs8', ...lock }),
      /key pair team is protected by a pass/,
    ],
    [
      'a pass phrase (PKCS#1)',
      rsa.export({ type: 'pkcs1', ...lock }),
      /key pair team is protected by a pass/,
    ],
    [
      "a pass phrase (OpenSSH's own)",
      ssh2.utils.generateKeyPairSync('ed25519', { cipher: 'aes256-ctr', passphrase: 'x', rounds: 1 }).private,
      /key pair team is protected by a pass/,
    ],
    ['another text', 'hello', /names as the private key of key pair team is none/],
    ['a public key', login.publicKey, /names as the private key of key pair team is none/],
  ])('is refused with words: %s', (_what, text, words) => {
    expect(() => loginKey(String(text), 'key pair team')).toThrow(words);
  });
});

it('keeps a login of his own for everybody who asks, made before or not, and lets nobody wait', async () => {
  const askers = ['one', 'two', 'three'];
  // Others in this process may have left some.
  let before = 0;
  while (reserveSshKeyPair(`before ${before}`)) before += 1;
  await vi.waitUntil(() => reserveSshKeyPair(`before ${before}`), { timeout: 60_000 });
  expectSshKeyPair();

  expect(askers.map((asker) => reserveSshKeyPair(asker))).toEqual([false, false, false]);
  for (const asker of askers) await vi.waitUntil(() => reserveSshKeyPair(asker), { timeout: 60_000 });
  const logins = await Promise.all([...askers, 'one'].map((asker) => takeSshKeyPair(asker)));

  expect(new Set(logins.map(({ publicKey }) => publicKey)).size).toBe(4);
  for (const { privateKey } of logins) expect(privateKey).toContain('BEGIN RSA PRIVATE KEY');
  // However often they asked, no more were made than they are.
  expect(reserveSshKeyPair('another')).toBe(false);
});
