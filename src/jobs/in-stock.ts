import type { Offer } from '../cloud/ecs/stock.ts';
import type { RegionCloud } from '../cloud/cloud.ts';

/** More names than this help nobody. */
const MOST = 4;

export interface Wanted {
  readonly zones: readonly string[];
  readonly instanceTypes: readonly string[];
}

/**
 * What could be had instead of instance types that are sold out, in words for a hint: types of the same size in all of
 * the zones, and zones that still have the wanted ones. Empty when the stock cannot be read now.
 */
export async function inStockWords(region: RegionCloud, wanted: Wanted): Promise<string> {
  try {
    const offers = await region.ecs.availableResource({ destination: 'InstanceType' });
    return alternatives(offers, wanted);
  } catch {
    return '';
  }
}

/** The words for given offers of a region. */
export function alternatives(offers: readonly Offer[], { zones, instanceTypes }: Wanted): string {
  const sold = offers.filter((one) => one.available);
  const sells = (zone: string, type: string): boolean =>
    sold.some((one) => one.zoneId === zone && one.value === type);
  const types = [...new Set(sold.map((one) => one.value))]
    .filter((type) => !instanceTypes.includes(type))
    .filter((type) => instanceTypes.some((other) => isLike(type, other)))
    .filter((type) => zones.length > 0 && zones.every((zone) => sells(zone, type)))
    .toSorted(byFamily(instanceTypes[0] ?? ''))
    .slice(0, MOST);
  const elsewhere = instanceTypes.flatMap((type) => {
    const others = [...new Set(sold.filter((one) => one.value === type).map((one) => one.zoneId))]
      .filter((zone) => !zones.includes(zone))
      .toSorted();
    return others.length === 0 ? [] : [`${type} is in stock in ${others.slice(0, MOST).join(', ')}.`];
  });
  const here = types.length === 0 ? [] : [`In stock in ${zones.join(', ')}: ${types.join(', ')}.`];
  return [...here, ...elsewhere.slice(0, 2)].join(' ');
}

/**
 * Whether a type has the size of another and is for general use on x86: compute (c) or general purpose (g); families
 * that end with r or y are ARM, and burstable ones cannot carry streams (ECS instance families).
 */
function isLike(type: string, other: string): boolean {
  const [, family = '', size] = type.split('.');
  return /^[cg]\d+[a-z]*$/.test(family) && !/[ry]$/.test(family) && size === other.split('.')[2];
}

/** The same letter of family first, then newer generations first. */
function byFamily(wanted: string): (a: string, b: string) => number {
  const letter = (type: string): string => type.split('.')[1]?.charAt(0) ?? '';
  const generation = (type: string): number => Number(/\d+/.exec(type.split('.')[1] ?? '')?.[0] ?? 0);
  const strange = (type: string): number => (letter(type) === letter(wanted) ? 0 : 1);
  return (a, b) => strange(a) - strange(b) || generation(b) - generation(a) || a.localeCompare(b);
}
