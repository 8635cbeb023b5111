import { ApiError, invalidParameter, notFound } from '../api-error.ts';
import { block, blocks, type Call, number, type Params, text } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { diskHourUsd } from './disks.ts';
import { image, isSubscribed } from './images.ts';
import { instanceType } from './instance-types.ts';

/** Dollars for a Mbit/s of fixed bandwidth in an hour, and for a GB of traffic. */
const BANDWIDTH_HOUR_USD = 0.0125;
const TRAFFIC_GB_USD = 0.074;

/** Hours that a unit of time costs; subscriptions are cheaper than their hours. */
const UNIT_HOURS: Readonly<Record<string, number>> = { Hour: 1, Week: 120, Month: 470, Year: 4_800 };

interface Line {
  readonly resource: string;
  readonly usd: number;
}

/** DescribePrice, in US dollars, for `Amount` together. */
export function describePrice(call: Call, cloud: Cloud): object {
  const { params } = call;
  const amount = number(params, 'Amount') ?? 1;
  const hours = (UNIT_HOURS[text(params, 'PriceUnit') ?? 'Hour'] ?? 1) * (number(params, 'Period') ?? 1);
  const kind = text(params, 'ResourceType') ?? 'instance';
  if (kind === 'bandwidth') return answer([{ resource: 'bandwidth', usd: bandwidth(params, hours) }], 0);
  if (kind === 'disk') return answer(disks(params, hours * amount), 0);
  const lines = instanceLines(params, hours * amount);
  return answer(lines, marketplaceUsd(call, cloud) * hours * amount);
}

function instanceLines(params: Params, times: number): Line[] {
  const id = text(params, 'InstanceType') ?? '';
  const type = instanceType(id);
  if (type === undefined) {
    throw invalidParameter('InstanceType', id, undefined, 'InvalidInstanceType.ValueNotSupported');
  }
  const system = block(params, 'SystemDisk');
  const category = text(system, 'Category') ?? 'cloud_essd';
  const usd = diskHourUsd(category, number(system, 'Size') ?? 40, text(system, 'PerformanceLevel'));
  if (usd === undefined) {
    throw invalidParameter(
      'SystemDisk.Category',
      category,
      undefined,
      'InvalidSystemDiskCategory.ValueNotSupported',
    );
  }
  return [
    { resource: 'instanceType', usd: type.hourUsd * times },
    { resource: 'systemDisk', usd: usd * times },
    ...disks(params, times),
    { resource: 'bandwidth', usd: instanceBandwidth(params) * times },
  ];
}

/** Traffic is paid by the gigabyte, so it is no part of the price of an instance. */
function instanceBandwidth(params: Params): number {
  if ((text(params, 'InternetChargeType') ?? 'PayByTraffic') !== 'PayByBandwidth') return 0;
  return (number(params, 'InternetMaxBandwidthOut') ?? 0) * BANDWIDTH_HOUR_USD;
}

function bandwidth(params: Params, hours: number): number {
  const isTraffic = (text(params, 'InternetChargeType') ?? 'PayByTraffic') === 'PayByTraffic';
  return isTraffic ? TRAFFIC_GB_USD : instanceBandwidth(params) * hours;
}

function disks(params: Params, times: number): Line[] {
  return blocks(params, 'DataDisk').map((disk) => {
    const usd = diskHourUsd(
      text(disk, 'Category') ?? 'cloud_essd',
      number(disk, 'Size') ?? 20,
      text(disk, 'PerformanceLevel'),
    );
    if (usd === undefined)
      throw new ApiError('PriceNotFound', 404, 'The price of your queried resource is not found.');
    return { resource: 'dataDisk', usd: usd * times };
  });
}

function marketplaceUsd(call: Call, cloud: Cloud): number {
  const id = text(call.params, 'ImageId');
  if (id === undefined) return 0;
  const found = image(cloud, call.regionId, id);
  if (found === undefined) throw notFound('InvalidImageId.NotFound', `image ${id}`);
  if (found.owner === 'marketplace' && !isSubscribed(cloud, found)) {
    throw new ApiError('ImageNotSubscribed', 403, 'The specified image has not be subscribed.');
  }
  return found.hourUsd;
}

function answer(lines: readonly Line[], marketplace: number): object {
  const total = round(lines.reduce((sum, line) => sum + line.usd, 0));
  const image = round(marketplace);
  return {
    PriceInfo: {
      Price: {
        Currency: 'USD',
        OriginalPrice: total,
        DiscountPrice: 0,
        TradePrice: total,
        DetailInfos: {
          DetailInfo: lines.map((line) => ({
            Resource: line.resource,
            OriginalPrice: round(line.usd),
            DiscountPrice: 0,
            TradePrice: round(line.usd),
          })),
        },
      },
      RelatedPrice: {
        MarketplaceImagePrice: {
          Currency: 'USD',
          OriginalPrice: image,
          DiscountPrice: 0,
          TradePrice: image,
        },
      },
      Rules: { Rule: [] },
    },
  };
}

function round(usd: number): number {
  return Number(usd.toFixed(6));
}
