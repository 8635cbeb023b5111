import type { RegionCloud } from '../../cloud/cloud.ts';
import type { Offer } from '../../cloud/ecs/stock.ts';
import { CloudError } from '../../cloud/errors.ts';
import { inStockWords } from '../in-stock.ts';
import type { Findings } from './findings.ts';

/** A wish for instances: what for, and the types that would do, best first. */
export interface TypeWish {
  readonly what: string;
  readonly instanceTypes: readonly string[];
  /** The option that somebody named the first type with: the plan begins with that type or is refused. */
  readonly insistedBy?: string;
}

/** Zone -> instance types with stock. */
type Stock = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Chooses the zones of a cluster: offered by ALB and VPC, selling for every wish at least one of its types.
 * @param named zones that a person insists on; each is checked and told when it does not do
 * @returns the zones, best first, and for each wish the types that have stock in all of them
 */
export async function chooseZones(
  region: RegionCloud,
  input: {
    readonly named: readonly string[];
    readonly preferred: readonly string[];
    /** Those that the cluster is in already: a create that carries on stays there. */
    readonly own: () => Promise<readonly string[]>;
    readonly wishes: readonly TypeWish[];
  },
  findings: Findings,
): Promise<{ zones: readonly string[]; typesFor: (what: string) => readonly string[] } | undefined> {
  const types = [...new Set(input.wishes.flatMap((wish) => wish.instanceTypes))];
  const [albZones, vpcZones, { stock, unknown }, own] = await Promise.all([
    region.alb.zones(),
    region.vpc.zones(),
    stockOf(region, types),
    input.named.length > 0 ? [] : input.own(),
  ]);
  const alb = new Set(albZones.map((zone) => zone.zoneId));
  const vpc = new Set(vpcZones.map((zone) => zone.zoneId));
  const acceptable = (wish: TypeWish): readonly string[] =>
    wish.insistedBy === undefined ? wish.instanceTypes : wish.instanceTypes.slice(0, 1);
  const sells = (zone: string, wish: TypeWish): boolean =>
    acceptable(wish).some((type) => stock.get(zone)?.has(type));
  /** For how many wishes it would have to be another type than the first. */
  const lesser = (zone: string): number =>
    input.wishes.filter((wish) => !stock.get(zone)?.has(wish.instanceTypes[0] ?? '')).length;
  const lacks = (zone: string): string | undefined => {
    if (!vpc.has(zone)) return `${zone} is no zone of ${region.regionId} for VPC`;
    if (!alb.has(zone)) return `ALB is not offered in ${zone}`;
    const wish = input.wishes.find((one) => !sells(zone, one));
    return wish && `${zone} has none of ${acceptable(wish).join(', ')} in stock for the ${wish.what}`;
  };
  if (
    unknownTypes(region, input.wishes, unknown, findings) ||
    (await soldOut(region, input, { zones: [...vpc].filter((zone) => alb.has(zone)), stock }, findings))
  )
    return undefined;
  const usable = [...vpc].toSorted().filter((zone) => lacks(zone) === undefined);
  const typesFor = (zones: readonly string[]) => (what: string) => {
    const wish = input.wishes.find((one) => one.what === what);
    const everywhere = (wish?.instanceTypes ?? []).filter((type) =>
      zones.every((zone) => stock.get(zone)?.has(type)),
    );
    const somewhere = (wish?.instanceTypes ?? []).filter((type) =>
      zones.some((zone) => stock.get(zone)?.has(type)),
    );
    return [...new Set([...everywhere, ...somewhere])];
  };
  if (input.named.length > 0) {
    for (const zone of input.named) {
      const lack = lacks(zone);
      if (lack)
        findings.problem(
          'zone_unusable',
          `${lack}.`,
          usable.length > 1
            ? `These zones do: ${usable.join(', ')}.`
            : `${usable.length === 0 ? '' : `Only ${usable[0]} does, and a load balancer needs two. `}Choose another region or other instance types.`,
        );
    }
    if (new Set(input.named).size < 2) {
      findings.problem(
        'one_zone',
        'A load balancer needs two different zones.',
        `Name two of: ${usable.join(', ') || '(none does)'}.`,
      );
    }
    return findings.problems.length > 0
      ? undefined
      : { zones: [...new Set(input.named)], typesFor: typesFor(input.named) };
  }
  const preferred = [...own, ...input.preferred];
  const ranked = usable.toSorted((a, b) => rank(a, preferred) - rank(b, preferred) || lesser(a) - lesser(b));
  if (ranked.length < 2) {
    const why = [...vpc]
      .toSorted()
      .map(lacks)
      .filter((lack) => lack !== undefined);
    const offered = [...vpc].filter((zone) => alb.has(zone));
    const lacking = input.wishes.find((wish) => offered.filter((zone) => sells(zone, wish)).length < 2);
    const stock = lacking
      ? await inStockWords(region, { zones: offered.slice(0, 2), instanceTypes: lacking.instanceTypes })
      : '';
    findings.problem(
      'too_few_zones',
      `${region.regionId} has ${ranked.length === 0 ? 'no zone' : 'only one zone'} that does, and a load balancer needs two${why.length > 0 ? `: ${why.join('; ')}` : ''}.`,
      `Choose another region (--region) or other instance types. ${stock}`.trim(),
    );
    return undefined;
  }
  // Two zones make the load balancer and survive the loss of one; more only split the nodes further.
  const zones = ranked.slice(0, 2);
  return { zones, typesFor: typesFor(zones) };
}

function rank(zone: string, preferred: readonly string[]): number {
  const at = preferred.indexOf(zone);
  return at < 0 ? preferred.length : at;
}

/**
 * Tells of each type that somebody insists on and that the region does not have: which zones sell it is no question.
 * @returns whether there was one
 */
function unknownTypes(
  region: RegionCloud,
  wishes: readonly TypeWish[],
  unknown: ReadonlySet<string>,
  findings: Findings,
): boolean {
  const lost = wishes.filter(
    (wish) => wish.insistedBy !== undefined && unknown.has(wish.instanceTypes[0] ?? ''),
  );
  for (const { what, instanceTypes, insistedBy } of lost) {
    const [type = '', usual] = instanceTypes;
    const example = usual === undefined ? '' : `, e.g. ${usual}`;
    findings.problem(
      'type_unknown',
      `${region.regionId} has no instance type ${type} for the ${what}.`,
      `Choose another with ${insistedBy}${example}.`,
    );
  }
  return lost.length > 0;
}

/**
 * Tells of each type that somebody insists on and that is not sold in two zones (or in those named), and which of the
 * usual ones are.
 * @returns whether there was one
 */
async function soldOut(
  region: RegionCloud,
  input: { readonly named: readonly string[]; readonly wishes: readonly TypeWish[] },
  seen: { readonly zones: readonly string[]; readonly stock: Stock },
  findings: Findings,
): Promise<boolean> {
  const zones = input.named.length > 0 ? input.named.filter((zone) => seen.zones.includes(zone)) : seen.zones;
  if (zones.length < 2) return false;
  const wanted = input.named.length > 0 ? zones.length : 2;
  const sellers = (type: string) => zones.filter((zone) => seen.stock.get(zone)?.has(type));
  let found = false;
  for (const { what, instanceTypes, insistedBy } of input.wishes) {
    const [type = '', ...others] = instanceTypes;
    if (insistedBy === undefined || sellers(type).length >= wanted) continue;
    found = true;
    const instead = others.filter((other) => sellers(other).length >= wanted);
    const left = sellers(type).length === 0 ? '' : ` (only ${sellers(type).join(', ')} still has it)`;
    findings.problem(
      'type_sold_out',
      `${type} is sold out in ${zones.join(', ')} for the ${what}${left}.`,
      instead.length > 0
        ? `In stock there: ${instead.join(', ')}; name one with ${insistedBy}, or choose other zones or another region.`
        : `Name another type with ${insistedBy}, or choose other zones or another region. ${await inStockWords(region, { zones, instanceTypes: [type] })}`.trim(),
    );
  }
  return found;
}

/** What is sold where, by DescribeAvailableResource: Available with stock counts, about to end does not. */
async function stockOf(
  region: RegionCloud,
  types: readonly string[],
): Promise<{ readonly stock: Stock; readonly unknown: ReadonlySet<string> }> {
  const stock = new Map<string, Set<string>>();
  const unknown = new Set<string>();
  await Promise.all(
    types.map(async (instanceType) => {
      const offers = await offersOf(region, instanceType);
      if (offers === undefined) unknown.add(instanceType);
      for (const offer of offers ?? []) {
        if (!offer.available) continue;
        const zone = stock.get(offer.zoneId) ?? new Set();
        stock.set(offer.zoneId, zone.add(offer.value));
      }
    }),
  );
  return { stock, unknown };
}

/** A type that the region does not know is refused as a bad value: undefined, it is simply not sold there. */
async function offersOf(region: RegionCloud, instanceType: string): Promise<readonly Offer[] | undefined> {
  try {
    return await region.ecs.availableResource({ destination: 'InstanceType', instanceType });
  } catch (error) {
    if (error instanceof CloudError && NOT_SOLD.has(error.errorClass)) return undefined;
    throw error;
  }
}

const NOT_SOLD: ReadonlySet<CloudError['errorClass']> = new Set([
  'invalid',
  'sold-out',
  'not-found',
] as const);
