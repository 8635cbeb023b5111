import { randomBytes, randomInt, randomUUID } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Makes identifiers of the shapes that the cloud uses. Never the same one twice. */
export interface Ids {
  /** `vpc-bp1…`, `i-t4n…`: prefix, the region's three letters, then lower-case letters and digits. */
  next(prefix: string, regionCode: string): string;
  /** Request ids: an upper-case UUID. */
  request(): string;
  /** Lower-case letters and digits. */
  word(length: number): string;
  /** A decimal number of that many digits, never starting with 0. */
  digits(length: number): string;
  /** Lower-case hexadecimal digits. */
  hex(length: number): string;
}

export function createIds(): Ids {
  const word = (length: number) =>
    Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return {
    next: (prefix, regionCode) => `${prefix}-${regionCode}${word(17)}`,
    request: () => randomUUID().toUpperCase(),
    word,
    digits: (length) =>
      `${randomInt(1, 10)}${Array.from({ length: length - 1 }, () => randomInt(10)).join('')}`,
    hex: (length) =>
      randomBytes(Math.ceil(length / 2))
        .toString('hex')
        .slice(0, length),
  };
}
