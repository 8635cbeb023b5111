import { CloudError } from './errors.ts';
import type { Line } from './calling/line.ts';

export interface InstancePrice {
  /** `USD`, `CNY`; undefined when it is not told. */
  readonly currency: string | undefined;
  /** Of one pay-as-you-go instance with its disk, without traffic and without the image's own price. */
  readonly perHour: number;
  readonly parts: readonly {
    /** `instanceType`, `systemDisk`, `image`, `bandwidth`, … */
    readonly resource: string;
    readonly perHour: number;
  }[];
  /** What the Marketplace asks for the image on top; 0 for free ones, undefined when that is not told. */
  readonly marketplacePerHour: number | undefined;
}

export interface Pricing {
  /** `unknown` when the cloud has no price for it or may not tell. @throws CloudError when it does not answer */
  instancePrice(input: {
    readonly instanceType: string;
    readonly imageId?: string | undefined;
    readonly diskGiB: number;
    readonly diskCategory: string;
    /** Mbit/s, paid by traffic. */
    readonly bandwidthMbps: number;
    readonly zoneId?: string | undefined;
  }): Promise<InstancePrice | 'unknown'>;
}

/** Prices by ECS DescribePrice (2014-05-26). @param line to ECS in the region */
export function createPricing(line: Line<'ecs'>): Pricing {
  return {
    async instancePrice(input) {
      let answer;
      try {
        answer = await line.call('DescribePrice', {
          regionId: line.regionId,
          resourceType: 'instance',
          instanceType: input.instanceType,
          imageId: input.imageId,
          systemDisk: { category: input.diskCategory, size: input.diskGiB },
          internetChargeType: 'PayByTraffic',
          internetMaxBandwidthOut: input.bandwidthMbps,
          instanceNetworkType: 'vpc',
          zoneId: input.zoneId,
          amount: 1,
          priceUnit: 'Hour',
          period: 1,
        });
      } catch (error) {
        if (error instanceof CloudError && !error.retryable && error.errorClass !== 'identity')
          return 'unknown';
        throw error;
      }
      const price = answer.priceInfo?.price;
      if (typeof price?.tradePrice !== 'number') return 'unknown';
      const bought = answer.priceInfo?.relatedPrice?.marketplaceImagePrice;
      return {
        currency: price.currency,
        perHour: price.tradePrice,
        parts: (price.detailInfos?.detailInfo ?? []).map((part) => ({
          resource: part.resource ?? '',
          perHour: part.tradePrice ?? 0,
        })),
        marketplacePerHour: bought?.tradePrice,
      };
    },
  };
}
