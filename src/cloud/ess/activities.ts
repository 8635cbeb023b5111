import { readAll } from './list.ts';
import type { Line } from '../calling/line.ts';
import { wireObject } from '../calling/wire-answer.ts';

/** An instance as its group sees it; its addresses and type are ECS's to tell. */
export interface ScalingInstance {
  readonly instanceId: string;
  /** `Pending`, `Pending:Wait`, `InService`, `Protected`, `Standby`, `Stopped`, `Removing`, `Removing:Wait`. */
  readonly lifecycleState: string;
  /** `Healthy`, `Unhealthy`. */
  readonly healthStatus: string;
  /** `AutoCreated`, `Attached`. */
  readonly creationType: string;
  /** ISO 8601, UTC. */
  readonly creationTime: string;
  readonly zoneId: string | undefined;
  readonly privateIp: string | undefined;
  readonly launchTemplateId: string | undefined;
  readonly launchTemplateVersion: string | undefined;
  readonly activityId: string | undefined;
}

export interface ScalingActivity {
  readonly activityId: string;
  readonly scalingGroupId: string;
  /** `InProgress`, `Successful`, `Warning`, `Failed`, `Rejected`. */
  readonly statusCode: string;
  readonly statusMessage: string | undefined;
  /** 0 to 100. */
  readonly progress: number | undefined;
  readonly cause: string | undefined;
  readonly description: string | undefined;
  /** ISO 8601, UTC. */
  readonly startTime: string;
  readonly endTime: string | undefined;
  /** Usually the code that ECS refused with. */
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
}

export interface Activities {
  /** All of a group, with states only those (DescribeScalingInstances). */
  listInstances(scalingGroupId: string): Promise<readonly ScalingInstance[]>;
  /** The newest 50 of a group, newest first (DescribeScalingActivities). */
  listActivities(scalingGroupId: string): Promise<readonly ScalingActivity[]>;
}

export function createActivities(line: Line<'ess'>): Activities {
  const RegionId = line.regionId;
  return {
    async listInstances(scalingGroupId) {
      const all = await readAll(
        line,
        'DescribeScalingInstances',
        'ScalingInstances',
        { ScalingGroupId: scalingGroupId },
        100,
      );
      return all.map((one) => ({
        instanceId: one.text('InstanceId') ?? '',
        lifecycleState: one.text('LifecycleState') ?? '',
        healthStatus: one.text('HealthStatus') ?? '',
        creationType: one.text('CreationType') ?? '',
        creationTime: one.text('CreatedTime') ?? one.text('CreationTime') ?? '',
        zoneId: one.text('ZoneId'),
        privateIp: one.text('PrivateIpAddress'),
        launchTemplateId: one.text('LaunchTemplateId'),
        launchTemplateVersion: one.text('LaunchTemplateVersion'),
        activityId: one.text('ScalingActivityId'),
      }));
    },
    async listActivities(scalingGroupId) {
      // One page: groups that live long have thousands, and the newest tell what matters.
      const answer = await line.callByForm('DescribeScalingActivities', {
        RegionId,
        ScalingGroupId: scalingGroupId,
        PageNumber: 1,
        PageSize: 50,
      });
      return wireObject(answer)
        .objects('ScalingActivities')
        .map((one) => {
          const first = one.objects('ErrorMessages')[0];
          return {
            activityId: one.text('ScalingActivityId') ?? '',
            scalingGroupId,
            statusCode: one.text('StatusCode') ?? '',
            statusMessage: one.text('StatusMessage'),
            progress: one.number('Progress'),
            cause: one.text('Cause'),
            description: one.text('Description'),
            startTime: one.text('StartTime') ?? '',
            endTime: one.text('EndTime'),
            errorCode: one.text('ErrorCode') ?? first?.text('Code'),
            errorMessage: one.text('ErrorMessage') ?? first?.text('Message'),
          };
        });
    },
  };
}
