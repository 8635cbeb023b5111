import type { InstancePrice } from '../../cloud/pricing.ts';
import type { Cost, CostLine, PlanStep } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { nodesByItself } from '../planning/group-numbers.ts';
import type { Observed } from '../planning/planner.ts';
import type { Tools } from '../steps/step-context.ts';

const NOT_INCLUDED = [
  'traffic (public bandwidth is paid by the GB)',
  'load balancer capacity units (LCU) and its public addresses (EIP)',
  'taxes and discounts of your contract',
];

/** What a cluster of this spec costs an hour with its desired numbers of nodes, from DescribePrice (2014-05-26). */
export async function costOfCreate(spec: ClusterSpec, tools: Tools): Promise<Cost> {
  const priced = await Promise.all([
    ...ROLES.map((role) => nodeLine(spec, role, spec[role].desired, tools)),
    databaseLine(spec, tools),
  ]);
  const alb = tools.settings.prices.albPerHour;
  const lines = [
    ...priced.flatMap((one) => one.lines),
    { what: 'Load balancer (ALB instance)', count: 1, perHour: alb },
  ];
  return {
    currency: currencyOf(priced, tools),
    lines,
    notIncluded: [...growthOf(spec), ...notIncluded(lines)],
  };
}

/** What further nodes of one group cost an hour. @param count negative when nodes go */
export async function costOfScale(spec: ClusterSpec, role: Role, count: number, tools: Tools): Promise<Cost> {
  const priced = await addedNodes(spec, role, count, tools);
  const { lines } = priced;
  return { currency: currencyOf([priced], tools), lines, notIncluded: notIncluded(lines) };
}

async function addedNodes(spec: ClusterSpec, role: Role, count: number, tools: Tools): Promise<Priced> {
  const { lines, currency } = await nodeLine(spec, role, Math.abs(count), tools);
  const signed = lines.map((line) => ({
    what: line.what,
    count,
    perHour: line.perHour === undefined ? undefined : line.perHour * Math.sign(count),
  }));
  return { currency, lines: signed };
}

/**
 * What a repair makes that was not there before, the nodes of a group that had stopped among it; undefined when it makes
 * nothing that is paid by the hour.
 */
export async function costOfRepair(
  spec: ClusterSpec,
  steps: readonly PlanStep[],
  observed: Observed,
  tools: Tools,
): Promise<Cost | undefined> {
  const replaced = new Set(steps.filter((step) => step.action === 'remove').map((step) => step.part));
  const isNew = (part: string): boolean =>
    !replaced.has(part) && steps.some((step) => step.part === part && step.action === 'create');
  const priced = await Promise.all([
    ...ROLES.filter((role) => steps.some((step) => step.part === `scaling-group-${role}`)).map((role) =>
      addedNodes(spec, role, spec[role].desired - nodesByItself(observed, role), tools),
    ),
    ...(isNew('database') ? [databaseLine(spec, tools)] : []),
  ]);
  const alb = { what: 'Load balancer (ALB instance)', count: 1, perHour: tools.settings.prices.albPerHour };
  const lines = [...priced.flatMap((one) => one.lines), ...(isNew('load-balancer') ? [alb] : [])];
  if (lines.length === 0) return undefined;
  return { currency: currencyOf(priced, tools), lines, notIncluded: notIncluded(lines) };
}

/** A removal costs nothing; what it saves is not asked for, since prices of what runs may be contract prices. */
export function costOfDestroy(): undefined {
  return undefined;
}

/** Where the price service names none, that of the account's site, which the price of a load balancer is in. */
function currencyOf(priced: readonly Priced[], { settings }: Tools): string {
  const told = priced.find((one) => one.currency)?.currency;
  return told ?? (settings.site === 'china' ? 'CNY' : 'USD');
}

/** The rules add nodes without asking anybody. */
function growthOf(spec: ClusterSpec): readonly string[] {
  const more = ROLES.filter((role) => spec[role].max > spec[role].desired).map(
    (role) => `${spec[role].max} ${role}`,
  );
  return more.length === 0 ? [] : [`nodes that auto-scaling adds (up to ${more.join(' and ')} nodes)`];
}

function notIncluded(lines: readonly CostLine[]): readonly string[] {
  const unknown = lines
    .filter((line) => line.perHour === undefined)
    .map((line) => `${line.what}: its price could not be read`);
  return [...unknown, ...NOT_INCLUDED];
}

interface Priced {
  readonly lines: readonly CostLine[];
  readonly currency: string | undefined;
}

async function nodeLine(spec: ClusterSpec, role: Role, count: number, tools: Tools): Promise<Priced> {
  if (count === 0) return { lines: [], currency: undefined };
  const type = spec[role].instanceTypes[0] ?? '';
  const price = await priceOf(spec, tools, {
    instanceType: type,
    imageId: spec.image.imageId,
    diskGiB: spec.nodes.diskGiB,
    bandwidthMbps: spec.nodes.bandwidthMbps,
  });
  const nodes = `${role} node${count === 1 ? '' : 's'}`;
  // Of an image of the Marketplace the price service tells it, be it 0.
  const isSold = price !== undefined && spec.image.productCode !== undefined;
  const licence = price?.marketplacePerHour ?? (isSold ? undefined : 0);
  return {
    currency: price?.currency,
    lines: [
      {
        what: `${nodes} (${type}, ${spec.nodes.diskGiB} GiB)`,
        count,
        perHour: price && price.perHour * count,
      },
      ...(licence === 0
        ? []
        : [{ what: `Ant Media licence of the ${nodes}`, count, perHour: licence && licence * count }]),
    ],
  };
}

async function databaseLine(spec: ClusterSpec, tools: Tools): Promise<Priced> {
  const { database } = spec;
  if (database.source !== 'instance') return { lines: [], currency: undefined };
  const type = database.instanceTypes[0] ?? '';
  const price = await priceOf(spec, tools, {
    instanceType: type,
    imageId: database.imageId,
    diskGiB: database.diskGiB,
    bandwidthMbps: 1,
  });
  return {
    currency: price?.currency,
    lines: [{ what: `Database (${type}, ${database.diskGiB} GiB)`, count: 1, perHour: price?.perHour }],
  };
}

/** A price that cannot be learned never stops a plan: it is shown as unknown. */
async function priceOf(
  spec: ClusterSpec,
  tools: Tools,
  what: { instanceType: string; imageId: string; diskGiB: number; bandwidthMbps: number },
): Promise<InstancePrice | undefined> {
  try {
    const price = await tools.cloud
      .in(spec.regionId)
      .pricing.instancePrice({ ...what, diskCategory: 'cloud_essd', zoneId: spec.zones[0] });
    return price === 'unknown' ? undefined : price;
  } catch {
    return undefined;
  }
}
