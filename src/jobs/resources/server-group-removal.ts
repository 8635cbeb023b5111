import { withFreshAnswers } from '../../cloud/calling/answers.ts';
import { CloudError } from '../../cloud/errors.ts';
import { clusterTags } from '../../cluster/names.ts';
import type { VisitContext } from '../resource.ts';
import { isOurs } from './tagged.ts';

/**
 * Removes a server group, or makes the one change that stands before that: the cloud keeps one that a scaling group
 * puts its nodes into, and that one stays where a repair is taken back which has made the server group.
 */
export async function removeServerGroup(
  { cluster, region }: Pick<VisitContext, 'cluster' | 'region'>,
  serverGroupId: string,
): Promise<void> {
  const { alb, ess } = region;
  try {
    await alb.deleteServerGroup(serverGroupId);
  } catch (error) {
    if (!(error instanceof CloudError) || error.errorClass !== 'in-use') throw error;
    const groups = await withFreshAnswers(() => ess.listGroups({ tags: clusterTags(cluster) }));
    const holder = groups.find(
      (one) => isOurs(one.tags, cluster) && one.serverGroupIds.includes(serverGroupId),
    );
    if (holder === undefined) throw error;
    const held = holder.serverGroups.filter((one) => one.serverGroupId === serverGroupId);
    await ess.detachServerGroups(holder.scalingGroupId, held);
  }
}
