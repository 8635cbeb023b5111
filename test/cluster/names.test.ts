import { expect, it } from 'vitest';
import { InputError } from '../../src/cluster/errors.ts';
import { checkClusterName, printable } from '../../src/cluster/names.ts';

it.each([
  ['is shown as it is up to 80 characters', 'x'.repeat(80), 'x'.repeat(80)],
  ['is cut beyond that', 'x'.repeat(81), `${'x'.repeat(79)}…`],
  ['loses no half of an emoji', `${'x'.repeat(78)}🎬🎬`, `${'x'.repeat(78)}…`],
  ['keeps an emoji that fits', `${'x'.repeat(77)}🎬🎬`, `${'x'.repeat(77)}🎬…`],
  ['loses what would move the cursor or turn the text around', 'a\u001b[2Jb\u202ec\u200bd', 'a[2Jbcd'],
  ['loses what nobody sees', 'li\u00adve\u2060-\ufeffeu', 'live-eu'],
])('foreign text %s', (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
});

it.each([
  ['Live_EU', 'live-eu'],
  ['Müller', 'muller'],
  ['\uff4c\uff49\uff56\uff45', 'live'],
  ['li\u00adve\u200e', 'live'],
  ['live🎉', 'live'],
  // With a letter that only looks like one, or a number of other digits: nobody knows what was meant.
  ['l\u0456ve', undefined],
  ['live-\u0663', undefined],
])('of the name "%s" it says that "%s" was probably meant', (name, meant) => {
  let error: unknown;
  try {
    checkClusterName(name);
  } catch (thrown) {
    error = thrown;
  }

  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).mend).toEqual(meant === undefined ? undefined : { replace: name, by: meant });
});
