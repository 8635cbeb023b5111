import type { Product } from '../product.ts';
import { describeScalingActivities, describeScalingActivityDetail } from './activity-reads.ts';
import { attachServerGroups, detachServerGroups } from './attach-groups.ts';
import { bindEcs } from './ecs-binding.ts';
import { describeLimitation, describeScalingGroupDetail, describeScalingGroups } from './group-view.ts';
import * as groups from './groups.ts';
import * as hooks from './hooks.ts';
import * as instances from './instances.ts';
import { essModel } from './parameters.ts';
import * as rules from './rules.ts';
import { scaleWithAdjustment } from './scaling.ts';
import * as tags from './tags.ts';
import * as tasks from './tasks.ts';

/** Auto Scaling, 2022-02-22. */
export const ess: Product = {
  name: 'ESS',
  version: '2022-02-22',
  model: essModel,
  setUp: bindEcs,
  actions: {
    CreateScalingGroup: groups.createScalingGroup,
    ModifyScalingGroup: groups.modifyScalingGroup,
    EnableScalingGroup: groups.enableScalingGroup,
    DisableScalingGroup: groups.disableScalingGroup,
    DeleteScalingGroup: groups.deleteScalingGroup,
    SetGroupDeletionProtection: groups.setGroupDeletionProtection,
    SuspendProcesses: groups.suspendProcesses,
    ResumeProcesses: groups.resumeProcesses,
    DescribeScalingGroups: describeScalingGroups,
    DescribeScalingGroupDetail: describeScalingGroupDetail,
    DescribeLimitation: describeLimitation,
    AttachAlbServerGroups: attachServerGroups,
    DetachAlbServerGroups: detachServerGroups,
    AttachServerGroups: attachServerGroups,
    DetachServerGroups: detachServerGroups,
    CreateScalingRule: rules.createScalingRule,
    ModifyScalingRule: rules.modifyScalingRule,
    DeleteScalingRule: rules.deleteScalingRule,
    DescribeScalingRules: rules.describeScalingRules,
    ExecuteScalingRule: rules.executeScalingRule,
    ScaleWithAdjustment: scaleWithAdjustment,
    DescribeScalingInstances: instances.describeScalingInstances,
    RemoveInstances: instances.removeInstances,
    DetachInstances: instances.detachInstances,
    AttachInstances: instances.attachInstances,
    EnterStandby: instances.enterStandby,
    ExitStandby: instances.exitStandby,
    SetInstancesProtection: instances.setInstancesProtection,
    SetInstanceHealth: instances.setInstanceHealth,
    DescribeScalingActivities: describeScalingActivities,
    DescribeScalingActivityDetail: describeScalingActivityDetail,
    CreateLifecycleHook: hooks.createLifecycleHook,
    ModifyLifecycleHook: hooks.modifyLifecycleHook,
    DeleteLifecycleHook: hooks.deleteLifecycleHook,
    DescribeLifecycleHooks: hooks.describeLifecycleHooks,
    DescribeLifecycleActions: hooks.describeLifecycleActions,
    CompleteLifecycleAction: hooks.completeLifecycleAction,
    RecordLifecycleActionHeartbeat: hooks.recordLifecycleActionHeartbeat,
    CreateScheduledTask: tasks.createScheduledTask,
    ModifyScheduledTask: tasks.modifyScheduledTask,
    DeleteScheduledTask: tasks.deleteScheduledTask,
    DescribeScheduledTasks: tasks.describeScheduledTasks,
    TagResources: tags.tagResources,
    UntagResources: tags.untagResources,
    ListTagResources: tags.listTagResources,
  },
};
