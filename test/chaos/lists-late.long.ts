import { expect, it, onTestFinished } from 'vitest';
import { addZone, dnsOf } from '../../sandbox/alibaba/alidns/lookup.ts';
import { openTown } from '../support/town.ts';
import { CREATE, DESTROY, ENDED, expectNothingLeft, expectRightEnd } from './right-end.ts';

/** Half a minute, simulated: the latest that lists show what is new, of whatever kind. */
const LATE_MS = 30_000;
const CREATES = [
  'CreateVpc',
  'CreateVSwitch',
  'CreateSecurityGroup',
  'AuthorizeSecurityGroup',
  'ImportKeyPair',
  'UploadUserCertificate',
  'CreateServerGroup',
  'CreateLoadBalancer',
  'CreateListener',
  'RunInstances',
  'CreateLaunchTemplate',
  'CreateScalingGroup',
  'EnableScalingGroup',
  'CreateScalingRule',
  'AddDomainRecord',
];

it('the answer to each create is lost, and lists show what is new half a minute late: one of each', async () => {
  const town = await openTown({ alibaba: { visibleAfterMs: LATE_MS } });
  onTestFinished(() => town.close());
  const { cloud } = town.world.alibaba;
  const { faults } = cloud;
  addZone(cloud, 'example.com');
  const cuts = CREATES.map((action) => faults.plan({ action, when: 'after', kind: 'cut', times: 2 }));

  const plan = await town.plan(`${CREATE} --dns alidns`);
  await town.alex.click(plan, 'Approve');
  await expectRightEnd(town, await town.until(plan, ENDED));
  expect(dnsOf(cloud).records.size).toBe(1);
  // A create that is repeated may be refused by its name: it counts as struck once.
  expect(cuts.filter((cut) => cut.hits === 0).map((cut) => cut.plan.action)).toEqual([]);

  expect((await town.run(DESTROY)).text).toBe('Done: remove cluster live.');
  await expectNothingLeft(town);
}, 240_000);
