import { createPrivateKey, generateKeyPair, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** A pair of keys: the private half secret, the public half one OpenSSH line. */
export interface KeyPairText {
  readonly privateKey: string;
  readonly publicKey: string;
}

const makeKeyPair = promisify(generateKeyPair);
/** The pair in the making, if there is one. */
let lastPair: Promise<unknown> = Promise.resolve();

/** Logins that nobody was given yet, and those that somebody has not fetched yet; in this process' memory only. */
const ready: KeyPairText[] = [];
const reserved = new Map<string, KeyPairText>();
/** Who has asked for a login and was not given one yet. */
const asking = new Set<string>();
let inTheMaking = 0;
/** So many at most are made before anybody asks: of plans that nobody approves. */
const MOST_AHEAD = 1_000;

/** A login will be asked for before long: begins to make it, so that nobody waits for it then. */
export function expectSshKeyPair(): void {
  if (ready.length + inTheMaking < MOST_AHEAD) makeOneMore();
}

/**
 * Keeps a new login for somebody. A thousand that want theirs at once wait for minutes, and must not keep others from
 * their turns for as long.
 * @param asker who asks again after a while, by the same name
 * @returns false as long as it is in the making
 */
export function reserveSshKeyPair(asker: string): boolean {
  if (reserved.has(asker)) return true;
  const pair = ready.shift();
  if (pair) {
    asking.delete(asker);
    reserved.set(asker, pair);
    return true;
  }
  asking.add(asker);
  if (inTheMaking < asking.size) makeOneMore();
  return false;
}

/** The login that was kept for somebody, who is given it once; a new one where none was. */
export async function takeSshKeyPair(asker: string): Promise<KeyPairText> {
  const pair = reserved.get(asker);
  reserved.delete(asker);
  return pair ?? newSshKeyPair();
}

function makeOneMore(): void {
  inTheMaking += 1;
  // Who asks again after a failure has another one made.
  newSshKeyPair()
    .then(
      (pair) => void ready.push(pair),
      () => undefined,
    )
    .finally(() => void (inTheMaking -= 1));
}

/**
 * A new login of our machines: RSA, since ImportKeyPair surely takes `ssh-rsa`, of 2048 bits as the cloud makes them
 * itself (CreateKeyPair; 3072 take three times the work); private half PEM (PKCS#1). A pair takes up to half a second
 * to find, so it is looked for in a thread: clicks and job locks cannot wait for it. One after the other, since all
 * threads are needed for names of hosts and files, too.
 */
export async function newSshKeyPair(): Promise<KeyPairText> {
  const made = lastPair.then(() => makeKeyPair('rsa', { modulusLength: 2048 }));
  lastPair = made.catch(() => undefined);
  const { privateKey, publicKey } = await made;
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const blob = Buffer.concat([
    field('ssh-rsa'),
    field(positive(Buffer.from(e, 'base64url'))),
    field(positive(Buffer.from(n, 'base64url'))),
  ]);
  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
    publicKey: `ssh-rsa ${blob.toString('base64')} ams-chatops`,
  };
}

/** The identity of a host, for cloud-init's `ssh_keys`: ed25519, private half in OpenSSH's own format. */
export function newHostKey(): KeyPairText {
  const made = generateKeyPairSync('ed25519');
  return openSshKey(createPrivateKey(made.privateKey.export({ format: 'pem', type: 'pkcs8' })), 'ams-host');
}

/** An ed25519 key in OpenSSH's own format. */
export function openSshKey(key: KeyObject, comment: string): KeyPairText {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const secret = Buffer.from(d, 'base64url');
  const open = Buffer.from(x, 'base64url');
  const publicBlob = Buffer.concat([field('ssh-ed25519'), field(open)]);
  return {
    privateKey: openSshPem(publicBlob, secret, open, comment),
    publicKey: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}`,
  };
}

/** The bytes that a host shows for an OpenSSH public line; nothing when it is none. */
export function publicKeyBytes(line: string): Buffer | undefined {
  const [kind, base64] = line.trim().split(/\s+/);
  if (kind === undefined || base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const named = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1') : '';
  return named === kind ? bytes : undefined;
}

/** The unencrypted form of OpenSSH's PROTOCOL.key. */
function openSshPem(publicBlob: Buffer, secret: Buffer, open: Buffer, comment: string): string {
  const check = randomBytes(4);
  const body = Buffer.concat([
    check,
    check,
    publicBlob,
    field(Buffer.concat([secret, open])),
    field(comment),
  ]);
  const padding = Buffer.from(
    Array.from({ length: (8 - (body.length % 8)) % 8 }, (_none, index) => index + 1),
  );
  const one = Buffer.alloc(4);
  one.writeUInt32BE(1);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    field('none'),
    field('none'),
    field(''),
    one,
    field(publicBlob),
    field(Buffer.concat([body, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** A string of the SSH protocol: its length, then its bytes. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number whose first bit is set gets a zero before it: it is not negative. */
function positive(bytes: Buffer): Buffer {
  return ((bytes[0] ?? 0) & 0x80) === 0 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
}
