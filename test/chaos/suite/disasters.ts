import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Town } from '../../support/town.ts';

const DATABASE = 'live-database';
/** A few dozen commands, or a few hundred: what a disk loses that did not write what it said it had. */
const LOST_BYTES = 40_000;
/** The installer takes about that long, simulated milliseconds. */
const INSTALL_MS = 90_000;
const PATIENCE_MS = 60_000;

/** Redis dies, its file loses its end, and it comes back. */
export async function cutRedis(town: Town, drawn: number): Promise<void> {
  await town.redis.kill();
  await loseEnd(folderOf(town), Math.round(drawn * LOST_BYTES));
  await town.redis.start();
}

/** Redis forgets everything: somebody flushed it, or started it anew without its files. */
export async function emptyRedis(town: Town, drawn: number): Promise<void> {
  if (drawn < 0.5) {
    const redis = new Redis(town.redis.url);
    await redis.flushall();
    redis.disconnect();
    return;
  }
  await town.redis.kill();
  for (const file of await readdir(folderOf(town)))
    await rm(join(folderOf(town), file), { recursive: true, force: true });
  await town.redis.start();
}

/** The database host starts anew in the middle of the install; when it stands already, at once. */
export async function rebootHost(town: Town, drawn: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const host = () => town.world.machines.machines.find((one) => one.spec.instanceName === DATABASE);
  while (host()?.root.exists('/var/log/ams-mongo-install.log') !== true) {
    if (performance.now() > until) throw new Error(`${DATABASE} did not begin to install anything`);
    await sleep(2);
  }
  if (host()?.mongod === undefined) await sleep(drawn * INSTALL_MS * town.world.timeScale);
  town.world.machines.reboot({ name: DATABASE });
}

/** Cuts so many bytes off the append-only file, or half of it when it is shorter. */
export async function loseEnd(folder: string, bytes: number): Promise<void> {
  const files = await readdir(join(folder, 'appendonlydir'));
  const newest = files
    .filter((file) => file.endsWith('.incr.aof'))
    .toSorted()
    .at(-1);
  if (newest === undefined) throw new Error(`there is no append-only file in ${folder}`);
  const path = join(folder, 'appendonlydir', newest);
  const { size } = await stat(path);
  await truncate(path, size - Math.min(bytes, Math.floor(size / 2)));
}

function folderOf({ redis }: Town): string {
  if (redis.folder === undefined) throw new Error('this Redis is not one server with files');
  return redis.folder;
}
