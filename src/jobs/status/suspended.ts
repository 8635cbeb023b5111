import type { RegionCloud } from '../../cloud/cloud.ts';
import { ROLES, clusterTags } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { partOf } from '../resources/tagged.ts';

/** What does not happen while a process of a group is suspended (ESS SuspendProcesses). The cluster schedules nothing. */
const WITHOUT: Readonly<Record<string, string>> = {
  ScaleOut: 'no nodes are started',
  ScaleIn: 'no nodes are taken away',
  HealthCheck: 'nodes that break are not replaced',
  AlarmNotification: 'the number of nodes does not follow the load',
};

/** By role, in a sentence, what somebody has suspended; nothing of groups that do all they should. */
export async function suspendedWords(
  region: RegionCloud,
  cluster: string,
): Promise<ReadonlyMap<Role, string>> {
  const groups = await region.ess.listGroups({ tags: clusterTags(cluster) });
  const words = ROLES.flatMap((role) => {
    const group = groups.find(
      (one) => partOf(one.tags, cluster, 'scaling-group') === `scaling-group-${role}`,
    );
    const processes = group?.suspendedProcesses.filter((one) => WITHOUT[one] !== undefined) ?? [];
    if (processes.length === 0) return [];
    const without = processes.map((one) => WITHOUT[one]).join(', ');
    const sentence = `Of the ${role} group ${processes.join(', ')} ${processes.length === 1 ? 'is' : 'are'} suspended: ${without}. The Auto Scaling console resumes that.`;
    return [[role, sentence] as const];
  });
  return new Map(words);
}
