import { Queue } from 'bullmq';
import { afterEach, expect, it } from 'vitest';
import { Keys } from '../../src/jobs/store/keys.ts';
import { STEPS, stepJobId } from '../../src/jobs/queues.ts';
import { openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { CREATE, ENDED, expectOneMessage, expectRightEnd, writes, writesReach } from './right-end.ts';
import { recordOf } from './suite/record.ts';

let town: Town;

afterEach(() => town.close());

async function eventsOf(message: Message): Promise<string[]> {
  return (await recordOf(town, message)).audit.map((entry) => entry.event);
}

it('the same command and the same click delivered twice count once', async () => {
  town = await openTown();
  const { slack } = town.world;
  slack.faults.duplicateDeliveries();
  const typed = await town.dana.command(CREATE, { channel: town.channel });
  await slack.redeliver(typed);
  const plan = await town.next((message) => JSON.stringify(message.blocks).includes('"Approve"'));
  await slack.redeliver(typed);

  slack.faults.duplicateDeliveries();
  const clicked = await town.alex.click(plan, 'Approve');
  await slack.redeliver(clicked);
  const again = await town.alex.click(plan, 'Approve');
  expect(again.acked).toBe(true);
  await expectRightEnd(town, await town.until(plan, ENDED));

  // One answer to each of the two clicks.
  const told = () => slack.ephemerals(town.alex.id, town.channel).length;
  await expect.poll(told).toBe(2);
  await slack.redeliver(clicked);
  await slack.redeliver(typed);
  // What comes again is not answered, what comes after it is.
  await town.kim.click(plan, 'Approve');
  await expect.poll(() => slack.ephemerals(town.kim.id, town.channel)).toHaveLength(1);
  expect(told()).toBe(2);
  await expectRightEnd(town, await town.until(plan, ENDED));
}, 150_000);

it('two who approve at the same moment start it once', async () => {
  town = await openTown();
  const plan = await town.plan(CREATE);

  await Promise.all([town.alex.click(plan, 'Approve'), town.kim.click(plan, 'Approve')]);
  const end = await town.until(plan, ENDED);

  expect(end.text).toBe('Done: create cluster live.');
  const events = await eventsOf(end);
  expect(events.filter((event) => event === 'approved')).toHaveLength(1);
  expect(events.filter((event) => event === 'started')).toHaveLength(1);
  await expectOneMessage(town, end);
  const told = [town.whispered(town.alex.id), town.whispered(town.kim.id)].join();
  expect(told).toContain('You approved op-');
  expect(told, 'the slower of the two').toContain('already');
}, 150_000);

it('of an approval and a rejection at the same moment one counts, and the other hears so', async () => {
  town = await openTown();
  for (let round = 0; round < 4; round += 1) {
    const plan = await town.plan(CREATE);
    const id = /op-[a-z0-9]+/.exec(JSON.stringify(plan.blocks))?.[0] ?? '';
    const before = writes(town).length;
    const approving = () => town.alex.click(plan, 'Approve');
    const rejecting = () => town.kim.command(`reject ${id} "not today"`, { channel: town.channel });

    await Promise.all(round % 2 === 0 ? [approving(), rejecting()] : [rejecting(), approving()]);
    const end = await town.until(plan, /^(Done|Failed|Cannot)|rejected/);

    const events = await eventsOf(end);
    const votes = events.filter((event) => event === 'approved' || event === 'rejected');
    expect(votes).toHaveLength(1);
    if (votes[0] === 'rejected') {
      expect(events).not.toContain('started');
      expect(writes(town)).toHaveLength(before);
      await expect.poll(() => town.whispered(town.alex.id)).toMatch(/rejected/);
      continue;
    }
    expect(end.text).toBe('Done: create cluster live.');
    await expect.poll(() => town.whispered(town.kim.id)).toMatch(/already|running|approved/);
    return;
  }
}, 200_000);

it('steps handed out twice, at the same time and once more when they are done, do their work once', async () => {
  town = await openTown({ idle: true });
  await town.start('bot');
  await town.start('worker');
  await town.start('worker');
  const plan = await town.plan(CREATE);
  const { view } = await recordOf(town, plan);
  const { operation } = view;
  const { hostname, port } = new URL(town.redis.url);
  const queue = new Queue(STEPS, {
    connection: { host: hostname, port: Number(port) },
    prefix: new Keys().prefix,
  });
  const every = (operation.plan?.steps ?? []).map((step) => ({
    operation: operation.id,
    step: step.id,
    run: 1,
  }));
  await town.alex.click(plan, 'Approve');

  for (const [round, count] of [2, 8, 16, 24].entries()) {
    await writesReach(town, count);
    const { steps } = (await recordOf(town, plan)).view;
    const begun = every.filter((job) => (steps[job.step]?.state ?? 'pending') !== 'pending');
    await queue.addBulk(begun.map((data) => ({ name: 'step', data, opts: { jobId: stepJobId(data) } })));
    await queue.addBulk(
      begun.map((data) => ({ name: 'step', data, opts: { jobId: `twice.${round}.${stepJobId(data)}` } })),
    );
  }
  const end = await town.until(plan, ENDED);
  const after = writes(town).length;
  await queue.addBulk(every.map((data) => ({ name: 'step', data, opts: { jobId: stepJobId(data) } })));
  await expect.poll(() => queue.getJobCountByTypes('waiting', 'prioritized', 'active', 'delayed')).toBe(0);
  await queue.close();

  await expectRightEnd(town, end);
  expect(writes(town)).toHaveLength(after);
}, 200_000);
