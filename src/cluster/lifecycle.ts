/**
 * Whether a node is in service by Auto Scaling's word for it (LifecycleState of DescribeScalingInstances); one protected
 * from scale-in serves as any other.
 */
export function isInService(lifecycle: string): boolean {
  return lifecycle === 'InService' || lifecycle === 'Protected';
}
