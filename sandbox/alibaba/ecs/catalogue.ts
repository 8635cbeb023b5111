import { type Call, number, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { tokenPage } from '../page.ts';
import { INSTANCE_TYPES } from './instance-types.ts';
import { ecsState, typeIn } from './state.ts';

/** DescribeInstanceTypes. */
export function describeInstanceTypes(call: Call): object {
  const { params } = call;
  const ids = texts(params, 'InstanceTypes');
  const families = texts(params, 'InstanceTypeFamilies');
  const family = text(params, 'InstanceTypeFamily');
  const within = (value: number, least: string, most: string) =>
    value >= (number(params, least) ?? 0) && value <= (number(params, most) ?? Number.POSITIVE_INFINITY);
  const all = INSTANCE_TYPES.filter(
    (type) =>
      (ids.length === 0 || ids.includes(type.id)) &&
      (families.length === 0 || families.includes(type.family)) &&
      (family === undefined || family === type.family) &&
      within(type.cores, 'MinimumCpuCoreCount', 'MaximumCpuCoreCount') &&
      within(type.memoryGiB, 'MinimumMemorySize', 'MaximumMemorySize'),
  );
  const { items, answer } = tokenPage(all, params, { usual: 1_600, most: 1_600 });
  return {
    NextToken: answer.NextToken,
    InstanceTypes: {
      InstanceType: items.map((type) => ({
        InstanceTypeId: type.id,
        InstanceTypeFamily: type.family,
        InstanceCategory: type.category,
        CpuCoreCount: type.cores,
        MemorySize: type.memoryGiB,
        CpuArchitecture: type.architecture,
        EniQuantity: 2,
        GPUAmount: 0,
      })),
    },
  };
}

/** vCPUs of pay-as-you-go instances in a region. */
export function usedVCpus(cloud: Cloud, regionId: string): number {
  const { instances } = ecsState(cloud);
  return INSTANCE_TYPES.reduce(
    (sum, type) => sum + type.cores * instances.count(typeIn(regionId, type.id)),
    0,
  );
}

/** DescribeAccountAttributes: quotas and what is used of them. */
export function describeAccountAttributes(call: Call, cloud: Cloud): object {
  const wanted = texts(call.params, 'AttributeName');
  const { quotas } = cloud.settings;
  const groups = [...ecsState(cloud).groups.values()].filter((group) => group.regionId === call.regionId);
  const values: Readonly<Record<string, number>> = {
    'instance-network-type': 0,
    'max-security-groups': quotas.securityGroups,
    'used-security-groups': groups.length,
    'max-postpaid-instance-vcpu-count': quotas.vCpus,
    'used-postpaid-instance-vcpu-count': usedVCpus(cloud, call.regionId),
    'max-key-pairs': quotas.keyPairs,
  };
  return {
    AccountAttributeItems: {
      AccountAttributeItem: Object.entries(values)
        .filter(([name]) => wanted.length === 0 || wanted.includes(name))
        .map(([AttributeName, value]) => ({
          AttributeName,
          AttributeValues: {
            ValueItem: [{ Value: AttributeName === 'instance-network-type' ? 'vpc' : String(value) }],
          },
        })),
    },
  };
}
