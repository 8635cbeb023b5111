/**
 * Typical durations in simulated milliseconds (estimates for a small cluster), multiplied by the clock's scale.
 * Each may be overridden in the options.
 */
export const DURATIONS = {
  /** VPC Pending -> Available. */
  vpcCreate: 3_000,
  vSwitchCreate: 3_000,
  /** A vSwitch that is going still blocks its VPC. */
  vSwitchDelete: 1_000,
  /** RunInstances -> Starting. */
  instancePending: 5_000,
  /** Starting -> Running. */
  instanceStarting: 25_000,
  instanceStopping: 10_000,
  instanceReboot: 20_000,
  /** DeleteInstance -> no longer listed. */
  instanceReleasing: 10_000,
  /** A network interface outlives its instance or load balancer by this. */
  interfaceRelease: 5_000,
  /** The group that a product keeps in a VPC outlives its last interface there by this. */
  managedGroupRelease: 10_000,
  /** Running -> Cloud Assistant agent answers. */
  assistantReady: 30_000,
  commandDelivery: 1_000,
  albCreate: 60_000,
  albDelete: 20_000,
  listenerCreate: 5_000,
  listenerChange: 5_000,
  listenerDelete: 5_000,
  serverGroupCreate: 3_000,
  serverGroupChange: 3_000,
  serverChange: 5_000,
};

export type Durations = Readonly<Record<keyof typeof DURATIONS, number>>;
