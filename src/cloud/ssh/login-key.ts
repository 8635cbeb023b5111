import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AmsError } from '../../cluster/errors.ts';
import { openSshKey } from './keys.ts';

/** A private key that nobody can log in with. Nothing of it is shown. */
class LoginKeyUnusable extends AmsError {
  readonly code = 'login_key';
}

/**
 * A private key in a form that our SSH client reads. It knows PKCS#1, SEC1 and OpenSSH's own; CreateKeyPair hands out
 * PKCS#8 (ECS 2014-05-26), so that is rewritten.
 * @param what whose key it is, for the error
 * @throws LoginKeyUnusable for one with a pass phrase, of another kind, or for another text
 */
export function loginKey(text: string, what: string): string {
  if (isLocked(text)) {
    throw new LoginKeyUnusable(
      `The private key of ${what} is protected by a pass phrase, which I cannot type.`,
      {
        hint: 'Remove it with ssh-keygen -p -N "" -f on a copy of the file, and name that copy in ams.yaml.',
      },
    );
  }
  if (text.includes('BEGIN OPENSSH PRIVATE KEY')) return text;
  const key = readKey(text);
  if (!key) {
    throw new LoginKeyUnusable(`What ams.yaml names as the private key of ${what} is none.`, {
      hint: 'Give the PEM file that ECS handed out when the pair was made, or whose public half was imported there.',
    });
  }
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ed25519') return openSshKey(key, 'login').privateKey;
  throw new LoginKeyUnusable(
    `The private key of ${what} is of the kind ${key.asymmetricKeyType}, which SSH does not take.`,
    { hint: 'Use a pair with an RSA key.' },
  );
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function isLocked(text: string): boolean {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text)?.[1] ?? '';
  // PROTOCOL.key: `openssh-key-v1`, a zero byte, then the name of the cipher, its length before it.
  const bytes = Buffer.from(body, 'base64').subarray(15);
  return bytes.length > 8 && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1') !== 'none';
}
