import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { albOf } from '../../../sandbox/alibaba/alb/lookup.ts';
import type { LoadBalancer } from '../../../sandbox/alibaba/alb/state.ts';
import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import { startAlibaba } from '../../../sandbox/alibaba/server.ts';
import type { AlibabaServer } from '../../../sandbox/alibaba/server.ts';
import { createClock } from '../../../sandbox/clock.ts';
import { createMachineRoom } from '../../../sandbox/machine/room.ts';
import { statusView } from '../../../src/bot/views/status.ts';
import { withFreshAnswers } from '../../../src/cloud/calling/answers.ts';
import { createCloud } from '../../../src/cloud/cloud.ts';
import type { Cloud } from '../../../src/cloud/cloud.ts';
import { parseConnectTo } from '../../../src/cloud/connect-to.ts';
import { KeptSessions } from '../../../src/cloud/ssh/kept-sessions.ts';
import type { Answer } from '../../../src/cluster/answers.ts';
import { resourceTags, TAG } from '../../../src/cluster/names.ts';
import { Settings } from '../../../src/cluster/settings.ts';
import { answerQuestion } from '../../../src/jobs/asks/answer.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { Looks } from '../../../src/jobs/steps/looks.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { fine } from '../../bot/samples.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { runningInstance } from '../../support/running-instance.ts';

/** What is told of clusters of which little is left, or little can be read, with a real Redis and the simulated cloud. */
const own = ownRedis();
const HERE = 'eu-central-1';
let server: AlibabaServer;
let cloud: Cloud;

beforeAll(async () => {
  const clock = createClock(0.002);
  server = await startAlibaba({ clock, rooms: await createMachineRoom({ clock }) });
  cloud = createCloud({
    endpoint: server.url,
    credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
  });
});
afterAll(() => server.close());
afterEach(() => server.cloud.faults.clear());

/** The answer to a question about a cluster that is remembered here, and the reads that it took. */
async function told(cluster: string): Promise<{ answer: Answer; asked: readonly string[] }> {
  const keys = new Keys(`status-${cluster}`);
  const store = new Store(own.redis, keys);
  await store.clusters.remember({ cluster, regionId: HERE });
  const tools = {
    cloud,
    settings: Settings.parse({ domain: '{cluster}.example.com', approval: { approvers: ['U0BOB00001'] } }),
    secrets: new Secrets(own.redis, keys, 'a key for tests only'),
    connect: parseConnectTo(''),
    sessions: new KeptSessions(),
    timeScale: 0.002,
    now: Date.now,
    kinds: kindsByName(),
    looks: new Looks(0.002),
  };
  const from = server.cloud.requests.length;
  const answer = await withFreshAnswers(() =>
    answerQuestion({ kind: 'status', cluster }, { tools, store, signal: AbortSignal.timeout(30_000) }),
  );
  return { answer, asked: server.cloud.requests.slice(from).map(({ action }) => action) };
}

async function network(cluster: string): Promise<void> {
  const tags = { ...resourceTags(cluster, 'vpc', 'op-old') };
  await cloud.in(HERE).vpc.createVpc({ name: `${cluster}-vpc`, cidr: '10.0.0.0/16', tags, token: cluster });
  await server.cloud.settle();
}

function instance(cluster: string, part: string): void {
  runningInstance(server.cloud, { id: `i-${cluster}`, cluster, part });
}

/** @param domain what its tag says; without one it bears none */
function balancer(cluster: string, dnsName: string, domain?: string): void {
  const tags = {
    ...resourceTags(cluster, 'load-balancer', 'op-old'),
    ...(domain === undefined ? {} : { [TAG.domain]: domain }),
  };
  const entry = {
    id: `alb-${cluster}`,
    regionId: HERE,
    name: `${cluster}-load-balancer`,
    vpcId: 'vpc-1',
    dnsName,
    createdAt: new Date(),
    visibleAt: 0,
    status: 'Active',
    zones: [],
    tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
  albOf(server.cloud).loadBalancers.set(entry.id, entry as unknown as LoadBalancer);
}

function throttle(action: string): void {
  server.cloud.faults.plan({ action, when: 'before', kind: 'throttle', times: Infinity });
}

it('a cluster of which everything is gone is said to be', async () => {
  const { answer } = await told('gone');

  expect(answer).toMatchObject({
    problem: { code: 'unknown_cluster', message: `Nothing of cluster gone is in ${HERE}.` },
  });
});

it.each(['ListLoadBalancers', 'DescribeScalingGroups', 'DescribeInstances', 'ListServerGroups'])(
  'a cluster of which nothing is seen is not said to be gone while %s is throttled',
  async (action) => {
    throttle(action);

    await expect(told('half')).rejects.toMatchObject({ code: 'cloud_throttled', action });
  },
);

it('a network alone is told with what removes it, for one call more', async () => {
  await network('remnant');

  const { answer, asked } = await told('remnant');

  expect(answer).toMatchObject({
    problem: {
      message: `Of cluster remnant only its network is left in ${HERE}.`,
      hint: 'Type `/ams destroy-cluster remnant` to remove the rest.',
    },
  });
  const count = (action: string) => asked.filter((one) => one === action).length;
  expect([count('DescribeVpcs'), count('DescribeInstances')]).toEqual([1, 1]);
});

it('so are instances that belong to nothing any more', async () => {
  await network('stray');
  instance('stray', 'scaling-group-edge');

  const { answer } = await told('stray');

  expect(answer).toMatchObject({
    problem: { message: `Of cluster stray only instances of it and its network are left in ${HERE}.` },
  });
});

it('a network that cannot be looked for is not said to be gone', async () => {
  throttle('DescribeVpcs');

  await expect(told('hidden')).rejects.toMatchObject({ code: 'cloud_throttled', action: 'DescribeVpcs' });
});

it('of a load balancer that could not be read the listeners are not known either', async () => {
  instance('blind', 'database');
  throttle('ListLoadBalancers');

  const { answer, asked } = await told('blind');

  if (answer.kind !== 'status') throw new Error(JSON.stringify(answer));
  const { status } = answer;
  expect(status.unread).toContain('load balancer');
  expect(new Set(status.listeners.map((one) => one.state))).toEqual(new Set(['unknown']));
  expect(asked).not.toContain('DescribeVpcs');
});

it('without a load balancer there are no listeners', async () => {
  instance('bare', 'database');

  const { answer } = await told('bare');

  if (answer.kind !== 'status') throw new Error(JSON.stringify(answer));
  expect(new Set(answer.status.listeners.map((one) => one.state))).toEqual(new Set(['missing']));
});

it('of a load balancer without its domain nobody says that the certificate is missing', async () => {
  balancer('nameless', 'alb-nameless.invalid');

  const { answer } = await told('nameless');

  if (answer.kind !== 'status') throw new Error(JSON.stringify(answer));
  const { status } = answer;
  expect(status.loadBalancer?.state).toBe('Active');
  expect(status.findings).toContainEqual(expect.stringContaining('no tag ams-domain'));
  expect(fine(statusView(status))).toContain('unknown, the domain is not on record');
});

it('of a load balancer without an address no certificate is looked for on this computer', async () => {
  balancer('young', '', 'young.example.com');

  const { answer } = await told('young');

  if (answer.kind !== 'status') throw new Error(JSON.stringify(answer));
  expect(answer.status.domain).toBe('young.example.com');
  expect(answer.status.unread).not.toContain('certificate');
});

it('what somebody has suspended of a group is told, though all that it wants is there', async () => {
  const part = 'scaling-group-edge';
  const tags = Object.entries(resourceTags('halted', part, 'op-old'));
  const entry = {
    id: 'asg-halted',
    regionId: HERE,
    name: `halted-${part}`,
    visibleAt: 0,
    state: 'Active',
    min: 0,
    max: 3,
    desired: 0,
    cooldown: 300,
    overrides: [],
    vSwitchIds: [],
    serverGroups: [],
    healthCheckTypes: ['ECS'],
    removalPolicies: [],
    tags: tags.map(([Key, Value]) => ({ Key, Value, Propagate: true })),
    suspended: new Set(['ScaleOut', 'HealthCheck']),
    createdAt: new Date(),
    modifiedAt: new Date(),
  };
  essOf(server.cloud).groups.set(entry.id, entry as never);

  const { answer } = await told('halted');

  expect(answer.kind === 'status' && answer.status.findings).toContain(
    'Of the edge group HealthCheck, ScaleOut are suspended: nodes that break are not replaced, no nodes are started. `/ams repair halted` resumes that.',
  );
});
