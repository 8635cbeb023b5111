import { randomBytes } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** An id in Slack's manner: a letter for the kind and ten more of capitals and digits. */
export function newId(kind: string): string {
  return kind + [...randomBytes(10)].map((byte) => letters[byte % letters.length]).join('');
}

/** A secret for a URL or a ticket. */
export function newSecret(): string {
  return randomBytes(16).toString('hex');
}

/** Gives timestamps like `1712345678.123459`, each later than the one before. */
export function createTimestamps(): () => string {
  let last = 0;
  return () => {
    last = Math.max(Date.now() * 1000, last + 1);
    return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`;
  };
}
