import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ALICE, BOB, openBotBench } from '../support/bot-bench.ts';
import type { BotBench } from '../support/bot-bench.ts';

/** Slack waits no longer for an acknowledgement. */
const SLACK_WAITS_MS = 3_000;

let bench: BotBench;

beforeAll(async () => {
  bench = await openBotBench();
});

afterAll(() => bench.close());

it('acknowledges at once and suggests the nearest command in private', async () => {
  const from = bench.slack.calls.length;
  const { status, ms } = await bench.command(ALICE, 'crate-cluster live');

  expect(status).toBe(200);
  expect(ms).toBeLessThan(SLACK_WAITS_MS);
  await bench.expectTold(ALICE, '/ams create-cluster', from);
  expect(
    bench.slack.calls.slice(from).find((call) => call.method.startsWith('respond'))?.body['response_type'],
  ).toBe('ephemeral');
});

it('offers those that may be meant when a command does not say of what', async () => {
  const { id } = await bench.waiting('meant');
  await bench.store.clusters.remember({ cluster: 'paris', regionId: 'eu-central-1' });
  await bench.store.clusters.remember({ cluster: 'tokyo', regionId: 'ap-northeast-1' });
  const from = bench.slack.calls.length;

  for (const text of [
    'approve',
    'reject',
    'cancel',
    'retry',
    'scale',
    'destroy-cluster',
    'plan destroy-cluster',
  ])
    await bench.command(ALICE, text);

  for (const offer of [
    `/ams approve ${id}`,
    `/ams reject ${id}`,
    `/ams cancel ${id}`,
    'There is none to retry now',
    '/ams scale edge +1 paris',
    '/ams scale origin +1 tokyo',
    '/ams destroy-cluster paris /ams destroy-cluster tokyo',
    '/ams plan destroy-cluster tokyo',
  ])
    await bench.expectTold(ALICE, offer, from);
  await bench.redis.hdel(bench.keys.clusters(), 'paris', 'tokyo');
});

it('takes a command once, however often it is delivered, and tells who typed it that planning goes on', async () => {
  await Promise.all([
    bench.command(ALICE, 'create-cluster one --edge 3', 't-1'),
    bench.command(ALICE, 'create-cluster one --edge 3', 't-1'),
  ]);

  const told = () =>
    bench.slack.calls.filter(
      (call) =>
        call.method === 'chat.postEphemeral' && JSON.stringify(call.body).includes('create cluster one'),
    );
  await vi.waitFor(() => expect(told().map((call) => call.body['user'])).toEqual([ALICE]), {
    timeout: 4_000,
  });
  const found = await bench.desk.operations({ cluster: 'one', limit: 10 });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    wish: { kind: 'create', options: { edge: { desired: 3 } } },
    policy: { approvers: [BOB, 'S0ADMINS01'] },
  });
});

it('reads an address that Slack has made a link of as it was typed, and keeps it so', async () => {
  await bench.command(ALICE, 'create-cluster linked --domain <http://a.example.com|a.example.com>');

  await vi.waitFor(
    async () =>
      expect(await bench.desk.operations({ cluster: 'linked', limit: 1 })).toMatchObject([
        {
          wish: { kind: 'create', options: { domain: 'a.example.com' } },
          requester: { text: '/ams create-cluster linked --domain a.example.com' },
        },
      ]),
    { timeout: 4_000 },
  );
});

it('says how long to wait when Slack opens no more forms', async () => {
  bench.slack.failWith(({ method }) =>
    method === 'views.open'
      ? { status: 429, headers: { 'retry-after': '7' }, body: { ok: false, error: 'ratelimited' } }
      : undefined,
  );
  const from = bench.slack.calls.length;

  await bench.command(ALICE, 'create-cluster');

  await vi.waitFor(
    () => expect(JSON.stringify(bench.slack.calls.slice(from))).toContain('Try again in 7 seconds.'),
    { timeout: 4_000 },
  );
  bench.slack.failWith(() => undefined);
});

it.each([
  [200, 'a_word_of_tomorrow', 'Slack did not do what I asked of it (a_word_of_tomorrow);'],
  [503, 'none', 'Slack did not do what I asked of it; nothing was started.'],
  [200, 'expired_trigger_id', 'Slack gave me too little time to open the form.'],
])('says that it is Slack that opens no form: %i %s', async (status, error, words) => {
  bench.slack.failWith(({ method }) =>
    method === 'views.open' ? { status, body: { ok: false, error } } : undefined,
  );
  const from = bench.slack.calls.length;

  await bench.command(ALICE, 'create-cluster');

  await bench.expectTold(ALICE, words, from);
  bench.slack.failWith(() => undefined);
});

it('plans without asking anybody', async () => {
  await bench.command(ALICE, 'plan scale edge +2 two');

  await vi.waitFor(
    async () =>
      expect(await bench.desk.operations({ cluster: 'two', limit: 1 })).toMatchObject([
        { planOnly: true, wish: { kind: 'scale', role: 'edge', amount: { add: 2 } } },
      ]),
    { timeout: 4_000 },
  );
});

it('opens a form, shows mistakes at their field and takes it when they are mended', async () => {
  const from = bench.slack.calls.length;
  await bench.command(ALICE, 'create-cluster three');
  await vi.waitFor(
    () => expect(bench.slack.calls.slice(from).map((call) => call.method)).toContain('views.open'),
    { timeout: 4_000 },
  );
  const view = JSON.parse(
    bench.slack.calls.slice(from).find((call) => call.method === 'views.open')?.body['view'] ?? '{}',
  ) as Record<string, unknown>;
  const submit = (name: string) =>
    bench.payload(ALICE, {
      type: 'view_submission',
      view: {
        ...view,
        id: 'V3',
        state: {
          values: {
            name: { value: { type: 'plain_text_input', value: name } },
            region: { value: { type: 'plain_text_input', value: 'eu-central-1' } },
          },
        },
      },
    });

  const wrong = await submit('Three!');
  expect(JSON.parse(wrong.text)).toMatchObject({
    response_action: 'errors',
    errors: { name: expect.stringContaining('Three!') },
  });
  const right = await submit('three');

  expect(right.text).toBe('');
  await vi.waitFor(
    async () => expect(await bench.desk.operations({ cluster: 'three', limit: 1 })).toHaveLength(1),
    { timeout: 4_000 },
  );
});

it('removes a cluster only when its name is typed again', async () => {
  const from = bench.slack.calls.length;
  await bench.command(ALICE, 'destroy-cluster four --confirm for');
  await bench.expectTold(ALICE, 'The names differ', from);
  await bench.command(ALICE, 'destroy-cluster four');
  await vi.waitFor(
    () => expect(bench.slack.calls.slice(from).map((call) => call.method)).toContain('views.open'),
    { timeout: 4_000 },
  );
  expect(await bench.desk.operations({ cluster: 'four', limit: 1 })).toHaveLength(0);

  await bench.command(ALICE, 'destroy-cluster four --confirm four');

  await vi.waitFor(
    async () =>
      expect(await bench.desk.operations({ cluster: 'four', limit: 1 })).toMatchObject([
        { wish: { kind: 'destroy' } },
      ]),
    { timeout: 4_000 },
  );
});

it('answers lists and help in private', async () => {
  const from = bench.slack.calls.length;
  await Promise.all(['ops', 'history', 'help', 'scale -h'].map((text) => bench.command(ALICE, text)));

  await vi.waitFor(
    () =>
      expect(bench.slack.calls.slice(from).filter((call) => call.method === `respond.${ALICE}`)).toHaveLength(
        4,
      ),
    { timeout: 4_000 },
  );
  expect(bench.told(ALICE, from)).toContain('operations');
});
