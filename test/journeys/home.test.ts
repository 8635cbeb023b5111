import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

type Person = Town['dana'];

const SOON = { timeout: 30_000, interval: 100 };
let town: Town;

beforeAll(async () => {
  town = await openTown();
});

afterAll(() => town.close());

function homeOf(person: Person): string {
  return JSON.stringify(person.home() ?? '');
}

async function untilHome(person: Person, words: string | RegExp): Promise<void> {
  await vi.waitFor(() => expect(homeOf(person)).toMatch(words), SOON);
}

/** Presses a button of the home as it is now. */
async function press(person: Person, action: string, value?: string): Promise<void> {
  const home = person.home();
  if (!home) throw new Error('there is no home yet');
  await person.click(home, action, value === undefined ? {} : { value });
}

async function window(person: Person, title: string) {
  await vi.waitFor(() => expect(JSON.stringify(person.openView()?.['title'])).toContain(title), SOON);
  const view = person.openView();
  if (!view) throw new Error(`${title} is not open`);
  return view;
}

/** On a machine with much to do the bot may say that its queue is slow: then a person presses again. */
async function approveInHome(person: Person): Promise<void> {
  const { slack } = town.world;
  const told = () => [person.openView(), ...slack.dms(person.id)].map((one) => JSON.stringify(one)).join();
  await vi.waitFor(
    async () => {
      if (homeOf(person).includes('ams_approve')) await press(person, 'ams_approve');
      await vi.waitFor(() => expect(told()).toContain('You approved'), { timeout: 10_000, interval: 50 });
    },
    { timeout: 60_000 },
  );
}

/** The tests tell one story, in this order, in one town. */
it('asks for a cluster in the home, and has it approved in the home of another', async () => {
  const { dana, alex, channel } = town;
  await Promise.all([dana.openHome(), alex.openHome()]);
  await untilHome(dana, 'No clusters yet');

  await press(dana, 'ams_open_create');
  const form = await window(dana, 'Create a cluster');
  await dana.submit(form, { name: 'live', channel, 'edge-min': '1', edge: '1' });
  const plan = await town.next((message) => JSON.stringify(message.blocks ?? []).includes('"Approve"'));

  expect(plan.channel).toBe(channel);
  await untilHome(alex, 'ams_approve');
  await untilHome(dana, 'Withdraw');
  expect(homeOf(dana)).not.toContain('ams_approve');
  await approveInHome(alex);
  await untilHome(dana, /\d+ of \d+ steps done/);
  await town.until(plan, /^Done/);
});

it('shows how the cluster is, read live after the operation ended', async () => {
  const { dana, alex } = town;

  await untilHome(dana, /:large_green_circle: \*live\* working/);
  expect(homeOf(dana)).toMatch(/origin 1\/1 {2}· {2}edge 1\/1 {2}· {2}certificate \d+ days left/);
  expect(homeOf(dana)).not.toContain('under way');
  await untilHome(alex, 'Lately');
});

it('answers a press of Status with a private message', async () => {
  const { dana, world } = town;

  await press(dana, 'ams_ask_status', 'live');

  await window(dana, 'Ant Media Server');
  const answer = await world.slack.waitForMessage((one) => one.text.startsWith('live is'), {
    timeoutMs: 30_000,
  });
  expect(answer.channel).toMatch(/^D/);
});

it('scales by a form, which says what is wrong at its field; a rejection in the home ends it', async () => {
  const { dana, alex, channel } = town;
  await press(dana, 'ams_open_scale', 'live');
  const form = await window(dana, 'Scale a cluster');

  const wrong = await dana.submit(form, { amount: 'many', channel });
  expect(JSON.stringify(wrong)).toContain('\\"many\\" is not a number of nodes');
  await dana.submit(form, { amount: '+1', channel });
  const plan = await town.next((message) => JSON.stringify(message.blocks ?? []).includes('"Approve"'));
  await untilHome(alex, 'Scale edge of live by +1');
  await untilHome(alex, 'ams_reject');
  await press(alex, 'ams_reject');
  await alex.submit(await window(alex, 'Reject the plan'), { reason: 'not today' });

  await town.until(plan, /rejected/);
  await vi.waitFor(() => expect(homeOf(alex)).not.toContain('ams_approve'), SOON);
});
