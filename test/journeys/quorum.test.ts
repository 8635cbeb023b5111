import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PEOPLE } from '../../sandbox/world.ts';
import { offers, openTown, OUTSIDE } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** Two approvals are needed, of a user group that people come into and leave. */
let town: Town;
let seen: Watcher;
let plan: Message;

beforeAll(async () => {
  town = await openTown({
    settings: { approval: { approvers: [PEOPLE.approvers], quorum: 2, expiresAfterMinutes: 60 } },
  });
  seen = watch(town);
  plan = await seen.planned('live', OUTSIDE);
  expect(offers(plan, 'Approve'), seen.words(plan)).toBe(true);
}, 60_000);

afterAll(() => town?.close());

const id = () => /op-[a-z0-9]+/.exec(JSON.stringify(plan.blocks))?.[0] ?? '';

/** Who is in the group of approvers from now on. */
function approversAre(...users: readonly string[]): void {
  const group = town.world.slack.settings.userGroups.find((one) => one.id === PEOPLE.approvers);
  if (!group) throw new Error('there is no group of approvers');
  Object.assign(group, { users });
}

/** Not even about to start: nothing is written then yet. */
async function expectItWaits(): Promise<void> {
  expect(await seen.answer('ops live')).toContain('awaiting approval');
  expect(seen.writes()).toEqual([]);
}

describe('of two approvals that are needed', () => {
  it('one person gives one, by button, command and a repeated delivery at the same time', async () => {
    const [click] = await Promise.all([
      town.alex.click(plan, 'Approve'),
      town.alex.command(`approve ${id()}`, { channel: town.channel }),
    ]);
    await town.world.slack.redeliver(click);

    await expect.poll(() => town.whispered(town.alex.id)).toMatch(/1 more approval|counts once/);
    expect(seen.writes()).toEqual([]);
    expect(offers(await town.until(plan, /^Plan: create cluster live/), 'Approve')).toBe(true);
  });

  it('none comes of the requester, whoever made them an approver', async () => {
    approversAre(PEOPLE.approver, PEOPLE.secondApprover, PEOPLE.requester);

    const answer = await seen.told(town.dana, () => town.dana.click(plan, 'Approve'));

    expect(answer).toContain('nobody may approve their own request');
    await expectItWaits();
  });

  it('none comes of somebody who has left the group a moment ago', async () => {
    approversAre(PEOPLE.approver);

    const answer = await seen.told(town.kim, () => town.kim.click(plan, 'Approve'));

    expect(answer).toContain('You are not an approver');
    await expectItWaits();
  });
});
