/** What the simulated Auto Scaling remembers. */
import type { Listed } from '../listed.ts';
import { inRegion, Table } from '../table.ts';
import { tagMarks } from '../tags.ts';

export interface GroupTag {
  readonly Key: string;
  readonly Value: string;
  readonly Propagate: boolean;
}

/** A server group that instances are put into. `via` is the parameter family it was attached through. */
export interface AttachedServerGroup {
  readonly id: string;
  readonly port: number;
  readonly weight: number;
  readonly via: 'AlbServerGroups' | 'ServerGroups';
}

export interface ScalingGroup extends Listed {
  readonly id: string;
  readonly regionId: string;
  name: string;
  state: 'Inactive' | 'Active' | 'Deleting';
  min: number;
  max: number;
  /** Undefined when the group has no desired capacity: then only min and max are kept. */
  desired: number | undefined;
  cooldown: number;
  templateId: string;
  templateVersion: string;
  overrides: readonly { readonly InstanceType: string }[];
  vSwitchIds: readonly string[];
  readonly vpcId: string;
  multiAz: string;
  readonly groupType: string;
  serverGroups: readonly AttachedServerGroup[];
  healthCheckTypes: readonly string[];
  removalPolicies: readonly string[];
  scalingPolicy: string;
  stopTimeout: number | undefined;
  maxLifetime: number | undefined;
  deletionProtection: boolean;
  readonly resourceGroupId: string;
  readonly tags: GroupTag[];
  readonly suspended: Set<string>;
  readonly createdAt: Date;
  modifiedAt: Date;
  /** Instances asked for and not launched yet. */
  launching: number;
  /** After a failed launch: not before this moment, and how often it failed in a row. */
  retryAt: number;
  failures: number;
  cancelCheck: () => void;
}

export interface ScalingInstance {
  readonly instanceId: string;
  readonly groupId: string;
  state:
    | 'Pending'
    | 'Pending:Wait'
    | 'InService'
    | 'Protected'
    | 'Standby'
    | 'Stopped'
    | 'Removing'
    | 'Removing:Wait';
  health: 'Healthy' | 'Unhealthy';
  readonly creationType: 'AutoCreated' | 'Attached';
  entrusted: boolean;
  readonly templateId: string;
  readonly templateVersion: string;
  readonly zoneId: string;
  readonly vSwitchId: string;
  readonly ip: string;
  readonly createdAt: Date;
  activityId: string;
  /** Since when it serves, for the grace of load balancer checks. */
  inServiceAt: number | undefined;
}

export interface ActivityError {
  readonly Code: string;
  readonly Message: string;
  readonly Description: string;
  readonly FailedInstanceIds: readonly string[];
}

export interface Activity {
  readonly id: string;
  readonly groupId: string;
  readonly regionId: string;
  status: 'InProgress' | 'Successful' | 'Warning' | 'Failed' | 'Rejected';
  statusMessage: string;
  progress: number;
  readonly cause: string;
  description: string;
  readonly startedAt: Date;
  endedAt: Date | undefined;
  readonly errors: ActivityError[];
  readonly created: string[];
  readonly destroyed: string[];
  readonly trigger: 'Cms' | 'APIs' | 'Ess';
  readonly triggerId: string;
  readonly metadata: string;
  /** Instances this activity is about. */
  readonly wanted: number;
  totalAfter: number;
}

export interface ScalingRule extends Listed {
  readonly id: string;
  readonly ari: string;
  readonly regionId: string;
  readonly groupId: string;
  name: string;
  readonly type: string;
  /** The rule's own parameters under their wire names. */
  settings: Readonly<Record<string, unknown>>;
}

export interface LifecycleHook {
  readonly id: string;
  readonly groupId: string;
  name: string;
  transition: 'SCALE_OUT' | 'SCALE_IN';
  defaultResult: 'CONTINUE' | 'ABANDON';
  heartbeatTimeout: number;
  status: 'Active' | 'InActive';
  notificationArn: string;
  notificationMetadata: string;
}

export interface LifecycleAction {
  readonly token: string;
  readonly hookId: string;
  readonly groupId: string;
  readonly activityId: string;
  readonly instanceIds: readonly string[];
  status: 'Pending' | 'Timeout' | 'Completed';
  result: 'CONTINUE' | 'ABANDON';
  /** Ends the wait with a result. */
  settle: (status: 'Timeout' | 'Completed', result: 'CONTINUE' | 'ABANDON') => void;
  /** Starts the heartbeat time-out anew, in seconds. */
  beat: (seconds: number) => void;
}

export interface ScheduledTask {
  readonly id: string;
  readonly regionId: string;
  name: string;
  settings: Readonly<Record<string, unknown>>;
  enabled: boolean;
  cancel: () => void;
}

/** The memory of Auto Scaling, for all regions. */
export class EssState {
  readonly groups = new Table<ScalingGroup>((entry) => [
    inRegion(entry.regionId),
    entry.name,
    ...tagMarks(entry.tags),
  ]);
  /** By ECS instance id. */
  readonly instances = new Table<ScalingInstance>((entry) => [entry.groupId]);
  readonly activities = new Table<Activity>((entry) => [entry.groupId]);
  readonly rules = new Table<ScalingRule>((entry) => [entry.groupId, entry.ari, entry.name]);
  readonly hooks = new Table<LifecycleHook>((entry) => [entry.groupId]);
  readonly actions = new Table<LifecycleAction>((entry) => [entry.groupId, entry.hookId, entry.activityId]);
  readonly tasks = new Map<string, ScheduledTask>();

  instancesOf(groupId: string): readonly ScalingInstance[] {
    return this.instances.bearing(groupId);
  }

  hooksOf(groupId: string): readonly LifecycleHook[] {
    return this.hooks.bearing(groupId);
  }

  activitiesOf(groupId: string): readonly Activity[] {
    return this.activities.bearing(groupId);
  }

  isBusy(groupId: string): boolean {
    return this.activitiesOf(groupId).some((activity) => activity.status === 'InProgress');
  }
}

/** Instances that count as the group's capacity: all that are not on their way out. */
export function isCapacity(instance: ScalingInstance): boolean {
  return !instance.state.startsWith('Removing');
}
