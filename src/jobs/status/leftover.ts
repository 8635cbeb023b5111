import type { RegionCloud } from '../../cloud/cloud.ts';
import { clusterTags } from '../../cluster/names.ts';
import { isOurs } from '../resources/tagged.ts';
import type { Tags } from '../resources/tagged.ts';

/** Of which there is one, and not several. */
const SINGLE: ReadonlySet<string> = new Set(['its network', 'a key pair']);

/**
 * What there is of a cluster that has neither groups nor a load balancer nor a database, with its verb, as in `its
 * network is`. Whoever has found that out has just listed its instances, so that its network costs one call more. The
 * rest is looked for only where neither is there: in a VPC of others that may be all.
 * @returns undefined when nothing is there
 * @throws CloudError when that cannot be read
 */
export async function leftover(region: RegionCloud, cluster: string): Promise<string | undefined> {
  const { alb, ecs, vpc } = region;
  const tags = clusterTags(cluster);
  const lookFor = (what: string, list: Promise<readonly { readonly tags: Tags }[]>) =>
    list.then((all) => (all.some((one) => isOurs(one.tags, cluster)) ? [what] : []));
  const first = await Promise.all([
    lookFor('instances of it', ecs.listInstances({ tags })),
    lookFor('its network', vpc.listVpcs({ tags })),
  ]);
  if (first.flat().length > 0) return withVerb(first.flat());
  const rest = await Promise.all([
    lookFor('vSwitches', vpc.listVSwitches({ tags })),
    lookFor('security groups', ecs.listSecurityGroups({ tags })),
    lookFor('server groups', alb.listServerGroups({ tags })),
    lookFor('launch templates', ecs.listTemplates({ tags })),
    lookFor('a key pair', ecs.listKeyPairs({ tags })),
  ]);
  return rest.flat().length > 0 ? withVerb(rest.flat()) : undefined;
}

function withVerb(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  if (words.length > 1) return `${words.slice(0, -1).join(', ')} and ${last} are`;
  return `${last} ${SINGLE.has(last) ? 'is' : 'are'}`;
}
