import { describe, expect, it } from 'vitest';
import { readCreateForm } from '../../src/bot/actions/read-create-form.ts';
import { createForm } from '../../src/bot/views/create-form.ts';
import { Settings } from '../../src/cluster/settings.ts';
import { operation, settings } from './samples.ts';

it.each([
  [{ image: { id: 'm-abc123' } }, 'Empty: m-abc123'],
  [{}, 'Empty: the newest Ant Media Enterprise image of the Marketplace'],
])('the form of create says which image an empty field means: %j', (settings, text) => {
  const { requester } = operation('draft');

  const { blocks } = createForm({ settings: Settings.parse(settings), name: 'live', requester });

  expect(blocks.find((block) => block.block_id === 'image')).toMatchObject({ hint: { text } });
});

describe('the form of create-cluster', () => {
  /** A field as Slack gets it. */
  function shown(given: Settings, name: string): unknown {
    const requester = { user: 'U1', channel: 'C1', text: '' };
    const { blocks } = createForm({ settings: given, name: undefined, requester });
    return blocks.find(({ block_id: id }) => id === name);
  }

  it('begins with one node at least', () => {
    const lean = Settings.parse({ edge: { min: 0 } });

    expect(shown(lean, 'edge')).toMatchObject({ element: { min_value: '1', initial_value: '2' } });
    expect(shown(lean, 'edge-min')).toMatchObject({ element: { min_value: '0', initial_value: '0' } });
  });

  it('is filled with the domain of ams.yaml, unless that hangs on the name', () => {
    const fixed = Settings.parse({ domain: 'live.example.com' });

    expect(shown(fixed, 'domain')).toMatchObject({ element: { initial_value: 'live.example.com' } });
    expect(shown(settings, 'domain')).not.toHaveProperty('element.initial_value');
  });

  it('needs no certificate where the usual one is in CAS, and says which that is', () => {
    const inCas = Settings.parse({ domain: '{cluster}.example.com', certificate: '12345' });
    const both = { ...settings, certificate: '12345' };

    expect(shown(Settings.parse({}), 'certificate-cas')).not.toHaveProperty('optional');
    expect(shown(inCas, 'certificate-cas')).toMatchObject({
      optional: true,
      hint: { text: 'Its number in the certificate console; empty: 12345' },
    });
    expect(shown(both, 'certificate-cas')).toMatchObject({
      optional: true,
      hint: { text: expect.stringContaining('; empty: the one chosen above, else 12345') },
    });
    expect(readCreateForm(new Map([['name', 'live']]), inCas)).toEqual({
      wanted: { cluster: 'live', wish: { kind: 'create', options: {} } },
    });
  });

  it('tells each mistake at its field', () => {
    const read = readCreateForm(
      new Map([
        ['name', 'Live!'],
        ['region', 'Frankfurt'],
        ['edge-type', 'large'],
      ]),
      settings,
    );

    expect(read).toMatchObject({
      errors: {
        name: expect.stringContaining('Live!'),
        region: expect.any(String),
        'edge-type': expect.any(String),
      },
    });
  });

  it('tells numbers that contradict each other at the one to change', () => {
    const read = readCreateForm(
      new Map([
        ['name', 'live'],
        ['edge-min', '5'],
        ['edge-max', '10'],
        ['edge', '2'],
      ]),
      settings,
    );

    expect(read).toEqual({ errors: { edge: expect.stringContaining('below its min') } });
  });

  it('takes what ams.yaml prefers, left as the form showed it, for no wish', () => {
    const preferring = { ...settings, zones: ['eu-central-1a'] };
    const fields = {
      name: 'live',
      zones: 'eu-central-1a',
      region: 'eu-west-1',
      'edge-type': 'ecs.c7.xlarge',
    };
    const optionsOf = (change: object) => {
      const read = readCreateForm(new Map(Object.entries({ ...fields, ...change })), preferring);
      return 'errors' in read ? read.errors : read.wanted.wish;
    };

    expect(optionsOf({})).toEqual({ kind: 'create', options: { region: 'eu-west-1' } });
    expect(optionsOf({ zones: 'eu-west-1a, eu-west-1b', 'edge-type': 'ecs.c8i.xlarge' })).toEqual({
      kind: 'create',
      options: { region: 'eu-west-1', zones: ['eu-west-1a', 'eu-west-1b'], edge: { type: 'ecs.c8i.xlarge' } },
    });
  });

  it.each([[['certificate', 'certificate-cas']], [['certificate-cas', 'certificate']]])(
    'prefers a certificate of CAS over the chosen one, in the order %j',
    (fields) => {
      const values = new Map([
        ['certificate', 'default'],
        ['certificate-cas', '778899'],
      ]);
      const read = readCreateForm(
        new Map([['name', 'live'], ...fields.map((field) => [field, values.get(field) ?? ''] as const)]),
        settings,
      );

      expect(read).toMatchObject({
        wanted: { cluster: 'live', wish: { options: { certificate: '778899' } } },
      });
    },
  );
});
