import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, DIGEST, openBotBench } from '../support/bot-bench.ts';
import type { BotBench } from '../support/bot-bench.ts';

let bench: BotBench;

beforeAll(async () => {
  bench = await openBotBench();
});

afterAll(() => bench.close());

it('lets approvers alone carry on what one of them has cancelled', async () => {
  const { id } = await bench.waiting('taken-back');
  await bench.store.update(id, undefined, (one) => ({ ...one, state: 'running', startedAt: Date.now() }));
  const from = bench.slack.calls.length;
  await bench.command(BOB, `cancel ${id}`);
  await bench.expectTold(BOB, 'is stopped', from);

  await bench.command(ALICE, `retry ${id}`);
  await bench.expectTold(ALICE, `was cancelled by <@${BOB}>`, from);
  expect((await bench.store.read(id))?.state).toBe('cancelled');
  await bench.command(BOB, `retry ${id}`);

  await bench.expectTold(BOB, 'is carried on', from);
  expect((await bench.store.read(id))?.state).toBe('running');
});

it('lets nobody carry on their own request where another approver has cancelled it', async () => {
  const { id, policy } = await bench.waiting('own-request');
  const requester = { user: BOB, channel: 'C0OPS00001', text: 'typed' };
  const begun = { requester, state: 'running', startedAt: Date.now() } as const;
  await bench.store.update(id, undefined, (one) => ({ ...one, ...begun }));
  const from = bench.slack.calls.length;
  await bench.command(CAROL, `cancel ${id}`);
  await bench.expectTold(CAROL, 'is stopped', from);

  await bench.command(BOB, `retry ${id}`);
  await bench.expectTold(BOB, `was cancelled by <@${CAROL}>`, from);
  expect(bench.told(BOB, from)).toContain('Ask another approver');
  expect((await bench.store.read(id))?.state).toBe('cancelled');

  await bench.store.update(id, undefined, (one) => ({ ...one, policy: { ...policy, selfApproval: true } }));
  await bench.command(BOB, `retry ${id}`);
  await bench.expectTold(BOB, 'is carried on', from);
});

it.each([
  ['ams_roll_back', 'rollback'],
  ['ams_repair', 'repair'],
])(
  'plans in the channel what %s asks for on a message that went to one person alone',
  async (action, kind) => {
    const cluster = `alone-${kind}`;
    const { id } = await bench.waiting(cluster);
    const value = kind === 'repair' ? cluster : id;
    await bench.store.update(id, undefined, (one) => ({ ...one, state: 'failed', startedAt: Date.now() }));
    const from = bench.slack.calls.length;

    await bench.payload(ALICE, {
      type: 'block_actions',
      channel: { id: 'D0ALICE001' },
      actions: [{ type: 'button', action_id: action, block_id: 'b', value }],
    });

    await bench.expectTold(ALICE, 'is being planned', from);
    const [newest] = await bench.desk.operations({ cluster, limit: 1 });
    expect(newest).toMatchObject({ wish: { kind }, requester: { channel: 'C0OPS00001' } });
  },
);

it('asks for nothing on behalf of people of another workspace, who see its buttons in a shared channel', async () => {
  const eve = 'U0EVE00001';
  const { id } = await bench.waiting('shared');
  await bench.store.update(id, undefined, (one) => ({ ...one, state: 'failed', startedAt: Date.now() }));
  const press = (user: string, action: string, value: string) =>
    bench.payload(user, {
      type: 'block_actions',
      user: { id: user, team_id: 'T2' },
      actions: [{ type: 'button', action_id: action, block_id: 'b', value }],
    });
  const from = bench.slack.calls.length;

  await press(eve, 'ams_repair', 'shared');
  await bench.expectTold(eve, 'I am of another workspace', from);
  const again = bench.slack.calls.length;
  await press(eve, 'ams_roll_back', id);
  await bench.expectTold(eve, 'I am of another workspace', again);
  expect(await bench.desk.operations({ cluster: 'shared', limit: 5 })).toHaveLength(1);

  // One whom the settings name is meant.
  await press(BOB, 'ams_repair', 'shared');
  await bench.expectTold(BOB, 'is being planned', from);
});

it.each([
  ['ended long ago', 91, 'ended more than 90 days ago', 0],
  ['is not known although it is new', 1, 'There is no operation', 1],
])('answers a button of an operation that %s in words', async (_name, days, words, changes) => {
  const from = bench.slack.calls.length;
  const ts = `${Math.floor(Date.now() / 1_000) - days * 86_400}.000100`;

  for (const action of ['ams_retry', 'ams_cancel', 'ams_roll_back', 'ams_approve']) {
    const asked = bench.slack.calls.length;
    await bench.payload(BOB, {
      type: 'block_actions',
      message: { ts },
      actions: [
        {
          type: 'button',
          action_id: action,
          block_id: 'b',
          value: action === 'ams_approve' ? `op-gone ${DIGEST}` : 'op-gone',
        },
      ],
    });
    await bench.expectTold(BOB, words, asked);
  }

  const shown = bench.slack.calls
    .slice(from)
    .filter((call) => call.method === 'chat.update' && call.body['ts'] === ts);
  expect(shown).toHaveLength(4 * changes);
  for (const call of shown) expect(call.body['text']).toBe('Lost: op-gone.');
});
