/** RAM actions of `/ams status`, `/ams clusters` and `/ams test-fly`; the policy in deploy/ is compared with them. */
export const STATUS_ACTIONS: readonly string[] = [
  'ecs:DescribeRegions',
  'ecs:DescribeInstances',
  'ecs:DescribeSecurityGroups',
  'ecs:DescribeSecurityGroupAttribute',
  'cms:DescribeMetricList',
  'vpc:DescribeVpcs',
  'alb:ListLoadBalancers',
  'alb:ListServerGroups',
  'alb:ListServerGroupServers',
  'alb:ListListeners',
  'alb:GetListenerAttribute',
  'alb:GetListenerHealthStatus',
  'ess:DescribeScalingGroups',
  'ess:DescribeScalingInstances',
  'ess:DescribeScalingActivities',
];
