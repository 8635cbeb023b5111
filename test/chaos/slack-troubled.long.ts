import { expect, it, onTestFinished } from 'vitest';
import { offers, openTown } from '../support/town.ts';
import { CREATE, ENDED, expectRightEnd, writesReach } from './right-end.ts';
import { recordOf } from './suite/record.ts';

it('errors, pages of a proxy, silence and at last rate limits, one after the other for the whole of an operation', async () => {
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  await town.start('bot');
  const worker = await town.start('worker');
  const { faults } = town.world.slack;
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await expect
    .poll(async () => (await recordOf(town, plan)).audit.map((entry) => entry.event), { interval: 5 })
    .toContain('approved');

  // Of a silent call nobody knows whether it was done: it is, long after the bot gave up on it.
  const ways = [
    { kind: 'error', status: 500 },
    { kind: 'html', status: 502 },
    { kind: 'html', status: 200 },
    { kind: 'slow', ms: 11_000 },
    { kind: 'refuse', code: 'internal_error' },
    { kind: 'ratelimited', retryAfterSeconds: 1 },
  ] as const;
  for (const [index, way] of ways.entries()) {
    const undo = faults.set('*', way);
    await writesReach(town, 4 + 4 * index);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    undo();
  }
  const undo = faults.set('*', { kind: 'ratelimited', retryAfterSeconds: 1 });
  await expect
    .poll(() => worker.output.some((line) => line.includes('operation succeeded')), { timeout: 120_000 })
    .toBe(true);
  undo();

  const end = await town.until(plan, ENDED);
  await expectRightEnd(town, end);
  const replies = () => town.world.slack.thread(town.channel, end.ts).slice(1);
  await expect
    .poll(() => replies().some((one) => /^Done|done/i.test(one.text)), { timeout: 60_000 })
    .toBe(true);
  const texts = replies().map((one) => one.text);
  expect(texts.toSorted()).toEqual([...new Set(texts)].toSorted());
}, 240_000);

it('a plan that somebody deleted while it asks is posted anew, and its buttons work', async () => {
  const town = await openTown();
  onTestFinished(() => town.close());
  const plan = await town.plan(CREATE);
  const { apiUrl } = town.world.slack;
  const deleted = await fetch(`${apiUrl}chat.delete`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.env['SLACK_BOT_TOKEN']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: town.channel, ts: plan.ts }),
  });
  expect(await deleted.json()).toMatchObject({ ok: true });

  const anew = await town.next((message) => offers(message, 'Approve'));

  await expectRightEnd(town, await town.approve(anew));
}, 120_000);
