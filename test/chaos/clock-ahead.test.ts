import { expect, it, onTestFinished } from 'vitest';
import { startProduct } from '../../sandbox/product.ts';
import type { Product } from '../../sandbox/product.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { CREATE, DESTROY, ENDED, expectNothingLeft, expectRightEnd, writesReach } from './right-end.ts';

const AHEAD_MS = 300_000;
const JUMP_EVERY_MS = 130;
/** Lists show what is new so late, simulated. */
const LATE_MS = 20_000;

/** A worker on a machine whose clock is five minutes ahead, and is set right and wrong again by SIGUSR2. */
async function startAhead(town: Town): Promise<Product> {
  const clock = [
    'const right = Date.now;',
    `let ahead = ${AHEAD_MS};`,
    'Date.now = () => right() + ahead;',
    `process.on("SIGUSR2", () => { ahead = ahead === 0 ? ${AHEAD_MS} : 0; });`,
  ].join('\n');
  const option = `--import=data:text/javascript,${encodeURIComponent(clock)}`;
  const worker = await startProduct('worker', { ...town.env, NODE_OPTIONS: option });
  town.products.push(worker);
  return worker;
}

async function openIdle(): Promise<Town> {
  const town = await openTown({ idle: true });
  onTestFinished(() => town.close());
  await town.start('bot');
  return town;
}

it('a worker dies whose clock was ahead: another one, with the right time, goes on soon', async () => {
  const town = await openIdle();
  const wrong = await startAhead(town);
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await writesReach(town, 8);
  await wrong.kill();

  await town.start('worker');

  await expectRightEnd(town, await town.until(plan, ENDED));
});

it('the clock of the only worker is set right and wrong all the time, and lists show late what is new', async () => {
  const town = await openIdle();
  town.world.alibaba.cloud.settings.visibleAfterMs = LATE_MS;
  const jumping = await startAhead(town);
  const jump = setInterval(() => process.kill(jumping.pid, 'SIGUSR2'), JUMP_EVERY_MS);
  onTestFinished(() => clearInterval(jump));

  const plan = await town.plan(CREATE);
  await expectRightEnd(town, await town.approve(plan));
  const goodbye = await town.plan(DESTROY);

  expect((await town.approve(goodbye)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
});
