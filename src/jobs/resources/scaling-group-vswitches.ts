import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Observing } from '../resource.ts';
import type { SeenScalingGroup } from './scaling-group-diff.ts';
import { listTags, oldestFirst, partOf } from './tagged.ts';
import { vSwitchParts } from './vswitch.ts';

/**
 * The vSwitches of the cluster, one a zone, where a group starts its nodes in others. Nothing where it does not, or as
 * long as one is missing. Reads only.
 */
export async function otherVSwitches(
  look: Pick<Observing, 'cluster' | 'region' | 'tags' | 'recorded'> & { readonly spec: ClusterSpec },
  { vSwitchIds }: Pick<SeenScalingGroup, 'vSwitchIds'>,
): Promise<readonly string[] | undefined> {
  if (vSwitchIds.length === 0) return undefined;
  const parts = vSwitchParts(look.spec);
  const recorded = parts.map((part) => look.recorded?.(part)?.['vSwitchId']);
  const listed = recorded.includes(undefined)
    ? oldestFirst(await look.region.vpc.listVSwitches({ tags: listTags(look) }))
    : [];
  const wanted = parts.flatMap((part, index) => {
    const tagged = listed.find((one) => partOf(one.tags, look.cluster, 'vswitch') === part);
    return recorded[index] ?? tagged?.vSwitchId ?? [];
  });
  if (wanted.length < parts.length) return undefined;
  const isSame = wanted.length === vSwitchIds.length && wanted.every((id) => vSwitchIds.includes(id));
  return isSame ? undefined : wanted;
}
