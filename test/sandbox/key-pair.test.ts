import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { newKeyPair } from '../../sandbox/machine/ssh/key-pair.ts';

it('every key pair of a machine can be read', () => {
  // Of so many that ssh2 makes, some can practically never.
  const pairs = Array.from({ length: 3_000 }, newKeyPair);

  expect(pairs.filter((pair) => ssh2.utils.parseKey(pair.private) instanceof Error)).toEqual([]);
  expect(pairs.filter((pair) => ssh2.utils.parseKey(pair.public) instanceof Error)).toEqual([]);
});
