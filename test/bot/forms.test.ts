import { describe, expect, it } from 'vitest';
import { answerWindow, refusal } from '../../src/bot/views/answers.ts';
import { createForm } from '../../src/bot/views/create-form.ts';
import { destroyForm } from '../../src/bot/views/destroy-form.ts';
import { passwordForm } from '../../src/bot/views/password.ts';
import { planForm } from '../../src/bot/views/plan-form.ts';
import { rejectForm } from '../../src/bot/views/reject-form.ts';
import { scaleForm } from '../../src/bot/views/scale-form.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { refuseView } from '../../sandbox/slack/block-kit/validate.ts';
import { EVIL, operation } from './samples.ts';

describe('forms', () => {
  const requester = operation('draft').requester;
  const many = Array.from({ length: 150 }, (_, at) => `live-${at}`);
  it.each([
    ['create, nothing configured', createForm({ settings: Settings.parse({}), name: undefined, requester })],
    [
      'create',
      createForm({
        settings: Settings.parse({
          domain: '{cluster}.example.com',
          zones: ['eu-central-1a', 'eu-central-1b'],
          certificates: { default: { chain: 'env:A', key: 'env:B' } },
        }),
        name: 'live',
        requester,
      }),
    ],
    [
      'create, zones of many regions and an image with a long name',
      createForm({
        settings: Settings.parse({
          zones: Array.from(
            { length: 40 },
            (_, at) => `ap-southeast-1${String.fromCodePoint(97 + (at % 26))}`,
          ),
          image: { id: 'm-'.padEnd(200, 'x') },
        }),
        name: undefined,
        requester,
      }),
    ],
    [
      'create, more zones than fit into a field',
      createForm({
        settings: Settings.parse({ zones: Array.from({ length: 300 }, () => 'ap-southeast-1a') }),
        name: undefined,
        requester,
      }),
    ],
    [
      'create, from the home',
      createForm({
        settings: Settings.parse({}),
        name: undefined,
        requester,
        place: { initial: 'C0OPS00001' },
      }),
    ],
    ['scale', scaleForm({ clusters: many, cluster: 'live', requester, place: undefined })],
    ['an answer', answerWindow(refusal(EVIL, 'Ask <@U0BOB00001>.'))],
    ['reject', rejectForm({ id: 'op-1', digest: 'a'.repeat(64) }, 'C1')],
    ['destroy', destroyForm('live', { ...requester, text: '"'.repeat(500) })],
    ['plan', planForm(operation('running'))],
    ['password', passwordForm({ state: 'shown', email: 'a@b', password: 'p<&>' })],
  ])('%s is one that Slack opens', (_name, view) => {
    expect(refuseView(view, ['modal'])).toEqual([]);
  });
});
