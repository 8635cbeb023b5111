import { expect, it } from 'vitest';
import { printable } from '../../src/cluster/names.ts';

it.each([
  ['is shown as it is up to 80 characters', 'x'.repeat(80), 'x'.repeat(80)],
  ['is cut beyond that', 'x'.repeat(81), `${'x'.repeat(79)}…`],
  ['loses no half of an emoji', `${'x'.repeat(78)}🎬🎬`, `${'x'.repeat(78)}…`],
  ['keeps an emoji that fits', `${'x'.repeat(77)}🎬🎬`, `${'x'.repeat(77)}🎬…`],
  ['loses what would move the cursor or turn the text around', 'a\u001b[2Jb\u202ec\u200bd', 'a[2Jbcd'],
])('foreign text %s', (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
});
