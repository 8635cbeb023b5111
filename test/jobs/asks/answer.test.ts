import { afterEach, expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import type { OperationState } from '../../../src/cluster/operation.ts';
import { answerQuestion } from '../../../src/jobs/asks/answer.ts';
import { json, refuse, wireServer } from '../../cloud/wire-server.ts';
import { openBench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { HERE, draft } from '../../support/plan-bench.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A cluster of which the cloud shows the database and nothing else. */
async function cluster() {
  const tags = Object.entries(resourceTags('live', 'database', 'op-old'));
  const database = {
    InstanceId: 'i-1',
    Status: 'Running',
    Tags: { Tag: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) },
  };
  const server = await wireServer(({ action }, response) =>
    action === 'DescribeInstances'
      ? json(response, 200, { Instances: { Instance: [database] } })
      : refuse(response, 403, 'Forbidden.RAM'),
  );
  const bench = openBench(own.redis, { cloud: server.cloud() });
  ends.push(
    () => bench.close(),
    () => server.close(),
  );
  const spec = aSpec({ name: 'live', database: { source: 'uri', uri: 'teams' } });
  await bench.store.clusters.remember({ cluster: 'live', regionId: HERE, spec });
  return bench;
}

it.each<[state: OperationState, drift: readonly string[] | undefined]>([
  ['draft', []],
  ['awaiting-approval', []],
  ['approved', undefined],
  ['running', undefined],
])('a status beside an operation that is %s tells as drift: %j', async (state, drift) => {
  const { asks, store } = await cluster();
  const scale = { kind: 'scale', role: 'edge', amount: { add: 1 }, withLimits: false } as const;
  await store.add(draft(scale, { state }), { event: 'requested' });

  const signal = AbortSignal.timeout(30_000);
  const answer = await answerQuestion({ kind: 'status', cluster: 'live' }, { ...asks, signal });

  if (answer.kind !== 'status') throw new Error(JSON.stringify(answer));
  expect(answer.status.operation).toBe('op-new');
  expect(answer.status.drift).toEqual(drift);
});
