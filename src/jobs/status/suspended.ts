import type { RegionCloud } from '../../cloud/cloud.ts';
import { ROLES, clusterTags } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { neededProcesses, withoutProcess } from '../resources/scaling-group-processes.ts';
import { partOf } from '../resources/tagged.ts';

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
    const processes = neededProcesses(group?.suspendedProcesses ?? []);
    if (processes.length === 0) return [];
    const without = processes.map(withoutProcess).join(', ');
    const sentence = `Of the ${role} group ${processes.join(', ')} ${processes.length === 1 ? 'is' : 'are'} suspended: ${without}. \`/ams repair ${cluster}\` resumes that.`;
    return [[role, sentence] as const];
  });
  return new Map(words);
}
