import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { read, section } from '../docs/markdown.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** What docs/runbook.md has people do when AMS_SECRET_KEY changes. */
let town: Town;
const NEW_KEY = 'another-key-0123456789abcdef';

beforeAll(async () => {
  town = await openTown();
  await town.run('create-cluster live --edge 1 --edge-min 1');
}, 150_000);

afterAll(() => town?.close());

it('what is stored cannot be read with another key', async () => {
  await Promise.all(town.products.splice(0).map((product) => product.stop()));
  town.env['AMS_SECRET_KEY'] = NEW_KEY;
  await town.start();

  await town.dana.command('plan repair live', { channel: town.channel });
  const refusal = await town.next((message) => message.text.startsWith('Cannot'));
  expect(town.world.slack.render(refusal).replace(/\s+/g, ' ')).toMatch(/The stored .* cannot be decrypted/);
}, 60_000);

it('after its removal a repair makes it anew or reads it back, and the cluster is as before', async () => {
  const told = section(read('docs/runbook.md'), '### `AMS_SECRET_KEY`');
  const pattern = /--scan --pattern '([^']+)'/.exec(told)?.[1] ?? '';
  const redis = new Redis(town.redis.url);
  const keys = await redis.keys(pattern);
  expect(keys).toEqual(['{ams}:secrets:live']);
  await redis.unlink(...keys);
  redis.disconnect();

  const repair = await town.plan('repair live');
  expect(town.world.slack.render(repair).replace(/\s+/g, ' ')).toContain('Cloud Assistant gives it new ones');
  expect((await town.approve(repair)).text).toBe('Done: repair cluster live.');
  await town.dana.command('repair live', { channel: town.channel });
  await town.next((message) => message.text.startsWith('Nothing of live differs'));
  expect((await town.run('scale edge 2 live')).text).toMatch(/^Done/);
  await town.dana.command('test-fly live', { channel: town.channel });
  await town.next((message) => message.text.includes('passed its test flight'));
}, 200_000);
