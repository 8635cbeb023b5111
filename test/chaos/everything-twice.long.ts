import { expect, it, onTestFinished, vi } from 'vitest';
import { offers, openTown } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { CREATE, DESTROY, expectNothingLeft, expectOneOfEach, writes, writesReach } from './right-end.ts';
import { recordOf } from './suite/record.ts';

async function events(town: Town, message: Message): Promise<string[]> {
  return (await recordOf(town, message)).audit.map((entry) => entry.event);
}

function count(all: readonly string[], what: string): number {
  return all.filter((one) => one === what).length;
}

/** `op:<id>` of the operation that a message is of: a roll back's first names the one that it takes back. */
function keyOf(message: Message): string {
  const payload = message.metadata?.['event_payload'] as { readonly key?: string } | undefined;
  return payload?.key ?? '';
}

/** Keys of the operations that the channel shows. */
function shown(town: Town): string[] {
  return town.world.slack
    .messages(town.channel)
    .map(keyOf)
    .filter((key) => key.startsWith('op:'));
}

it('everything that Slack delivers comes twice, and two people press each button at the same moment', async () => {
  const denied: string[] = [];
  const town = await openTown({
    alibaba: { accessKeys: [{ id: 'sandbox-key-id', secret: 'sandbox-key-secret', deny: denied }] },
  });
  onTestFinished(() => town.close());
  const { dana, alex, kim } = town;
  town.world.slack.faults.duplicateDeliveries(100_000);
  denied.push('ess:CreateScalingRule');
  const plan = await town.plan(CREATE);
  await Promise.all([alex.click(plan, 'Approve'), kim.click(plan, 'Approve')]);
  const failed = await town.until(plan, /^Failed/);
  expect(await events(town, plan)).toEqual(expect.arrayContaining(['requested', 'planned', 'approved']));
  denied.length = 0;

  // Carried on or taken back: either, and never both.
  await Promise.all([
    dana.click(failed, 'Retry'),
    alex.click(failed, 'Roll back'),
    kim.click(failed, 'Retry'),
    kim.click(failed, 'Roll back'),
  ]);
  const asks = (): Message | undefined =>
    town.world.slack
      .messages(town.channel)
      .find((one) => offers(one, 'Approve') && keyOf(one) !== keyOf(plan));
  const isCarriedOn = await vi.waitFor(
    async () => {
      const { run } = (await recordOf(town, plan)).view.operation;
      if (run === 1 && asks() === undefined) throw new Error('neither came of it');
      return run > 1;
    },
    { timeout: 30_000, interval: 20 },
  );
  if (isCarriedOn) {
    await town.until(plan, /^Done/);
    expect(shown(town)).toHaveLength(1);
    expect(count(await events(town, plan), 'retried')).toBe(1);
  } else {
    const back = asks() ?? failed;
    await Promise.all([alex.click(back, 'Approve'), kim.click(back, 'Approve')]);
    const end = await town.until(back, /^(Done|Failed)|asks again/);
    if (end.text.includes('asks again')) await town.approve(await town.next((one) => offers(one, 'Approve')));
    await expectNothingLeft(town);
    expect(count(await events(town, plan), 'retried')).toBe(0);
    await town.run(CREATE);
  }
  expectOneOfEach(town);

  const goodbye = await town.plan(DESTROY);
  const before = writes(town).length;
  await Promise.all([alex.click(goodbye, 'Approve'), kim.click(goodbye, 'Approve')]);
  await writesReach(town, before + 3);
  const stop = `cancel ${keyOf(goodbye).replace('op:', '')}`;
  await Promise.all([
    alex.command(stop, { channel: town.channel }),
    dana.command(stop, { channel: town.channel }),
  ]);
  const stopped = await town.until(goodbye, /cancelled/);
  await Promise.all([alex.click(stopped, 'Retry'), kim.click(stopped, 'Retry')]);
  expect((await town.until(goodbye, /^Done/)).text).toBe('Done: remove cluster live.');

  await expectNothingLeft(town);
  const told = await events(town, goodbye);
  for (const once of ['requested', 'planned', 'approved', 'started', 'cancelled', 'retried', 'succeeded'])
    expect(count(told, once), `${once} in ${told.join()}`).toBe(1);
  expect(new Set(shown(town)).size).toBe(shown(town).length);
}, 300_000);
