import { it } from 'vitest';
import { openTown } from '../support/town.ts';
import { CREATE, ENDED, expectRightEnd, writes, writesReach } from './right-end.ts';

it('a worker frozen in the middle and thawed after another took over doubles and spoils nothing', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  const frozen = await town.start('worker');
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');

  await writesReach(town, 5);
  frozen.pause();
  const other = await town.start('worker');
  const before = writes(town).length;
  await writesReach(town, before + 6);
  frozen.resume();
  await writesReach(town, before + 12);
  other.pause();
  await writesReach(town, before + 16);
  other.resume();

  await expectRightEnd(town, await town.until(plan, ENDED));
  await town.close();
}, 240_000);
