import { InputError } from '../../cluster/errors.ts';
import { nearest } from '../../cluster/nearest.ts';
import { checkClusterName } from '../../cluster/names.ts';
import type { CommandContext } from './command.ts';

/** So many commands are offered to choose from. */
export const OFFERED = 5;
/** So many clusters are named in a sentence: of hundreds, what to type would be cut off behind them. */
const NAMED = 20;

/**
 * The cluster that a command is about: the one named, else the channel's default, else the only one there is.
 * @throws InputError naming the ones there are
 */
export async function clusterFor(
  ctx: CommandContext,
  given: string | undefined,
  usage: string,
): Promise<string> {
  const found = await clusterIfKnown(ctx, given);
  if (typeof found === 'string') return found;
  throw new InputError(
    found.length === 0 ? 'I know of no cluster yet, so please name it.' : severalClusters(found),
    `Type \`/ams ${usage}\` with the cluster's name at the end.`,
    { append: found.slice(0, OFFERED) },
  );
}

/** That it is open which cluster is meant, and which there are. */
export function severalClusters(names: readonly string[]): string {
  const more = names.length - NAMED;
  const rest = more > 0 ? ` and ${more} more, which \`/ams clusters\` lists` : '';
  return `There are ${names.length} clusters: ${names.slice(0, NAMED).join(', ')}${rest}.`;
}

/**
 * Where nothing is told of a cluster that I do not know, and its name is nearly that of one that I know.
 * @throws InputError offering that one
 */
export async function refuseMisspelt(ctx: CommandContext, cluster: string, what: string): Promise<void> {
  const known = (await ctx.desk.clusters()).map((one) => one.cluster);
  const near = nearest(cluster, known);
  if (near === undefined || near === cluster) return;
  throw new InputError(
    `There ${what === 'history' ? 'is' : 'are'} no ${what} of ${cluster} yet.`,
    `Did you mean ${near}?`,
    { replace: cluster, by: near },
  );
}

/** The same, but the names of those known when it is open which is meant. */
export async function clusterIfKnown(
  ctx: CommandContext,
  given: string | undefined,
): Promise<string | readonly string[]> {
  if (given !== undefined) return checkClusterName(given);
  const ofChannel = ctx.settings.channels[ctx.requester.channel];
  if (ofChannel !== undefined) return ofChannel;
  const known = await ctx.desk.clusters();
  const only = known[0];
  return known.length === 1 && only ? only.cluster : known.map((one) => one.cluster);
}
