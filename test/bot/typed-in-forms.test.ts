import { expect, it } from 'vitest';
import { formValues } from '../../src/bot/actions/form-values.ts';
import { readCreateForm } from '../../src/bot/actions/read-create-form.ts';
import { readScaleForm } from '../../src/bot/actions/read-scale-form.ts';
import { settings } from './samples.ts';

/** One field with this text, as Slack sends it. */
function entered(value: string) {
  return { name: { value: { type: 'plain_text_input', value } } };
}

it('what nobody sees means nothing in a field, and is left where people write', () => {
  expect(formValues(entered(' live\u200b\u00ad-eu\u200e ')).get('name')).toBe('live-eu');
  expect(formValues(entered('\u2060\ufeff')).has('name')).toBe(false);
  expect(formValues(entered(' می\u200cخواهم '), (text) => text).get('name')).toBe('می\u200cخواهم');
});

it.each([
  ['5', { set: 5 }, '/ams scale edge 5 live'],
  ['−2', { add: -2 }, '/ams scale edge -2 live'],
  ['– 2', { add: -2 }, '/ams scale edge -2 live'],
  ['+ 2', { add: 2 }, '/ams scale edge +2 live'],
])('the number of nodes %s is understood as phones write it', (amount, meant, text) => {
  const values = new Map([
    ['cluster', 'live'],
    ['group', 'edge'],
    ['amount', amount],
  ]);

  expect(readScaleForm(values)).toEqual({
    wanted: { cluster: 'live', wish: { kind: 'scale', role: 'edge', amount: meant, withLimits: false } },
    text,
  });
});

it.each(['1 0', '1e3', '٣', '０', '+-2'])('the number of nodes %s is none', (amount) => {
  const values = new Map([
    ['cluster', 'live'],
    ['amount', amount],
  ]);

  expect(readScaleForm(values)).toMatchObject({
    errors: { amount: expect.stringContaining('is not a number of nodes') },
  });
});

it('an unknown certificate is told at its field, whatever it is called', () => {
  const values = new Map([
    ['name', 'live'],
    ['certificate-cas', 'domain-of-live'],
  ]);

  expect(readCreateForm(values, settings)).toEqual({
    errors: { 'certificate-cas': expect.stringContaining('There is no certificate "domain-of-live"') },
  });
});
