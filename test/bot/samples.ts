import { expect } from 'vitest';
import { refuseBlocks } from '../../sandbox/slack/block-kit/validate.ts';
import type { View } from '../../src/bot/views/text.ts';
import type { ClusterStatus, OperationView } from '../../src/cluster/answers.ts';
import type { Operation, OperationState, StepRecord } from '../../src/cluster/operation.ts';
import type { Plan, PlanStep } from '../../src/cluster/plan.ts';
import { Settings } from '../../src/cluster/settings.ts';

export const NOW = Date.UTC(2026, 4, 1, 12, 0, 0);

/** With a domain, a certificate and a database. */
export const settings = Settings.parse({
  domain: '{cluster}.example.com',
  certificates: { default: { chain: 'env:CHAIN', key: 'env:KEY' } },
  mongo: { uris: { shared: 'env:MONGO' } },
});

export function planStep(id: string, change: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    kind: id,
    part: id,
    action: 'create',
    after: [],
    title: `Part ${id}`,
    changes: [],
    typicalSeconds: 60,
    ...change,
  };
}

export function samplePlan(change: Partial<Plan> = {}): Plan {
  return {
    steps: [
      planStep('vpc', { title: 'VPC live-vpc, 10.0.0.0/16' }),
      planStep('alb', { title: 'Load balancer live-load-balancer', after: ['vpc'], typicalSeconds: 180 }),
      planStep('edge', { title: 'Edge group, 2 to 10 nodes', after: ['alb'], typicalSeconds: 240 }),
    ],
    cost: {
      currency: 'USD',
      lines: [
        { what: 'ecs.c7.xlarge', count: 3, perHour: 0.51 },
        { what: 'load balancer', count: 1, perHour: undefined },
      ],
      notIncluded: ['traffic', 'the Ant Media licence'],
    },
    risks: ['The domain has no CNAME yet.'],
    ...change,
  };
}

export function operation(state: OperationState, change: Partial<Operation> = {}): Operation {
  return {
    id: 'op-7k3m9q2x',
    cluster: 'live',
    regionId: 'eu-central-1',
    wish: { kind: 'create', options: {} },
    state,
    requester: { user: 'U0ALICE001', channel: 'C0OPS00001', text: '/ams create-cluster live' },
    policy: { approvers: ['U0BOB00001'], quorum: 1, selfApproval: false, expiresAfterMs: 3_600_000 },
    spec: undefined,
    plan: state === 'draft' ? undefined : samplePlan(),
    digest: 'a'.repeat(64),
    decisions: [],
    createdAt: NOW - 60_000,
    expiresAt: NOW + 3_600_000,
    run: 1,
    problems: [],
    ...change,
  };
}

export function seen(
  state: OperationState,
  change: Partial<Operation> = {},
  steps: Record<string, StepRecord> = {},
): OperationView {
  return { operation: operation(state, change), steps };
}

export function status(change: Partial<ClusterStatus> = {}): ClusterStatus {
  const node = { lifecycle: 'InService', healthy: true, inCluster: true, zone: 'eu-central-1a' } as const;
  return {
    cluster: 'live',
    regionId: 'eu-central-1',
    zones: ['eu-central-1a', 'eu-central-1b'],
    health: 'good',
    findings: [],
    groups: [
      {
        role: 'origin',
        exists: true,
        state: 'Active',
        min: 1,
        max: 10,
        desired: 1,
        serving: 1,
        cpuTarget: 60,
        nodes: [{ ...node, instanceId: 'i-1', privateIp: '10.0.0.5' }],
      },
      {
        role: 'edge',
        exists: true,
        state: 'Active',
        min: 2,
        max: 10,
        desired: 2,
        serving: 1,
        cpuTarget: 60,
        nodes: [{ ...node, instanceId: 'i-2', privateIp: '10.0.1.5', healthy: false, inCluster: false }],
      },
    ],
    listeners: [
      { port: 443, protocol: 'HTTPS', role: 'origin', exists: true, state: 'Running', leadsRight: true },
    ],
    loadBalancer: { state: 'Active', dnsName: 'alb-1.eu-central-1.alb.aliyuncs.com' },
    database: { state: 'Running', privateIp: '10.0.0.9', external: false },
    certificate: { names: ['*.example.com'], daysLeft: 12, isDue: true },
    domain: 'live.example.com',
    publishUrl: 'https://live.example.com/WebRTCAppEE/',
    playUrl: 'https://live.example.com:5443/WebRTCAppEE/player.html',
    unread: [],
    readAt: NOW,
    ...change,
  };
}

/** A status with three hours behind it: the CPU goes from 60 to 20 %, the edge group from 2 nodes to 3. */
export function pastStatus(change: Partial<ClusterStatus> = {}): ClusterStatus {
  const moments = Array.from({ length: 36 }, (_none, at) => NOW - (35 - at) * 300_000);
  const cpu = moments.map((at, index) => ({ at, percent: 60 - (40 * index) / 35 }));
  const groups = status().groups.map((group) => ({
    ...group,
    cpu,
    sizes: moments.map((at, index) => ({ at, nodes: group.role === 'origin' ? 1 : index < 20 ? 2 : 3 })),
  }));
  return status({ groups, ...change });
}

/** What somebody may write to call people or to look like us. */
export const EVIL = '<!channel> & <@U1> *bold*';

export const outcome = {
  domain: 'live.example.com',
  publishUrl: 'https://live.example.com/',
  playUrl: 'https://live.example.com:5443/',
  panelUrl: 'https://live.example.com/',
  cname: { name: 'live.example.com', value: 'alb-1.aliyuncs.com', set: false },
  adminSecret: 'admin',
  adminEmail: 'admin@ams.local',
  notes: ['a note'],
};

export const problem = {
  code: 'no_stock',
  message: 'Sold out: ecs.c7.xlarge.',
  hint: 'Choose another with `--edge-type`.',
  cloud: { action: 'CreateScalingGroup', code: 'OperationDenied.NoStock', requestId: 'REQ-1' },
};

export const options = { now: NOW, timeScale: 1, planBlock: false };

/** That Slack takes it. @returns all of it as JSON */
export function fine(view: View): string {
  expect(refuseBlocks(view.blocks)).toBeUndefined();
  expect(view.text.length).toBeGreaterThan(0);
  expect(view.text.length).toBeLessThanOrEqual(4_000);
  return JSON.stringify(view);
}
