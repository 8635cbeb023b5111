import { expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { Operation } from '../../../src/cluster/operation.ts';
import { CREATE, HERE, draft, planBench } from '../../support/plan-bench.ts';
import { planStep } from '../../support/plan-step.ts';
import { aSpec } from '../resources/spec.ts';

const bench = planBench();
const spec = aSpec({ name: 'live', dns: 'print' });
const PARTS = ['vpc', 'security-group-nodes', 'security-group-database'] as const;

/** Its network, made by that operation, with a firewall for the nodes whose tags somebody took off. */
async function halfTagged(operation: string): Promise<string> {
  const { vpc, ecs } = bench.cloud.in(HERE);
  const tags = resourceTags('live', 'vpc', operation);
  const vpcId = await vpc.createVpc({ name: 'live-vpc', cidr: '10.0.0.0/16', tags, token: operation });
  await bench.world.alibaba.cloud.settle();
  const name = 'live-security-group-nodes';
  const groupId = await ecs.createSecurityGroup({ name, vpcId, tags: {}, token: `${operation}-nodes` });
  await bench.world.alibaba.cloud.settle();
  return groupId;
}

async function risksOf(operation: Operation): Promise<readonly string[]> {
  const prepared = await bench.plan(operation);
  if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
  return prepared.plan.risks;
}

it('a removal names what has the name of a part that is missing, and that it stays', async () => {
  const groupId = await halfTagged('op-old');
  await bench.store.clusters.remember({ cluster: 'live', regionId: HERE, spec });

  const risks = await risksOf(draft({ kind: 'destroy' }));

  expect(risks).toContainEqual(
    expect.stringMatching(
      new RegExp(`^${groupId} bears the name live-security-group-nodes .* it stays.*ams-cluster=live`),
    ),
  );
});

it('the roll back of a create looks so for what that create has made, and takes along what came later', async () => {
  const { store, cloud } = bench;
  const groupId = await halfTagged('op-made');
  const tags = resourceTags('live', 'security-group-database', 'op-later');
  const [network] = await cloud.in(HERE).vpc.listVpcs({ tags: resourceTags('live', 'vpc', 'op-made') });
  const later = await cloud.in(HERE).ecs.createSecurityGroup({
    name: 'live-security-group-database',
    vpcId: network?.vpcId ?? '',
    tags,
    token: 'later',
  });
  await bench.world.alibaba.cloud.settle();
  const plan = { steps: PARTS.map((id) => planStep(id)), cost: undefined, risks: [] };
  const past = { state: 'running', startedAt: 1, regionId: HERE, spec, plan } as const;
  await store.add(draft(CREATE, { ...past, id: 'op-made', createdAt: 1 }), { event: 'started' });
  await store.add(draft({ kind: 'repair' }, { ...past, id: 'op-later', createdAt: 2, planOnly: true }), {
    event: 'started',
  });
  for (const step of ['vpc', 'security-group-nodes']) {
    const begun = { state: 'running', startedAt: 1 } as const;
    const visitor = await store.visits.begin({ operation: 'op-made', step, run: 0 }, () => begun);
    if (visitor) await store.visits.write(visitor, { ...begun, state: 'done' });
  }
  for (const id of ['op-made', 'op-later'])
    await store.update(id, undefined, (one) => ({ ...one, state: 'failed' }));

  const prepared = await bench.plan(draft({ kind: 'rollback', of: 'op-made' }, { createdAt: 3 }));

  if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
  expect(prepared.plan.steps.map((step) => step.target)).toContain(later);
  expect(prepared.plan.risks).toContainEqual(expect.stringContaining(`${groupId} bears the name`));
});
