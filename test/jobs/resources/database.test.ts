import { afterEach, expect, it } from 'vitest';
import { database } from '../../../src/jobs/resources/database.ts';
import { visitStep } from '../../../src/jobs/steps/visit.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, wireServer } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const HOUR = 3_600_000;
/** When the cloud said yes to the instance; by now it is not there. */
const ACCEPTED_AT = 10_000;
const OUTPUTS = {
  'vswitch-1': { vSwitchId: 'vsw-1' },
  'security-group-database': { securityGroupId: 'sg-1' },
  'key-pair': { keyPairName: 'mine' },
};

/** Visits the step of an instance that is gone. @returns what types it asked for, and what it remembers */
async function visit(startedAt: number) {
  const server = await wireServer(({ action }, response) =>
    json(response, 200, {
      RequestId: 'r',
      ...(action === 'RunInstances' ? { InstanceIdSets: { InstanceIdSet: ['i-new'] } } : { TotalCount: 0 }),
    }),
  );
  ends.push(() => server.close());
  const step = planStep('database');
  const spec = aSpec({
    keyPair: { source: 'existing', name: 'mine' },
    database: {
      source: 'instance',
      instanceTypes: ['ecs.g7.large'],
      diskGiB: 40,
      imageId: 'ubuntu_22_04_x64_20G_alibase_20260101.vhd',
      osRelease: '22.04',
      sshFrom: '203.0.113.7',
    },
  });
  const { ctx, gathered } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('database'), 'a key for tests only'),
    step,
    spec,
    now: HOUR,
    memory: { acceptedAt: ACCEPTED_AT, accepted: `0 ${ACCEPTED_AT}` },
    record: { startedAt, changedAt: ACCEPTED_AT },
    outputs: OUTPUTS,
  });
  await visitStep(database, step, ctx);
  const asked = server.seen.filter(({ action }) => action === 'RunInstances');
  return { types: asked.map(({ form }) => form['InstanceType']), memory: gathered.memory };
}

it('a database instance that the cloud took back is not asked for again: its type counts as sold out', async () => {
  const { types, memory } = await visit(1_000);

  expect(types).toEqual([]);
  expect(memory['typeAt']).toBe(1);
});

it('one that somebody deleted before a Retry is made again, and its type does not count as sold out', async () => {
  const { types, memory } = await visit(HOUR - 1_000);

  expect(types).toEqual(['ecs.g7.large']);
  expect(memory['typeAt']).toBeUndefined();
});
