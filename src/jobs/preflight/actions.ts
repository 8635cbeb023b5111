import { TRIED_WRITES } from '../../cloud/dry-runs.ts';
import { STRANGER_ACTIONS } from '../planning/strangers.ts';

/**
 * RAM actions of the checks before approval and of the cost, those of the kinds' own observing left out; the policy in
 * deploy/ is compared with them. The doctor makes a part of these calls and no other ones.
 */
export const PREFLIGHT_ACTIONS: readonly string[] = [
  ...TRIED_WRITES,
  ...STRANGER_ACTIONS,
  'ecs:DescribeRegions',
  'ecs:DescribeAvailableResource',
  'ecs:DescribeInstanceTypes',
  'ecs:DescribeAccountAttributes',
  'ecs:DescribeImages',
  'ecs:DescribePrice',
  'ecs:DescribeKeyPairs',
  'ecs:DescribeLaunchTemplates',
  'vpc:DescribeZones',
  'vpc:DescribeVpcs',
  'vpc:DescribeVpcAttribute',
  'vpc:DescribeVSwitches',
  'alb:DescribeZones',
  'ess:DescribeScalingGroups',
  'ess:DescribeScalingRules',
  'yundun-cert:ListUserCertificateOrder',
  'yundun-cert:GetUserCertificateDetail',
  'alidns:GetMainDomainName',
  'alidns:DescribeDomainRecords',
  // QueryAccountBalance: accounts know it by the one name or by the other (authorization of BSS API calls).
  'bssapi:QueryAccountBalance',
  'bss:DescribeAcccount',
];
