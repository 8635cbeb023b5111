import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ALICE, BOB, CAROL, DIGEST, openBotBench } from '../support/bot-bench.ts';
import type { BotBench } from '../support/bot-bench.ts';

let bench: BotBench;

beforeAll(async () => {
  bench = await openBotBench();
});

afterAll(() => bench.close());

/** What this person alone saw in the channel since `from`. */
function whispers(user: string, from: number): string[] {
  return bench.slack.calls
    .slice(from)
    .filter((call) => call.method === 'chat.postEphemeral' && call.body['user'] === user)
    .map((call) => call.body['text'] ?? '');
}

it('counts an approval once, tells others why theirs does not count, and refuses an outdated plan', async () => {
  const { id } = await bench.waiting('five');
  const from = bench.slack.calls.length;

  await bench.click('U0EVE00001', 'ams_approve', `${id} ${DIGEST}`);
  await bench.expectTold('U0EVE00001', 'You are not an approver', from);
  await bench.click(BOB, 'ams_approve', `${id} ${'e'.repeat(64)}`);
  await bench.expectTold(BOB, 'has changed', from);
  await Promise.all([
    bench.click(BOB, 'ams_approve', `${id} ${DIGEST}`),
    bench.click(CAROL, 'ams_approve', `${id} ${DIGEST}`),
  ]);

  await vi.waitFor(async () => expect((await bench.store.read(id))?.state).toBe('approved'), {
    timeout: 4_000,
  });
  await vi.waitFor(
    () =>
      expect(bench.told(BOB, from) + bench.told(CAROL, from)).toMatch(
        /You approved[\s\S]*already|already[\s\S]*You approved/,
      ),
    { timeout: 4_000 },
  );
  expect((await bench.store.read(id))?.decisions).toHaveLength(1);
});

it('asks for the reason of a rejection and keeps it', async () => {
  const { id } = await bench.waiting('seven');
  const from = bench.slack.calls.length;
  await bench.click(BOB, 'ams_reject', `${id} ${DIGEST}`);
  await vi.waitFor(
    () => expect(bench.slack.calls.slice(from).map((call) => call.method)).toContain('views.open'),
    { timeout: 4_000 },
  );
  const view = JSON.parse(
    bench.slack.calls.slice(from).find((call) => call.method === 'views.open')?.body['view'] ?? '{}',
  ) as Record<string, unknown>;

  await bench.payload(BOB, {
    type: 'view_submission',
    view: {
      ...view,
      id: 'V7',
      state: { values: { reason: { value: { type: 'plain_text_input', value: 'too large' } } } },
    },
  });

  await vi.waitFor(
    async () =>
      expect(await bench.store.read(id)).toMatchObject({
        state: 'rejected',
        decisions: [{ user: BOB, reason: 'too large' }],
      }),
    { timeout: 4_000 },
  );
});

it('counts a rejection once, and says so once, however often its form is delivered', async () => {
  const { id } = await bench.waiting('twice');
  const from = bench.slack.calls.length;
  const form = {
    type: 'view_submission',
    view: {
      id: 'V8',
      type: 'modal',
      callback_id: 'ams_form_reject',
      private_metadata: JSON.stringify({ id, channel: 'C0OPS00001' }),
      state: { values: { reason: { value: { type: 'plain_text_input', value: 'too large' } } } },
    },
  };

  await Promise.all([bench.payload(BOB, form), bench.payload(BOB, form)]);
  await bench.payload(BOB, form);

  await vi.waitFor(() => expect(whispers(BOB, from)).toHaveLength(1), { timeout: 4_000 });
  // What comes later was told later.
  await bench.command(BOB, `reject ${id} again`);
  await bench.expectTold(BOB, 'was rejected by', from);
  expect(whispers(BOB, from)).toEqual([`You rejected ${id}. Nothing was touched.`]);
});

it('asks nobody for a reason whose rejection would not count', async () => {
  const { id } = await bench.waiting('no-reason');
  const from = bench.slack.calls.length;

  await bench.click('U0EVE00001', 'ams_reject', `${id} ${DIGEST}`);
  await bench.expectTold('U0EVE00001', 'You are not an approver, so your rejection', from);
  await bench.click(BOB, 'ams_reject', `${id} ${'e'.repeat(64)}`);
  await bench.expectTold(BOB, 'has changed since the message you pressed', from);
  await bench.command(BOB, 'reject op-zzzzzzzz');
  await bench.expectTold(BOB, 'There is no operation op-zzzzzzzz', from);
  await bench.command(BOB, `approve ${id}`);
  await bench.expectTold(BOB, 'You approved', from);
  await bench.click(CAROL, 'ams_reject', `${id} ${DIGEST}`);
  await bench.expectTold(CAROL, `has been approved by <@${BOB}> already`, from);

  expect(bench.slack.calls.slice(from).map((call) => call.method)).not.toContain('views.open');
});

it('asks for the reason all the same where Slack does not say soon who is in a group', async () => {
  const { id } = await bench.waiting('slow-group');
  let answer = (): void => undefined;
  const held = new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
  bench.slack.failWith(({ method }) => (method === 'usergroups.users.list' ? held : undefined));
  const from = bench.slack.calls.length;

  await bench.click('U0EVE00001', 'ams_reject', `${id} ${DIGEST}`);

  await vi.waitFor(
    () => expect(bench.slack.calls.slice(from).map((call) => call.method)).toContain('views.open'),
    { timeout: 6_000 },
  );
  answer();
  bench.slack.failWith(() => undefined);
}, 15_000);

it.each([
  ['that it does not know', 'ams_form_of_tomorrow', '{}'],
  ['of its own that carries nothing', 'ams_form_reject', ''],
  ['of its own that carries something else', 'ams_form_create', '{"asker":"U0ALICE001"}'],
])('answers a form %s in its window', async (_what, callbackId, carried) => {
  const view = {
    id: 'V9',
    type: 'modal',
    callback_id: callbackId,
    private_metadata: carried,
    state: { values: { reason: { value: { type: 'plain_text_input', value: 'too large' } } } },
  };

  const { status, text } = await bench.payload(BOB, { type: 'view_submission', view });

  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ response_action: 'update', view: { type: 'modal' } });
  expect(text).toContain('of another version of me');
});

it('tells by another way what a click came to when Slack does not take the answer', async () => {
  const { id } = await bench.waiting('unheard');
  const from = bench.slack.calls.length;
  bench.slack.failWith(({ method }) =>
    method.startsWith('respond.') ? { status: 404, body: 'expired_url' } : undefined,
  );

  await bench.click(BOB, 'ams_approve', `${id} ${DIGEST}`);

  await vi.waitFor(
    () => expect(whispers(BOB, from)).toEqual([expect.stringContaining(`You approved ${id}`)]),
    { timeout: 4_000 },
  );
  bench.slack.failWith(() => undefined);
  expect(JSON.stringify(bench.slack.calls.slice(from))).not.toContain('Nothing was started');
});

it('acknowledges a button of another version of it, and says what to do', async () => {
  const from = bench.slack.calls.length;

  const { status } = await bench.click(ALICE, 'ams_of_tomorrow', 'op-1');

  expect(status).toBe(200);
  await bench.expectTold(ALICE, 'That button is of another version of me', from);
});

it('lets only the requester and approvers cancel', async () => {
  const { id } = await bench.waiting('eight');
  const from = bench.slack.calls.length;
  await bench.command('U0EVE00001', `cancel ${id}`);
  await bench.expectTold('U0EVE00001', 'is not yours', from);

  await bench.command(ALICE, `cancel ${id}`);

  await vi.waitFor(async () => expect((await bench.store.read(id))?.state).toBe('cancelled'), {
    timeout: 4_000,
  });
});

it('says of a removal that is stopped how it goes on, and promises no way back', async () => {
  const { id } = await bench.waiting('going');
  await bench.store.update(id, undefined, (one) => ({
    ...one,
    wish: { kind: 'destroy' },
    state: 'running',
    startedAt: Date.now(),
  }));
  const from = bench.slack.calls.length;

  await bench.command(ALICE, `cancel ${id}`);

  await bench.expectTold(ALICE, `\`/ams retry ${id}\` carries it on.`, from);
  expect(bench.told(ALICE, from)).not.toContain('rollback');
});

it('shows the first password to the requester alone, once, in a window and never in a message', async () => {
  const { id } = await bench.waiting('nine');
  await bench.secrets.put('nine', 'admin', 'S3cret-Pass');
  await bench.store.update(id, undefined, (one) => ({
    ...one,
    state: 'succeeded',
    outcome: { adminSecret: 'admin', adminEmail: 'a@b.c', notes: [] },
  }));
  const from = bench.slack.calls.length;

  await bench.click(BOB, 'ams_reveal_admin', id);
  await bench.expectTold(BOB, 'may see this password', from);
  await bench.click(ALICE, 'ams_reveal_admin', id);
  await vi.waitFor(
    () =>
      expect(
        bench.slack.calls.slice(from).filter((call) => call.body['view']?.includes('S3cret-Pass') === true),
      ).toHaveLength(1),
    { timeout: 4_000 },
  );
  await bench.click(ALICE, 'ams_reveal_admin', id);

  await vi.waitFor(
    () =>
      expect(
        bench.slack.calls.slice(from).some((call) => call.body['view']?.includes('shown already') === true),
      ).toBe(true),
    { timeout: 4_000 },
  );
  expect(JSON.stringify(bench.slack.messages)).not.toContain('S3cret-Pass');
  expect(
    bench.slack.calls.filter((call) => call.body['view']?.includes('S3cret-Pass') === true),
  ).toHaveLength(1);
});
