import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Town } from '../support/town.ts';

const READ = /^(Describe|List|Get|Query)/;
const CREATE = `create-cluster few --origin 1 --origin-min 1 --edge 1 --edge-min 1 ${OUTSIDE}`;

let town: Town;

beforeAll(async () => {
  town = await openTown({ timeScale: 0.05, ...QUICK });
}, 60_000);

afterAll(() => town.close());

/** The actions that an operation calls from its approval to its end, in order. */
async function calls(command: string): Promise<readonly string[]> {
  const plan = await town.plan(command);
  const actions: string[] = [];
  const unsubscribe = town.world.alibaba.cloud.on('request', ({ action }) => void actions.push(action));
  const end = await town.approve(plan);
  unsubscribe();
  expect(end.text).toMatch(/^Done/);
  return actions;
}

function count(actions: readonly string[], fits: (action: string) => boolean): number {
  return actions.filter(fits).length;
}

/** How often waiting steps look depends on the machine, and is measured by `npm run bench`; the rest does not. */
describe('the calls of an operation', () => {
  it('that creates a cluster: one look at everything, each thing made once', async () => {
    const actions = await calls(CREATE);

    const firstChange = actions.findIndex((action) => !READ.test(action));
    const before = actions.slice(0, firstChange);
    expect(before.length, before.join()).toBeGreaterThan(8);
    expect(new Set(before).size).toBeGreaterThanOrEqual(before.length - 1);
    for (const [action, times] of [
      ['CreateVpc', 1],
      ['CreateVSwitch', 2],
      ['CreateSecurityGroup', 1],
      ['ImportKeyPair', 1],
      ['UploadUserCertificate', 1],
      ['CreateServerGroup', 2],
      ['CreateLaunchTemplate', 2],
      ['CreateScalingGroup', 2],
      ['CreateScalingRule', 2],
      ['CreateListener', 4],
    ] as const)
      expect([action, count(actions, (one) => one === action)]).toEqual([action, times]);
  });

  it('that changes a number', async () => {
    const actions = await calls('scale edge 2 few');

    expect(count(actions, (action) => !READ.test(action))).toBe(1);
  });

  it('that removes it', async () => {
    const actions = await calls('destroy-cluster few --confirm few');

    expect(count(actions, (action) => action === 'ListUserCertificateOrder')).toBe(0);
    // That it is gone, the answer to its removal says.
    const removed = actions.lastIndexOf('DeleteUserCertificate');
    expect(removed).toBeGreaterThan(0);
    expect(actions.slice(removed)).not.toContain('GetUserCertificateDetail');
  });
});
