import { afterEach, expect, it } from 'vitest';
import type { Operation } from '../../../src/cluster/operation.ts';
import { Settings } from '../../../src/cluster/settings.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { lookForDifferences } from '../../../src/jobs/planning/look-for-differences.ts';
import type { Resource, StepKind } from '../../../src/jobs/resource.ts';
import { wantedRules } from '../../../src/jobs/resources/security-rules.ts';
import { openBench } from '../../support/engine-bench.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { CREATE, HERE, draft } from '../../support/plan-bench.ts';
import { planStep } from '../../support/plan-step.ts';
import { aSpec } from '../resources/spec.ts';

/** Whether a repair of a cluster whose resources are as they should be sees to its administrator. */
const own = ownRedis();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const MADE = { outcome: { adminSecret: 'admin', notes: [] } };
const REPAIR = { id: 'op-repair', wish: { kind: 'repair' }, createdAt: 3 } as const;

/** An operation that was to make an administrator after all else. */
function operation(state: Operation['state'], change: Partial<Operation> = {}): Operation {
  const steps = [planStep('launch-template-origin'), planStep('admin')];
  return draft(CREATE, { state, startedAt: 2, plan: { steps, cost: undefined, risks: [] }, ...change });
}

/** Whether it does, after these operations and so many plans that were only looked at since. */
async function seesToIt(operations: readonly Operation[], plans = 0): Promise<boolean> {
  const bench = openBench(own.redis);
  ends.push(() => bench.close());
  const { store, asks } = bench;
  await store.clusters.remember({ cluster: 'live', regionId: HERE, spec: aSpec({ name: 'live' }) });
  // They were under way one after the other.
  for (const one of operations) {
    await store.add({ ...one, state: 'running' }, { event: 'started' });
    await store.update(one.id, undefined, (now) => ({ ...now, state: one.state }));
  }
  for (let at = 0; at < plans; at += 1) {
    const plan = { ...REPAIR, id: `op-plan-${at}`, createdAt: 4 + at, planOnly: true };
    await store.add(draft(REPAIR.wish, { ...plan, state: 'planned' }), { event: 'planned' });
  }
  // Without resources there are none that could differ.
  const kinds = new Map([...kindsByName()].filter(([, kind]) => kind.type === 'task'));
  const compared = await lookForDifferences('live', { tools: { ...asks.tools, kinds }, store });
  if ('problem' in compared) throw new Error(JSON.stringify(compared));
  return compared.steps.some((step) => step.part === 'admin');
}

it.each<[what: string, operations: readonly Operation[], doesSo: boolean]>([
  ['a create that failed before it made one', [operation('failed')], true],
  ['a create that was cancelled before it made one', [operation('cancelled')], true],
  ['a create that failed after it had made one', [operation('failed', MADE)], false],
  ['a create that ended well', [operation('succeeded')], false],
  ['a repair that made up for it', [operation('failed'), operation('succeeded', REPAIR)], false],
  ['a repair that failed as well', [operation('failed'), operation('failed', REPAIR)], true],
])('after %s', async (_what, operations, doesSo) => {
  expect(await seesToIt(operations)).toBe(doesSo);
});

it('after a create that failed before it made one, however many plans were looked at since', async () => {
  expect(await seesToIt([operation('failed')], 110)).toBe(true);
});

const GROUP = { minSize: 1, maxSize: 10, desiredCapacity: 1, totalCapacity: 1, instanceTypes: [] };
/** What the cloud tells of a cluster that uses a key pair and a certificate of a team, part by part. */
const SEEN: Readonly<Record<string, unknown>> = {
  vpc: { cidr: '10.0.0.0/16' },
  'vswitch-1': { zoneId: 'eu-central-1a', cidr: '10.0.0.0/24', vpcId: 'vpc-1' },
  'vswitch-2': { zoneId: 'eu-central-1b', cidr: '10.0.1.0/24', vpcId: 'vpc-1' },
  'load-balancer': { domain: 'live.example.com' },
  'launch-template-origin': { imageId: 'm-1', keyPairName: 'team-key' },
  'listener-443': { certificateIds: ['7-ap-southeast-1'] },
  'scaling-group-origin': GROUP,
  'scaling-group-edge': GROUP,
};
const THEIRS: ReadonlySet<string> = new Set(['key-pair', 'certificate']);

/** All as it should be; what is the team's is seen by those who know of it alone. */
function asItShouldBe(kind: StepKind): StepKind {
  if (kind.type === 'task') return kind;
  const spec = aSpec({
    name: 'live',
    keyPair: { source: 'existing', name: 'team-key' },
    certificate: { source: 'cas', certId: 7 },
    database: { source: 'uri', uri: 'mongodb://10.255.0.9:27017/' },
    dns: 'print',
  });
  const { hidden: _hidden, ...rest } = kind;
  const told: Partial<Resource> = {
    observe: async (look) =>
      kind
        .parts(spec)
        .filter(({ id }) => look.spec !== undefined || !THEIRS.has(id))
        .map(({ id }) => ({ part: id, id: `${id}-1`, ours: !THEIRS.has(id), seen: SEEN[id] ?? {} })),
    ready: () => ({ state: 'ready' }),
    diff: () => ({ action: 'none' }),
  };
  return { ...rest, ...told };
}

it('what a cluster only uses is not missing where Redis has lost which it is', async () => {
  const bench = openBench(own.redis);
  ends.push(() => bench.close());
  const { store, asks } = bench;
  await store.clusters.remember({ cluster: 'live', regionId: HERE });
  const kinds = new Map([...kindsByName()].map(([name, kind]) => [name, asItShouldBe(kind)] as const));

  const compared = await lookForDifferences('live', { tools: { ...asks.tools, kinds }, store });

  if ('problem' in compared) throw new Error(JSON.stringify(compared));
  expect(compared).toMatchObject({ recalled: true, problems: [] });
  // Whether the panel has an owner nobody can tell here.
  expect(compared.found.map(({ part }) => part)).toEqual(['admin']);
});

it('a certificate that went after Redis had lost which it was asks nobody to remove the cluster', async () => {
  const bench = openBench(own.redis);
  ends.push(() => bench.close());
  const { store, asks } = bench;
  await store.clusters.remember({ cluster: 'live', regionId: HERE });
  const told = (kind: StepKind): StepKind => {
    const right = asItShouldBe(kind);
    const isGone = right.type === 'resource' && right.kind === 'certificate';
    return isGone ? { ...right, observe: async () => [] } : right;
  };
  const kinds = new Map([...kindsByName()].map(([name, kind]) => [name, told(kind)] as const));

  const compared = await lookForDifferences('live', { tools: { ...asks.tools, kinds }, store });

  expect(compared).toMatchObject({
    problems: [
      {
        code: 'certificate_gone',
        hint: expect.stringMatching(/^The same `\/ams create-cluster live` .* carries on/),
      },
    ],
  });
});

it('the worker is let in at the database from the address that ams.yaml names by now', async () => {
  const bench = openBench(own.redis);
  ends.push(() => bench.close());
  const { store, asks } = bench;
  const spec = aSpec({ name: 'live' });
  await store.clusters.remember({ cluster: 'live', regionId: HERE, spec });
  const group = { vpcId: 'vpc-1', innerAccess: 'Accept', nodesGroupId: 'sg-nodes' };
  const observe: Resource['observe'] = async () =>
    ['nodes', 'database'].map((name) => {
      const part = `security-group-${name}`;
      const bare = { ...group, securityGroupId: `sg-${name}`, rules: [] };
      return { part, id: `sg-${name}`, ours: true, seen: { ...bare, rules: wantedRules(spec, part, bare) } };
    });
  const kinds = new Map<string, StepKind>();
  for (const [name, kind] of kindsByName()) {
    if (kind.type === 'task') kinds.set(name, kind);
    else if (name === 'security-group') kinds.set(name, { ...kind, observe });
  }
  const look = (from: string) => {
    const settings = Settings.parse({ ssh: { from } });
    return lookForDifferences('live', { tools: { ...asks.tools, kinds, settings }, store });
  };

  expect(await look('203.0.113.7')).toMatchObject({ found: [], problems: [] });
  expect(await look('198.51.100.4')).toMatchObject({
    spec: { database: { sshFrom: '198.51.100.4/32' } },
    found: [
      {
        part: 'security-group-database',
        words: [
          'TCP 22 from 198.51.100.4/32 is not allowed; it must be.',
          'TCP 22 from 203.0.113.7/32 is allowed; it must not be.',
        ],
      },
    ],
  });
});
