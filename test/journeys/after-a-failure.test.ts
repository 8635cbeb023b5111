import { expect, it, onTestFinished, vi } from 'vitest';
import {
  CREATE,
  expectNothingLeft,
  expectOneOfEach,
  expectOneWorkingLogin,
  writes,
  writesReach,
} from '../chaos/right-end.ts';
import { operationIn, recordOf } from '../chaos/suite/record.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { holdingsOf, inventory } from '../support/holdings.ts';
import { offers, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** What can be done after something failed or was cancelled, one after the other and in odd orders. */
const LONG = 200_000;

/** A town, and the actions that are refused to the product's key from now on. */
async function openStrictTown(): Promise<{ town: Town; denied: string[] }> {
  const denied: string[] = [];
  const town = await openTown({ alibaba: { accessKeys: sharedKeys(denied) } });
  onTestFinished(() => town.close());
  return { town, denied };
}

function words(town: Town, message: Message): string {
  const now = town.world.slack.messages(town.channel).find((one) => one.ts === message.ts) ?? message;
  return town.world.slack.render(now).replace(/\s+/g, ' ');
}

/** Approves, and again where what was under way has come true meanwhile and changed the plan. */
async function approve(town: Town, plan: Message): Promise<Message> {
  await town.alex.click(plan, 'Approve');
  const end = await town.until(plan, /^(Done|Failed|Cannot)|asks again/);
  if (!end.text.includes('asks again')) return end;
  return approve(town, await town.next((message) => offers(message, 'Approve')));
}

/** Presses Retry and waits until that run is over. @returns the state that it ended in */
async function retried(town: Town, message: Message): Promise<string> {
  const { run } = (await recordOf(town, message)).view.operation;
  await town.dana.click(message, 'Retry');
  return vi.waitFor(
    async () => {
      const { operation } = (await recordOf(town, message)).view;
      expect(operation.run).toBe(run + 1);
      expect(operation.state).toMatch(/^(failed|succeeded)$/);
      return operation.state;
    },
    { timeout: 100_000, interval: 50 },
  );
}

/** A create that has made everything but the scaling groups and what comes after them. */
async function stoppedAtGroups(town: Town, denied: string[]): Promise<Message> {
  denied.push('ess:CreateScalingGroup');
  const failed = await town.approve(await town.plan(CREATE));
  expect(failed.text).toMatch(/^Failed: create cluster live/);
  const isMade = (role: 'origin' | 'edge'): boolean => {
    try {
      return holdingsOf(town.world, 'live').template(role).versions.size > 0;
    } catch {
      return false;
    }
  };
  // What runs beside the step that is refused stops with it.
  for (let round = 0; round < 5 && !(isMade('origin') && isMade('edge')); round += 1)
    expect(await retried(town, failed)).toBe('failed');
  await town.world.alibaba.cloud.settle();
  return failed;
}

it(
  'a create that failed is rolled back although a repair after it was tried and made nothing',
  async () => {
    const { town, denied } = await openStrictTown();
    const failed = await stoppedAtGroups(town, denied);
    const before = inventory(town.world);
    const repair = await town.approve(await town.plan('repair live'));
    expect(repair.text).toMatch(/^Failed: repair cluster live/);
    expect(inventory(town.world)).toEqual(before);
    denied.length = 0;

    const done = await approve(town, await town.plan(`rollback ${operationIn(failed)}`));

    expect(done.text).toBe(`Done: roll back ${operationIn(failed)} of live.`);
    await expectNothingLeft(town);
  },
  LONG,
);

it(
  'a Retry that misses what somebody removed meanwhile leads to the repair that makes it again',
  async () => {
    const { town, denied } = await openStrictTown();
    const failed = await stoppedAtGroups(town, denied);
    const { ecs } = colleagueOf(town).in('eu-central-1');
    await ecs.deleteTemplate(holdingsOf(town.world, 'live').template('edge').id);
    denied.length = 0;

    expect(await retried(town, failed)).toBe('failed');

    await vi.waitFor(
      () => {
        expect(words(town, failed)).toContain('launch-template-edge of cluster live is not there any more');
        expect(words(town, failed)).toContain('/ams repair live');
      },
      { timeout: 20_000 },
    );
    expect((await approve(town, await town.plan('repair live'))).text).toBe('Done: repair cluster live.');
    expectOneOfEach(town);
    await expectOneWorkingLogin(town);
  },
  LONG,
);

it(
  'a create cancelled in its install and its roll back cancelled too leave the way to a second one, and to the same name',
  async () => {
    const { town } = await openStrictTown();
    const plan = await town.plan(CREATE);
    const id = operationIn(plan);
    const told = (who: Town['dana'], what: RegExp) =>
      vi.waitFor(() => expect(town.whispered(who.id)).toMatch(what), { timeout: 20_000 });
    await town.alex.click(plan, 'Approve');
    const isInstalling = (): boolean =>
      town.world.machines.machines
        .find((one) => one.spec.instanceName === 'live-database')
        ?.root.exists('/var/log/ams-mongo-install.log') === true;
    await vi.waitFor(() => expect(isInstalling()).toBe(true), { timeout: 90_000, interval: 2 });
    await town.dana.command(`cancel ${id}`, { channel: town.channel });
    await town.until(plan, /cancelled/);
    await town.world.alibaba.cloud.settle();

    const first = await town.plan(`rollback ${id}`);
    // It names the operation that it takes back, too.
    const backId = String((first.metadata?.['event_payload'] as { key?: string } | undefined)?.key).replace(
      /^op:/,
      '',
    );
    const before = writes(town).length;
    await town.alex.click(first, 'Approve');
    await writesReach(town, before + 3);
    await town.alex.command(`cancel ${backId}`, { channel: town.channel });
    await town.until(first, /cancelled/);
    await town.dana.command(`retry ${id}`, { channel: town.channel });
    await told(town.dana, /being rolled back or was/);
    await town.world.alibaba.cloud.settle();
    const done = await approve(town, await town.plan(`rollback ${id}`));
    expect(done.text).toBe(`Done: roll back ${id} of live.`);
    await expectNothingLeft(town);

    expect((await town.run(CREATE)).text).toBe('Done: create cluster live.');
    await town.alex.command(`retry ${backId}`, { channel: town.channel });
    await told(town.alex, /has changed live since/);
    expectOneOfEach(town);
    await expectOneWorkingLogin(town);
  },
  LONG,
);
