import { afterAll, beforeAll, expect, it } from 'vitest';
import { offers, openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** One of two edges is not what it should be: half of all viewers see it, and so do half of all looks. */
let town: Town;
let seen: Watcher;

const LONG = 150_000;
const APPS = ['WebRTCAppEE', 'live', 'LiveApp'];

beforeAll(async () => {
  town = await openTown(QUICK);
  seen = watch(town);
}, 60_000);

afterAll(() => town?.close());

/** The plan of a cluster with two edges, of which the second lacks these applications until they are deployed. */
async function planned(name: string, missing: readonly string[]) {
  const { faults } = town.world.machines;
  const undo = missing.map((app) => faults.appMissing({ name: `${name}-edge*`, nth: 2 }, app));
  const command = `create-cluster ${name} --origin 1 --edge 2 --edge-min 1 ${OUTSIDE}`;
  await town.dana.command(command, { channel: town.channel });
  const plan = await town.next(
    (message) => message.text.includes(`create cluster ${name}`) && offers(message, 'Approve'),
  );
  return { plan, deploy: () => undo.forEach((one) => one()) };
}

const HALF =
  /2 of 4 answers for \S+:5443\/WebRTCAppEE\/player\.html have status 404: on at least one of the edge nodes/;

it.concurrent.each([
  ['no application', 'bare', APPS],
  ['not the first application', 'poor', ['WebRTCAppEE']],
])(
  'with %s on one of two edges a new cluster does not end well',
  async (_what, name, missing) => {
    const { plan } = await planned(name, missing);

    const end = seen.words(await town.approve(plan));

    expect(end).toContain(`Failed: create cluster ${name}`);
    expect(end).toMatch(HALF);
  },
  LONG,
);

it.concurrent(
  'an application that comes a moment later to one of two edges fails nothing',
  async () => {
    const { plan, deploy } = await planned('late', APPS);
    await town.alex.click(plan, 'Approve');
    await town.world.slack.waitForMessage((each) => each.ts === plan.ts && HALF.test(seen.words(each)), {
      channel: town.channel,
      timeoutMs: LONG,
    });

    deploy();

    expect((await town.until(plan, /^(Done|Failed)/)).text).toBe('Done: create cluster late.');
  },
  LONG,
);
