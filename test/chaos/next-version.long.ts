import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startProduct } from '../../sandbox/product.ts';
import { openTown } from '../support/town.ts';
import { CREATE, ENDED, expectRightEnd } from './right-end.ts';

/** What this version describes the firewalls with, and what the next one does. */
const WORDS = 'made by ams-chatops';
/** The next worker has taken the step over by then, and nothing is taken for lost yet; simulated. */
const LATE_MS = 600_000;

/** A copy of the compiled product that asks for the same things with other words. @returns its folder */
async function nextVersion(): Promise<string> {
  const folder = await mkdtemp(join('dist', 'next-'));
  await cp(join('dist', 'product'), folder, { recursive: true });
  let changed = 0;
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.js')) continue;
    const text = await readFile(join(folder, file), 'utf8');
    if (!text.includes(WORDS)) continue;
    changed += 1;
    await writeFile(join(folder, file), text.replaceAll(WORDS, `${WORDS} 2`));
  }
  if (changed !== 1) throw new Error(`${changed} files of the product hold "${WORDS}"`);
  return folder;
}

it('a version that asks with other words takes over what the one before had asked for when it was killed', async () => {
  const folder = await nextVersion();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  await town.start('bot');
  const old = await town.start('worker');
  const { cloud } = town.world.alibaba;
  const plan = await town.plan(CREATE);
  const dying: Promise<void>[] = [];
  // The firewall is made and lists show it late; nobody hears so, for the worker that asked is gone.
  cloud.faults.decide(({ action, when }) => {
    if (action !== 'CreateSecurityGroup' || dying.length > 0) return undefined;
    cloud.settings.visibleAfterMs = when === 'before' ? LATE_MS : 1_500;
    if (when === 'before') return undefined;
    dying.push(old.kill());
    return { action, when, kind: 'cut' };
  });
  await town.alex.click(plan, 'Approve');
  await expect.poll(() => dying.length, { interval: 2, timeout: 60_000 }).toBe(1);
  await Promise.all(dying);

  town.products.push(await startProduct('worker', town.env, { program: join(folder, 'main.js') }));

  await expectRightEnd(town, await town.until(plan, ENDED));
  expect(cloud.requests.some(({ code }) => /ParameterMismatch|SignatureMismatch/.test(code))).toBe(true);
}, 240_000);
