import { createHash, createHmac } from 'node:crypto';
import type { Door } from './door.ts';

/** The panel sends MD5 of what is typed and the server hashes that again (AMS CommonRestService). */
export function panelPassword(plain: string): string {
  return createHash('md5').update(plain).digest('hex');
}

/**
 * Token for the header `ProxyAuthorization` of the panel's REST API: HS256 with the key that all nodes got in their
 * user data, good for five minutes. It needs no session, so that any node may answer.
 */
export function panelToken(secret: string, now: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: Math.floor(now / 1_000) + 300 })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** A generated password: 24 characters of 62, upper and lower case and a digit among them. */
export function newPassword(random: (size: number) => Buffer): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  for (;;) {
    const password = [...random(24)].map((byte) => letters[byte % letters.length]).join('');
    if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password)) return password;
  }
}

/** Whether the panel has a user; a sentence when that could not be learned. */
export async function isOwned(door: Door): Promise<boolean | string> {
  const reply = await door.get(443, '/rest/v2/first-login-status');
  if (!reply.reached) return reply.why;
  if (reply.status === 502 || reply.status === 503)
    return 'no origin node answers behind the load balancer yet';
  if (reply.status !== 200) return `the panel answers ${reply.status}`;
  const answer = /"success"\s*:\s*(true|false)/.exec(reply.body)?.[1];
  if (answer === undefined) return 'the panel gives no clear answer about its first administrator';
  return answer === 'false';
}
