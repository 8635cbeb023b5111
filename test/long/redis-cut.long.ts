import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../sandbox/redis.ts';
import { CREATE, ENDED, expectNothingLeft, expectRightEnd, writesReach } from '../chaos/right-end.ts';
import { loseEnd } from '../chaos/suite/disasters.ts';
import { offers, openTown } from '../support/town.ts';

/** Enough for a few dozen commands: what a disk loses that did not write what it said it had. */
const LOST_BYTES = 20_000;

it('an append-only file that lost its end in a crash: done all the same, or stopped with a way out', async () => {
  const server = await startRedis();
  const town = await openTown({ idle: true, redis: { ...server, env: {} } });
  onTestFinished(() => town.close());
  await Promise.all([town.start('bot'), town.start('worker')]);
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  await writesReach(town, 14);

  await server.kill();
  await loseEnd(server.folder, LOST_BYTES);
  await server.start();

  const end = await town.until(plan, ENDED);
  if (end.text.startsWith('Done')) await expectRightEnd(town, end);
  else {
    // The private key was lost with the end: it lies nowhere else, so the key pair in the cloud is of no use.
    expect(JSON.stringify(end.blocks)).toContain(
      'The SSH keys of cluster live are not in the store of secrets',
    );
    await town.alex.click(end, 'Roll back');
    const undo = await town.next((message) => offers(message, 'Approve'));
    expect((await town.approve(undo)).text).toMatch(/^Done/);
    await expectNothingLeft(town);
  }
}, 120_000);
