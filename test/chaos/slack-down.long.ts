import { expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import { CREATE, ENDED, expectOneMessage, expectOneOfEach, expectRightEnd } from './right-end.ts';
import { recordOf } from './suite/record.ts';

it('Slack away from the approval to the end delays the news and nothing else', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  const worker = await town.start('worker');
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  // Who may approve is asked of Slack: from here on nothing is.
  await expect
    .poll(async () => (await recordOf(town, plan)).audit.map((entry) => entry.event), { interval: 5 })
    .toContain('approved');
  town.world.slack.faults.down();

  await expect
    .poll(() => worker.output.some((line) => line.includes('operation succeeded')), { timeout: 120_000 })
    .toBe(true);
  expectOneOfEach(town);
  expect((await recordOf(town, plan)).view.operation.state).toBe('succeeded');
  expect(
    town.world.slack.messages(town.channel).find((one) => one.ts === plan.ts)?.text,
    'nobody was told while Slack was away',
  ).not.toMatch(/^Done/);

  town.world.slack.faults.up();
  await expectRightEnd(town, await town.until(plan, ENDED));
  await town.close();
}, 240_000);

it('posts and changes of messages whose answers are lost are not seen twice', async () => {
  const town = await openTown();
  const { faults } = town.world.slack;
  faults.set('chat.postMessage', { kind: 'cut', when: 'after' }, 2);
  faults.set('chat.update', { kind: 'cut', when: 'after' }, 2);
  faults.set('chat.update', { kind: 'ratelimited', retryAfterSeconds: 1 }, 1);

  const plan = await town.plan(CREATE);
  await expectOneMessage(town, plan);
  const end = await town.approve(plan);

  await expectRightEnd(town, end);
  const replies = town.world.slack
    .thread(town.channel, end.ts)
    .slice(1)
    .map((one) => one.text);
  expect(replies.toSorted()).toEqual([...new Set(replies)].toSorted());
  await town.close();
}, 240_000);

it('a bot killed right after it posted finds its message again and posts no second one', async () => {
  const town = await openTown({ idle: true });
  const bot = await town.start('bot');
  await town.start('worker');
  town.world.slack.faults.set('chat.postMessage', { kind: 'cut', when: 'after' }, 1);

  await town.dana.command(CREATE, { channel: town.channel });
  await expect.poll(() => town.world.slack.messages(town.channel).length, { interval: 2 }).toBe(1);
  await bot.kill();
  await town.start('bot');
  const plan = await town.next((message) => JSON.stringify(message.blocks).includes('"Approve"'));

  await expectRightEnd(town, await town.approve(plan));
  await town.close();
}, 240_000);
