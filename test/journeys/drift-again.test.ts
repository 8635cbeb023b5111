import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createCloud } from '../../src/cloud/cloud.ts';
import { holdingsOf } from '../support/holdings.ts';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What is told of a cluster that drifts, is set right by hand, and drifts anew. */
let town: Town;
let first: Message;
let second: Message;

const DRIFTED = 'live differs from what it should be';
const WELL = 'live is again as it should be.';

beforeAll(async () => {
  town = await openTown({ ...QUICK, idle: true, settings: { drift: { every: '2m' } } });
  await Promise.all([town.start('bot'), town.start('worker')]);
  await town.run(`create-cluster live --edge 1 --edge-min 1 ${OUTSIDE}`);
});

afterAll(() => town?.close());

function colleague() {
  return createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  }).in('eu-central-1').ess;
}

const originGroup = () => holdingsOf(town.world, 'live').scalingGroup('origin').id;

const isDrifted = (message: Message): boolean => message.text.startsWith(DRIFTED);

function told(): readonly ('well' | 'drifted')[] {
  return town.world.slack
    .messages(town.channel)
    .filter((one) => isDrifted(one) || one.text === WELL)
    .map((one) => (one.text === WELL ? 'well' : 'drifted'));
}

function plans(): number {
  return town.world.slack.messages(town.channel).filter((one) => offers(one, 'Approve')).length;
}

/** Waits until the cluster was compared so many times more, by a read that nothing else makes. */
async function looksMore(count: number): Promise<void> {
  const looks = (): number =>
    town.world.alibaba.cloud.requests.filter(({ action }) => action === 'ListUserCertificateOrder').length;
  const before = looks();
  await vi.waitFor(() => expect(looks()).toBeGreaterThanOrEqual(before + count), 40_000);
}

it('what was set right by hand is told again when it drifts anew, once, though bot and worker were away', async () => {
  await colleague().disableGroup(originGroup());
  first = await town.next(isDrifted);
  await colleague().enableGroup(originGroup());
  await town.next((message) => message.text === WELL);
  await Promise.all(town.products.splice(0).map((product) => product.stop()));
  await colleague().disableGroup(originGroup());

  await Promise.all([town.start('bot'), town.start('worker')]);
  second = await town.next(isDrifted);
  await looksMore(3);

  expect(offers(second, 'Repair')).toBe(true);
  expect(told()).toEqual(['drifted', 'well', 'drifted']);
});

it('two who press Repair at once, one on an old message, get one plan', async () => {
  await Promise.all([town.dana.click(first, 'Repair'), town.kim.click(second, 'Repair')]);
  const plan = await town.next((message) => offers(message, 'Approve'));
  const done = await town.approve(plan);

  expect(done.text).toBe('Done: repair cluster live.');
  await town.next((message) => message.text === WELL);
  await looksMore(2);
  expect(plans()).toBe(0);
  expect(told()).toEqual(['drifted', 'well', 'drifted', 'well']);
  const said = [town.whispered(town.dana.id), town.whispered(town.kim.id)].join(' ');
  expect(said, 'the slower of the two').toMatch(/is busy with operation/);
});

it('what drifts while the plan of another change waits for its approval is told, too', async () => {
  const plan = await town.plan('scale edge 2 live');
  await colleague().disableGroup(originGroup());

  const drifted = await town.next(isDrifted);

  expect(offers(drifted, 'Repair')).toBe(true);
  expect(plans()).toBe(1);
  await town.dana.click(plan, 'Withdraw');
  await town.until(plan, /cancelled/);
});
