import { expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import {
  CREATE,
  DESTROY,
  ENDED,
  expectNothingLeft,
  expectRightEnd,
  seeded,
  writes,
  writesReach,
} from './right-end.ts';

/** Another one with `CHAOS_SEED=7 npx vitest run test/chaos`. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
/** A create makes about this many calls that change something. */
const WRITES_OF_A_CREATE = 45;
const KILLS = 3;

it(`a worker killed ${KILLS} times at moments drawn from seed ${SEED} leaves one of everything, then nothing`, async () => {
  const town = await openTown({ idle: true });
  const random = seeded(SEED);
  await town.start('bot');
  let worker = await town.start('worker');
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');

  const moments = Array.from({ length: KILLS }, () => 1 + Math.floor(random() * (WRITES_OF_A_CREATE - 10)));
  for (const moment of moments.toSorted((a, b) => a - b)) {
    await writesReach(town, moment);
    await worker.kill();
    worker = await town.start('worker');
  }
  await expectRightEnd(town, await town.until(plan, ENDED));

  const goodbye = await town.plan(DESTROY);
  const before = writes(town).length;
  await town.alex.click(goodbye, 'Approve');
  await writesReach(town, before + 1 + Math.floor(random() * 8));
  await worker.kill();
  await town.start('worker');

  expect((await town.until(goodbye, ENDED)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
  await town.close();
}, 240_000);
