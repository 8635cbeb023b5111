import { type Call, jsonTexts, number, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { numberedPage, tokenPage } from '../page.ts';
import { matchesTags, tagKeyValues, tagsAsked } from '../tags.ts';
import { vpcState } from '../vpc/state.ts';
import { instanceType } from './instance-types.ts';
import { isoTime, nameMatcher, needInstance } from './lookup.ts';
import { ecsState, type InstanceEntry } from './state.ts';

/** DescribeInstances. An instance asked for by id is found at once; filters find it a little later. */
export function describeInstances(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = jsonTexts(params, 'InstanceIds', 100);
  const is = (name: string, value: string | undefined) => (text(params, name) ?? value) === value;
  const group = text(params, 'SecurityGroupId');
  const matches = nameMatcher(text(params, 'InstanceName'));
  const publicIps = jsonTexts(params, 'PublicIpAddresses');
  const privateIps = jsonTexts(params, 'PrivateIpAddresses');
  const all = ecsState(cloud)
    .instances.narrowed(ids, text(params, 'VpcId'), text(params, 'VSwitchId'), group, ...tagsAsked(params))
    .filter(
      (entry) =>
        entry.regionId === regionId &&
        (ids === undefined ? isVisible(entry) : ids.includes(entry.id)) &&
        is('Status', entry.status) &&
        is('VpcId', entry.vpcId) &&
        is('VSwitchId', entry.vSwitchId) &&
        is('ZoneId', entry.zoneId) &&
        is('KeyPairName', entry.keyPairName) &&
        is('ImageId', entry.imageId) &&
        is('InstanceType', entry.instanceType) &&
        (group === undefined || entry.securityGroupIds.includes(group)) &&
        (publicIps === undefined || publicIps.includes(entry.publicIp ?? '')) &&
        (privateIps === undefined || privateIps.includes(entry.privateIp)) &&
        matches(entry.name) &&
        matchesTags(entry.tags, params),
    );
  // The newer paging by token, unless a page number is asked for.
  if (number(params, 'PageNumber') !== undefined || number(params, 'PageSize') !== undefined) {
    const { items, answer } = numberedPage(all, params, { usual: 10, most: 100 });
    return {
      ...answer,
      NextToken: '',
      Instances: { Instance: items.map((entry) => instanceView(cloud, entry)) },
    };
  }
  const { items, answer } = tokenPage(all, params, { usual: 10, most: 100 });
  return {
    TotalCount: all.length,
    PageNumber: 1,
    PageSize: answer.MaxResults,
    NextToken: answer.NextToken,
    Instances: { Instance: items.map((entry) => instanceView(cloud, entry)) },
  };
}

function instanceView(cloud: Cloud, entry: InstanceEntry): object {
  const type = instanceType(entry.instanceType);
  const isUp = entry.status !== 'Pending' && entry.status !== 'Starting';
  const card = vpcState(cloud).interfaces.get(entry.interfaceId);
  return {
    InstanceId: entry.id,
    InstanceName: entry.name,
    HostName: entry.hostName,
    Description: entry.description,
    RegionId: entry.regionId,
    ZoneId: entry.zoneId,
    Status: entry.status,
    ImageId: entry.imageId,
    OSName: 'Ubuntu 64 bit',
    OSType: 'linux',
    InstanceType: entry.instanceType,
    InstanceTypeFamily: type?.family ?? '',
    Cpu: type?.cores ?? 0,
    Memory: (type?.memoryGiB ?? 0) * 1024,
    CreationTime: isoTime(entry.createdAt, 'minute'),
    StartTime: entry.startedAt === undefined ? '' : isoTime(entry.startedAt, 'minute'),
    ExpiredTime: '2099-12-31T15:59Z',
    KeyPairName: entry.keyPairName ?? '',
    SerialNumber: entry.serialNumber,
    InstanceNetworkType: 'vpc',
    IoOptimized: true,
    InstanceChargeType: 'PostPaid',
    SpotStrategy: 'NoSpot',
    InternetChargeType: entry.internetChargeType,
    InternetMaxBandwidthOut: entry.internetMaxBandwidthOut,
    InternetMaxBandwidthIn: entry.internetMaxBandwidthOut === 0 ? 0 : 200,
    DeletionProtection: entry.deletionProtection,
    StoppedMode: entry.status === 'Stopped' ? 'KeepCharging' : 'Not-applicable',
    SecurityGroupIds: { SecurityGroupId: entry.securityGroupIds },
    VpcAttributes: {
      VpcId: entry.vpcId,
      VSwitchId: entry.vSwitchId,
      NatIpAddress: '',
      PrivateIpAddress: { IpAddress: [entry.privateIp] },
    },
    NetworkInterfaces: {
      NetworkInterface: [
        {
          NetworkInterfaceId: entry.interfaceId,
          PrimaryIpAddress: entry.privateIp,
          MacAddress: card?.mac ?? '',
          Type: 'Primary',
        },
      ],
    },
    InnerIpAddress: { IpAddress: [] },
    PublicIpAddress: { IpAddress: isUp && entry.publicIp !== undefined ? [entry.publicIp] : [] },
    EipAddress: { IpAddress: entry.elasticIp ?? '', AllocationId: '', InternetChargeType: '' },
    OperationLocks: { LockReason: [] },
    Tags: { Tag: tagKeyValues(entry.tags) },
  };
}

/** DescribeInstanceStatus. */
export function describeInstanceStatus(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = texts(params, 'InstanceId');
  const all = ecsState(cloud)
    .instances.narrowed(ids)
    .filter(
      (entry) =>
        entry.regionId === regionId &&
        (ids.length === 0 ? isVisible(entry) : ids.includes(entry.id)) &&
        (text(params, 'ZoneId') ?? entry.zoneId) === entry.zoneId,
    );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 50 });
  return {
    ...answer,
    InstanceStatuses: {
      InstanceStatus: items.map((entry) => ({ InstanceId: entry.id, Status: entry.status })),
    },
  };
}

export function describeUserData(call: Call, cloud: Cloud): object {
  const entry = needInstance(cloud, call);
  return { RegionId: entry.regionId, InstanceId: entry.id, UserData: entry.userData };
}

export function describeDisks(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = jsonTexts(params, 'DiskIds');
  const instanceId = text(params, 'InstanceId');
  const all = ecsState(cloud)
    .disks.narrowed(ids, instanceId, ...tagsAsked(params))
    .filter(
      (disk) =>
        disk.regionId === regionId &&
        (ids === undefined || ids.includes(disk.id)) &&
        (instanceId === undefined || disk.instanceId === instanceId) &&
        (text(params, 'ZoneId') ?? disk.zoneId) === disk.zoneId &&
        (text(params, 'DiskType') ?? 'all').replace('all', disk.type) === disk.type &&
        matchesTags(disk.tags, params),
    );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 100 });
  return {
    ...answer,
    NextToken: '',
    Disks: {
      Disk: items.map((disk) => ({
        DiskId: disk.id,
        DiskName: '',
        RegionId: disk.regionId,
        ZoneId: disk.zoneId,
        Type: disk.type,
        Category: disk.category,
        Size: disk.sizeGiB,
        PerformanceLevel: disk.performanceLevel,
        Status: disk.instanceId === undefined ? 'Available' : 'In_use',
        InstanceId: disk.instanceId ?? '',
        DeleteWithInstance: disk.deleteWithInstance,
        CreationTime: isoTime(disk.createdAt),
        DiskChargeType: 'PostPaid',
        Tags: { Tag: tagKeyValues(disk.tags) },
      })),
    },
  };
}

/** DescribeNetworkInterfaces: shows who still holds a vSwitch or a group. */
export function describeNetworkInterfaces(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = texts(params, 'NetworkInterfaceId');
  const group = text(params, 'SecurityGroupId');
  const is = (name: string, value: string) => (text(params, name) ?? value) === value;
  const all = vpcState(cloud)
    .interfaces.narrowed(
      ids,
      group,
      text(params, 'VpcId'),
      text(params, 'VSwitchId'),
      text(params, 'InstanceId'),
    )
    .filter(
      (entry) =>
        entry.regionId === regionId &&
        (ids.length === 0 || ids.includes(entry.id)) &&
        is('VpcId', entry.vpcId) &&
        is('VSwitchId', entry.vSwitchId) &&
        is('InstanceId', entry.ownerId) &&
        is('Type', entry.type) &&
        is('PrimaryIpAddress', entry.ip) &&
        (group === undefined || entry.securityGroupIds.includes(group)),
    );
  const { items, answer } = tokenPage(all, params, { usual: 10, most: 500 });
  return {
    TotalCount: all.length,
    PageNumber: 1,
    PageSize: answer.MaxResults,
    NextToken: answer.NextToken,
    NetworkInterfaceSets: {
      NetworkInterfaceSet: items.map((entry) => ({
        NetworkInterfaceId: entry.id,
        Type: entry.type,
        Status: entry.status,
        Description: entry.description,
        ServiceManaged: entry.serviceManaged,
        InstanceId: entry.serviceManaged ? '' : entry.ownerId,
        VpcId: entry.vpcId,
        VSwitchId: entry.vSwitchId,
        ZoneId: entry.zoneId,
        MacAddress: entry.mac,
        PrivateIpAddress: entry.ip,
        PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: entry.ip, Primary: true }] },
        SecurityGroupIds: { SecurityGroupId: entry.securityGroupIds },
        CreationTime: isoTime(entry.createdAt),
        Tags: { Tag: [] },
      })),
    },
  };
}
