import { expect, vi } from 'vitest';
import type { AccessKey } from '../../sandbox/alibaba/options.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { holdingsOf } from './holdings.ts';
import type { Town } from './town.ts';

const KEY = { id: 'somebody-else', secret: 'somebody-elses-secret' };

/** The keys of an account in which a colleague works too; only the product's is refused what is denied. */
export function sharedKeys(denied: readonly string[]): readonly AccessKey[] {
  return [{ id: 'sandbox-key-id', secret: 'sandbox-key-secret', deny: denied }, KEY];
}

/** The cloud as a colleague with a key of their own uses it, who does not know the bot and tags nothing. */
export function colleagueOf(town: Town): Cloud {
  return createCloud({
    endpoint: town.world.alibaba.url,
    credentials: { accessKeyId: KEY.id, accessKeySecret: KEY.secret },
  });
}

/** As a person tries again who is told that another change is under way. */
export async function surely(change: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(change, { timeout: 20_000, interval: 20 });
}

/** Removes that listener of cluster `live` as a colleague, and waits until it is gone. */
export async function removeListener(town: Town, port: number): Promise<void> {
  const own = holdingsOf(town.world, 'live');
  const { id } = own.listener(port);
  await surely(() => colleagueOf(town).in('eu-central-1').alb.deleteListener(id));
  await vi.waitFor(() => expect(own.listeners().map((one) => one.id)).not.toContain(id), { timeout: 20_000 });
}
