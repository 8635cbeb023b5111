import { ApiError, incorrectStatus, invalidParameter } from '../api-error.ts';
import { type Call, endDryRun, flag, number, type Params, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { vpcState } from '../vpc/state.ts';
import { checkLaunch } from './launch-checks.ts';
import { launchInstances } from './launch.ts';
import { readLaunch } from './launch-spec.ts';
import { resolveTemplate } from './launch-templates.ts';
import { needInstance } from './lookup.ts';
import { powerCycle, powerOff, powerOn } from './power.ts';
import { needGroup } from './security-groups.ts';
import { ecsState, type InstanceEntry } from './state.ts';
import { checkTermination, terminateInstances } from './terminate.ts';

/** RunInstances; parameters of the call go before those of a launch template. */
export function runInstances(call: Call, cloud: Cloud): object {
  const spec = readLaunch(call.regionId, withTemplate(call, cloud));
  checkLaunch(cloud, spec);
  if (spec.privateIpAddress !== undefined && spec.amount > 1) {
    throw invalidParameter('Amount', spec.amount, '1 when PrivateIpAddress is given');
  }
  endDryRun(call);
  const entries = launchInstances(cloud, spec);
  return {
    OrderId: cloud.ids.digits(15),
    TradePrice: 0,
    InstanceIdSets: { InstanceIdSet: entries.map((entry) => entry.id) },
  };
}

function withTemplate(call: Call, cloud: Cloud): Params {
  const { params, regionId } = call;
  const id = text(params, 'LaunchTemplateId');
  const name = text(params, 'LaunchTemplateName');
  if (id === undefined && name === undefined) return params;
  const version = number(params, 'LaunchTemplateVersion');
  const { data } = resolveTemplate(cloud, {
    regionId,
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version: String(version) }),
  });
  const namesGroup =
    text(params, 'SecurityGroupId') !== undefined || texts(params, 'SecurityGroupIds').length > 0;
  if (!namesGroup) return { ...data, ...params };
  const { SecurityGroupId: _one, SecurityGroupIds: _several, ...rest } = data;
  return { ...rest, ...params };
}

export function deleteInstance(call: Call, cloud: Cloud): object {
  const entry = needInstance(cloud, call);
  terminate(call, cloud, [entry]);
  return {};
}

/** DeleteInstances: one unknown id refuses the whole call. */
export function deleteInstances(call: Call, cloud: Cloud): object {
  const entries = texts(call.params, 'InstanceId').map((id) => needInstance(cloud, call, id));
  terminate(call, cloud, entries);
  return {};
}

function terminate(call: Call, cloud: Cloud, entries: readonly InstanceEntry[]): void {
  const options = { force: flag(call.params, 'Force') ?? false };
  checkTermination(entries, options);
  endDryRun(call);
  void terminateInstances(cloud, entries, options);
}

export function stopInstance(call: Call, cloud: Cloud): object {
  stop(call, cloud, [needInstance(cloud, call)]);
  return {};
}

export function stopInstances(call: Call, cloud: Cloud): object {
  const entries = texts(call.params, 'InstanceId').map((id) => needInstance(cloud, call, id));
  const before = entries.map((entry) => entry.status);
  stop(call, cloud, entries);
  return {
    InstanceResponses: {
      InstanceResponse: entries.map((entry, at) => ({
        InstanceId: entry.id,
        Code: '200',
        Message: 'success',
        PreviousStatus: before[at],
        CurrentStatus: entry.status,
      })),
    },
  };
}

function stop(call: Call, cloud: Cloud, entries: readonly InstanceEntry[]): void {
  for (const entry of entries) {
    if (entry.status !== 'Running' && entry.status !== 'Stopped') throw wrong(entry);
  }
  endDryRun(call);
  for (const entry of entries) if (entry.status === 'Running') void cloud.track(powerOff(cloud, entry));
}

export function startInstance(call: Call, cloud: Cloud): object {
  const entry = needInstance(cloud, call);
  if (entry.status !== 'Stopped' || entry.isReleasing) throw wrong(entry);
  endDryRun(call);
  void cloud.track(powerOn(cloud, entry));
  return {};
}

export function rebootInstance(call: Call, cloud: Cloud): object {
  const entry = needInstance(cloud, call);
  if (entry.status !== 'Running') throw wrong(entry);
  endDryRun(call);
  void cloud.track(powerCycle(cloud, entry));
  return {};
}

function wrong(entry: InstanceEntry): ApiError {
  return incorrectStatus('IncorrectInstanceStatus', `instance ${entry.id}`, entry.status);
}

export function modifyInstanceAttribute(call: Call, cloud: Cloud): object {
  const { params } = call;
  const entry = needInstance(cloud, call);
  const groups = texts(params, 'SecurityGroupIds');
  for (const id of groups) {
    const group = needGroup(cloud, entry.regionId, id);
    if (group.vpcId !== entry.vpcId) {
      throw new ApiError(
        'InvalidParameter.Mismatch',
        400,
        `The security group ${id} is not in ${entry.vpcId}.`,
      );
    }
  }
  if (text(params, 'UserData') !== undefined && entry.status !== 'Stopped') throw wrong(entry);
  entry.name = text(params, 'InstanceName') ?? entry.name;
  entry.hostName = text(params, 'HostName') ?? entry.hostName;
  entry.description = text(params, 'Description') ?? entry.description;
  entry.userData = text(params, 'UserData') ?? entry.userData;
  entry.deletionProtection = flag(params, 'DeletionProtection') ?? entry.deletionProtection;
  if (groups.length > 0) {
    entry.securityGroupIds = groups;
    ecsState(cloud).instances.remark(entry.id);
    const { interfaces } = vpcState(cloud);
    const card = interfaces.get(entry.interfaceId);
    if (card !== undefined) card.securityGroupIds = groups;
    interfaces.remark(entry.interfaceId);
  }
  return {};
}
