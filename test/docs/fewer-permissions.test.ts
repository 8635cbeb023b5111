import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedKeys } from '../support/colleague.ts';
import { inventory } from '../support/holdings.ts';
import { offers, openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { read, section, tableRows } from './markdown.ts';
import { policyActions } from './ram-actions.ts';

/** What docs/security.md says may be taken out of the RAM policy, where `dns` is `print`. */
const removable = tableRows(section(read('docs/security.md'), '## The RAM policy'))
  .filter(([, why]) => /may be removed/i.test(why ?? ''))
  .flatMap(([actions = '']) => [...actions.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))
  .flatMap((words) => {
    const pattern = new RegExp(`^${words.replace('…', '\\w+')}$`);
    return policyActions.filter((action) => pattern.test(action));
  });

let town: Town;

beforeAll(async () => {
  town = await openTown({ alibaba: { accessKeys: sharedKeys(removable) } });
}, 60_000);

afterAll(() => town?.close());

it('without them a cluster is made, looked at, and removed once Redis has forgotten it', async () => {
  const before = inventory(town.world);
  expect(removable).toEqual(
    expect.arrayContaining(['alidns:AddDomainRecord', 'cms:DescribeMetricList', 'alb:ListRules']),
  );

  const plan = await town.plan('create-cluster live --edge 2');
  expect(JSON.stringify(plan.blocks)).toContain('The balance could not be checked');
  expect((await town.approve(plan)).text).toMatch(/^Done/);
  await town.dana.command('status live', { channel: town.channel });
  const status = await town.next((message) => message.text.startsWith('live is'));
  expect(JSON.stringify(status.blocks)).toContain('CPU of the last hours');
  const redis = new Redis(town.redis.url);
  await redis.flushall();
  redis.disconnect();

  const removal = await town.plan('destroy-cluster live --confirm live');
  expect(offers(removal, 'Approve'), removal.text).toBe(true);
  expect(JSON.stringify(removal.blocks)).toContain('could not be looked up');
  expect((await town.approve(removal)).text).toBe('Done: remove cluster live.');
  expect(inventory(town.world)).toEqual(before);
}, 300_000);
