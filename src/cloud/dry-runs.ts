import { CloudError } from './errors.ts';
import type { Line } from './calling/line.ts';
import { dryRunPassed } from './calling/outcome.ts';

/** What trying a write without doing it showed. */
export interface TriedWrite {
  /** The RAM action, `alb:CreateListener`. */
  readonly action: string;
  /**
   * `allowed`: whatever else the API said, it was past the question of permission. `denied`: RAM refuses it.
   * `untold`: no usable answer.
   */
  readonly verdict: 'allowed' | 'denied' | 'untold';
}

/** Whether these credentials may change things, found out without changing any. */
export interface DryRuns {
  /** Tries each write whose API takes `DryRun` and that we make; never throws. */
  tryWrites(): Promise<readonly TriedWrite[]>;
}

/** The writes that can be tried; Auto Scaling, certificates, DNS, keys, groups and templates have no `DryRun`. */
export const TRIED_WRITES: readonly string[] = [
  'vpc:CreateVpc',
  'vpc:DeleteVpc',
  'vpc:DeleteVSwitch',
  'ecs:RunInstances',
  'ecs:DeleteInstance',
  'alb:CreateLoadBalancer',
  'alb:DeleteLoadBalancer',
  'alb:CreateServerGroup',
  'alb:UpdateServerGroupAttribute',
  'alb:DeleteServerGroup',
  'alb:CreateListener',
  'alb:UpdateListenerAttribute',
  'alb:DeleteListener',
];

/** Every id names nothing that exists, so even an API that overlooked `DryRun` could do nothing. */
const NOTHING = 'dryrun0000000000000000';
/** No VPC may have these addresses, for the same reason. */
const NO_NETWORK = '127.0.0.0/8';

export function createDryRuns(lines: {
  readonly vpc: Line<'vpc'>;
  readonly ecs: Line<'ecs'>;
  readonly alb: Line<'alb'>;
}): DryRuns {
  const { vpc, ecs, alb } = lines;
  const { regionId } = vpc;
  const dryRun = true;
  const [vpcId, vSwitchId, instanceId] = [`vpc-${NOTHING}`, `vsw-${NOTHING}`, `i-${NOTHING}`];
  const [loadBalancerId, listenerId, serverGroupId] = [`alb-${NOTHING}`, `lsn-${NOTHING}`, `sgp-${NOTHING}`];
  const defaultActions = [
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } },
  ];
  const zone = { zoneId: `${regionId}a`, vSwitchId };
  const tries: Readonly<Record<string, () => Promise<unknown>>> = {
    'vpc:CreateVpc': () => vpc.call('CreateVpc', { regionId, cidrBlock: NO_NETWORK, dryRun }),
    'vpc:DeleteVpc': () => vpc.call('DeleteVpc', { regionId, vpcId, dryRun }),
    'vpc:DeleteVSwitch': () => vpc.call('DeleteVSwitch', { regionId, vSwitchId, dryRun }),
    'ecs:RunInstances': () =>
      ecs.callByForm('RunInstances', {
        RegionId: regionId,
        ImageId: `m-${NOTHING}`,
        InstanceType: 'ecs.c7.large',
        VSwitchId: vSwitchId,
        SecurityGroupId: `sg-${NOTHING}`,
        Amount: 1,
        DryRun: true,
      }),
    'ecs:DeleteInstance': () => ecs.call('DeleteInstance', { instanceId, dryRun }),
    'alb:CreateLoadBalancer': () =>
      alb.call('CreateLoadBalancer', {
        vpcId,
        addressType: 'Internet',
        loadBalancerEdition: 'Standard',
        loadBalancerBillingConfig: { payType: 'PostPay' },
        zoneMappings: [zone, { ...zone, zoneId: `${regionId}b` }],
        dryRun,
      }),
    'alb:DeleteLoadBalancer': () => alb.call('DeleteLoadBalancer', { loadBalancerId, dryRun }),
    'alb:CreateServerGroup': () =>
      alb.call('CreateServerGroup', {
        serverGroupName: 'dry-run',
        vpcId,
        healthCheckConfig: { healthCheckEnabled: true },
        dryRun,
      }),
    'alb:UpdateServerGroupAttribute': () => alb.call('UpdateServerGroupAttribute', { serverGroupId, dryRun }),
    'alb:DeleteServerGroup': () => alb.call('DeleteServerGroup', { serverGroupId, dryRun }),
    'alb:CreateListener': () =>
      alb.call('CreateListener', {
        loadBalancerId,
        listenerProtocol: 'HTTP',
        listenerPort: 80,
        defaultActions,
        dryRun,
      }),
    'alb:UpdateListenerAttribute': () => alb.call('UpdateListenerAttribute', { listenerId, dryRun }),
    'alb:DeleteListener': () => alb.call('DeleteListener', { listenerId, dryRun }),
  };
  return {
    tryWrites: () =>
      Promise.all(
        TRIED_WRITES.map(async (action): Promise<TriedWrite> => {
          const attempt = tries[action];
          if (!attempt) return { action, verdict: 'untold' };
          return { action, verdict: await verdictOf(attempt()) };
        }),
      ),
  };
}

/** RAM is asked before the request is looked into, so a refusal for any other reason says that it allows. */
async function verdictOf(running: Promise<unknown>): Promise<TriedWrite['verdict']> {
  try {
    await dryRunPassed(running);
    return 'allowed';
  } catch (error) {
    if (!(error instanceof CloudError)) return 'untold';
    if (error.errorClass === 'permission') return 'denied';
    return ANSWERED.has(error.errorClass) ? 'allowed' : 'untold';
  }
}

/** Refusals that only a request which RAM let through can get. */
const ANSWERED: ReadonlySet<CloudError['errorClass']> = new Set<CloudError['errorClass']>([
  'not-found',
  'invalid',
  'quota',
  'sold-out',
  'money',
  'marketplace',
]);
