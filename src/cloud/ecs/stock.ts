import type { Line } from '../calling/line.ts';
import { byToken, inRuns } from '../calling/paging.ts';

/** Whether something can be bought in a zone. */
export interface Offer {
  readonly zoneId: string;
  /** The instance type or disk category. */
  readonly value: string;
  /** Available with stock that is not about to end. */
  readonly available: boolean;
  /** `WithStock`, `ClosedWithStock`, `WithoutStock`, `ClosedWithoutStock`. */
  readonly stock: string | undefined;
}

export interface InstanceType {
  readonly instanceTypeId: string;
  readonly family: string | undefined;
  readonly cpuCoreCount: number;
  readonly memoryGiB: number;
  /** `X86`, `ARM`. */
  readonly cpuArchitecture: string | undefined;
}

export interface AccountAttributes {
  /** Pay-as-you-go vCPUs that may still be started; undefined when the account is not told. */
  readonly vcpuLeft: number | undefined;
  readonly vcpuMax: number | undefined;
  readonly vcpuUsed: number | undefined;
  readonly maxSecurityGroups: number | undefined;
}

export interface Stock {
  /** What is sold where, pay-as-you-go in a VPC (DescribeAvailableResource). */
  availableResource(input: {
    readonly destination: 'InstanceType' | 'SystemDisk';
    readonly instanceType?: string | undefined;
    readonly zoneId?: string | undefined;
    readonly systemDiskCategory?: string | undefined;
  }): Promise<readonly Offer[]>;
  /** Those of the named types that exist (DescribeInstanceTypes). */
  instanceTypes(input: { readonly instanceTypes: readonly string[] }): Promise<readonly InstanceType[]>;
  /** Regions that the account sees (DescribeRegions). */
  regions(): Promise<readonly { readonly regionId: string; readonly name: string | undefined }[]>;
  /** Quotas (DescribeAccountAttributes). */
  accountAttributes(): Promise<AccountAttributes>;
}

export function createStock(line: Line<'ecs'>): Stock {
  const { regionId } = line;
  return {
    async availableResource({ destination, instanceType, zoneId, systemDiskCategory }) {
      const answer = await line.call('DescribeAvailableResource', {
        regionId,
        destinationResource: destination,
        resourceType: 'instance',
        instanceChargeType: 'PostPaid',
        networkCategory: 'vpc',
        ioOptimized: 'optimized',
        instanceType,
        zoneId,
        systemDiskCategory,
      });
      return (answer.availableZones?.availableZone ?? []).flatMap((zone) =>
        (zone.availableResources?.availableResource ?? [])
          .filter((resource) => resource.type === undefined || resource.type === destination)
          .flatMap((resource) => resource.supportedResources?.supportedResource ?? [])
          .map((offer) => ({
            zoneId: zone.zoneId ?? '',
            value: offer.value ?? '',
            available: offer.status === 'Available' && (offer.statusCategory ?? 'WithStock') === 'WithStock',
            stock: offer.statusCategory,
          })),
      );
    },
    async instanceTypes({ instanceTypes }) {
      const runs = await Promise.all(
        inRuns(instanceTypes, 10).map((names) =>
          byToken(async (nextToken) => {
            const answer = await line.call('DescribeInstanceTypes', { instanceTypes: [...names], nextToken });
            return { items: answer.instanceTypes?.instanceType ?? [], nextToken: answer.nextToken };
          }),
        ),
      );
      return runs.flat().map((type) => ({
        instanceTypeId: type.instanceTypeId ?? '',
        family: type.instanceTypeFamily,
        cpuCoreCount: type.cpuCoreCount ?? 0,
        memoryGiB: type.memorySize ?? 0,
        cpuArchitecture: type.cpuArchitecture,
      }));
    },
    async regions() {
      const answer = await line.call('DescribeRegions', { acceptLanguage: 'en-US' });
      return (answer.regions?.region ?? []).flatMap((region) =>
        region.regionId === undefined ? [] : [{ regionId: region.regionId, name: region.localName }],
      );
    },
    async accountAttributes() {
      const answer = await line.call('DescribeAccountAttributes', {
        regionId,
        attributeName: [MAX_VCPU, USED_VCPU, MAX_GROUPS],
      });
      const items = answer.accountAttributeItems?.accountAttributeItem ?? [];
      const numberOf = (name: string): number | undefined => {
        const text = items.find((item) => item.attributeName === name)?.attributeValues?.valueItem?.[0]
          ?.value;
        const value = text === undefined || text === '' ? Number.NaN : Number(text);
        return Number.isFinite(value) ? value : undefined;
      };
      const [vcpuMax, vcpuUsed] = [numberOf(MAX_VCPU), numberOf(USED_VCPU)];
      return {
        vcpuMax,
        vcpuUsed,
        vcpuLeft:
          vcpuMax === undefined || vcpuUsed === undefined ? undefined : Math.max(0, vcpuMax - vcpuUsed),
        maxSecurityGroups: numberOf(MAX_GROUPS),
      };
    },
  };
}

const MAX_VCPU = 'max-postpaid-instance-vcpu-count';
const USED_VCPU = 'used-postpaid-instance-vcpu-count';
const MAX_GROUPS = 'max-security-groups';
