import { beforeAll, describe, expect, it } from 'vitest';
import type { CreateOptions } from '../../../src/cluster/operation.ts';
import { CREATE, HERE, draft, planBench } from '../../support/plan-bench.ts';

/** How many machines find addresses in the vSwitches: two of /26 have 104, as the cloud and ALB keep twelve of each. */
const bench = planBench();
const SMALL = '10.9.0.0/25';
const OUTSIDE = CREATE.options;

beforeAll(() => {
  const { settings } = bench.world.alibaba.cloud;
  settings.quotas = { ...settings.quotas, vCpus: 10_000 };
});

/** The plan of one origin and so many edge nodes. */
function planOf(desired: number, max: number, options: CreateOptions) {
  const origin = { min: 1, desired: 1, max: 1 };
  return bench.plan(
    draft({ kind: 'create', options: { ...options, origin, edge: { min: 1, desired, max } } }),
  );
}

describe('a plan', () => {
  it('is refused for more nodes than there are addresses, with what gives more of them', async () => {
    expect(await planOf(104, 104, { ...OUTSIDE, cidr: SMALL })).toMatchObject({
      problems: [
        {
          code: 'no_addresses',
          message:
            'This cluster needs 105 IP addresses, and its vSwitches (10.9.0.0/26, 10.9.0.64/26) have 104 for machines.',
          hint: 'Choose a larger --cidr, e.g. --cidr 10.0.0.0/16, more --zones or fewer nodes.',
        },
      ],
    });
  });

  it('counts the database, where the cluster has one of its own', async () => {
    expect(await planOf(103, 103, { ...OUTSIDE, cidr: SMALL })).toMatchObject({ problems: [] });
    expect(await planOf(103, 103, { dns: 'print', cidr: SMALL })).toMatchObject({
      problems: [{ code: 'no_addresses' }],
    });
  });

  it('tells of a maximum beyond them as a risk', async () => {
    const risks = async (max: number) => {
      const prepared = await planOf(2, max, { ...OUTSIDE, cidr: SMALL });
      if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
      return prepared.plan.risks.join(' ');
    };

    expect(await risks(104)).toContain('At its maximum the cluster needs 105 IP addresses');
    expect(await risks(103)).not.toContain('addresses');
  });

  it('names more zones alone where no vSwitch gets more addresses', async () => {
    const zones = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];

    expect(await planOf(600, 600, OUTSIDE)).toMatchObject({
      problems: [{ hint: 'Choose more --zones or fewer nodes.' }],
    });
    expect(await planOf(600, 600, { ...OUTSIDE, zones })).toMatchObject({ problems: [] });
  });

  it('names another VPC where the blocks are of one that is there already', async () => {
    const { vpc } = bench.cloud.in(HERE);
    const vpcId = await vpc.createVpc({ name: 'team', cidr: '10.70.0.0/25', tags: {}, token: 'team' });
    await bench.world.alibaba.cloud.settle();

    expect(await planOf(150, 150, { ...OUTSIDE, vpc: vpcId })).toMatchObject({
      problems: [{ code: 'no_addresses', hint: expect.stringMatching(/^Choose a VPC with more room, more/) }],
    });
  });
});
