import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * Checks an `Authorization: Basic …` header (RFC 7617). Both sides are hashed with a key of this process first, so that
 * neither content nor length shows in how long it takes.
 * @throws Error for an empty user or password: nobody may come in by typing nothing
 */
export function loginCheck({ user, password }: Login): (header: string | undefined) => boolean {
  if (user.trim() === '' || password.trim() === '')
    throw new Error('The queue page needs a user and a password that are not empty.');
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const wanted = digest(`${user}:${password}`);
  return (header) => {
    const given = /^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(Buffer.from(given, 'base64').toString('utf8')), wanted);
  };
}
