import { expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import { CREATE, ENDED, expectOneWorkingLogin, expectRightEnd } from './right-end.ts';

const DATABASE = { name: 'live-database' } as const;

it('SSH cut again and again while MongoDB is installed leaves one working login', async () => {
  const town = await openTown();
  const { faults } = town.world.machines;
  for (const afterMs of [0, 500, 20_000]) faults.sshCut(DATABASE, { afterMs });
  faults.sshCut(DATABASE, { afterMs: 1_000, during: 'install' });
  faults.sshCut(DATABASE, { afterMs: 0, during: 'mongosh' });

  await expectRightEnd(town, await town.run(CREATE));
  await expectOneWorkingLogin(town);
  expect(
    town.products.map((one) => one.output.filter((line) => line.includes('failed unexpectedly'))),
  ).toEqual([[]]);
  await town.close();
}, 200_000);

it('the network gone for every session that is open, many times, harms neither the worker nor the install', async () => {
  const town = await openTown({ idle: true });
  await town.start('bot');
  await town.start('worker');
  const plan = await town.plan(CREATE);
  await town.alex.click(plan, 'Approve');
  // More often than a session needs to do any good.
  let cut = 0;
  const cutting = setInterval(() => void (cut += town.world.machines.cutSsh(DATABASE)), 40);
  await expect.poll(() => cut, { timeout: 90_000 }).toBeGreaterThanOrEqual(5);
  clearInterval(cutting);

  await expectRightEnd(town, await town.until(plan, ENDED));
  await expectOneWorkingLogin(town);
  await town.close();
}, 200_000);

it.each([30_000])(
  'the host started anew %i simulated ms after the installer began: one working login',
  async (afterMs) => {
    const town = await openTown();
    const plan = await town.plan(CREATE);
    await town.alex.click(plan, 'Approve');
    const log = () =>
      town.world.machines.machines
        .find((one) => one.spec.instanceName === DATABASE.name)
        ?.root.exists('/var/log/ams-mongo-install.log') === true;
    await expect.poll(log, { interval: 2, timeout: 90_000 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, afterMs * town.world.timeScale));
    town.world.machines.reboot(DATABASE);

    await expectRightEnd(town, await town.until(plan, ENDED));
    await expectOneWorkingLogin(town);
    await town.close();
  },
  200_000,
);
