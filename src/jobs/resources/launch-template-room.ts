import { CloudError } from '../../cloud/errors.ts';
import type { StepContext } from '../resource.ts';

/** A template has 30 versions at most (ECS CreateLaunchTemplateVersion). */
const FULL = 'launchtemplateversionlimitexceed';

/**
 * After the refusal of one more version: deletes the oldest that is neither the default, which cannot go, nor the one
 * that a scaling group makes nodes from, whosever it is. The next visit adds the new version.
 * @throws the refusal itself when it has another reason, or all versions are needed
 */
export async function makeRoom(ctx: StepContext, launchTemplateId: string, refusal: unknown): Promise<void> {
  if (!(refusal instanceof CloudError) || refusal.alibabaCode?.toLowerCase() !== FULL) throw refusal;
  const { ecs, ess } = ctx.region;
  const [versions, groups] = await Promise.all([ecs.templateVersions(launchTemplateId), ess.listGroups({})]);
  const used = groups.flatMap((group) =>
    group.launchTemplateId === launchTemplateId ? [group.launchTemplateVersion] : [],
  );
  const [newest, ...older] = versions;
  const oldest = older.findLast((one) => !one.isDefault && !used.includes(String(one.version)));
  if (newest === undefined || oldest === undefined) throw refusal;
  await ecs.deleteTemplateVersions(launchTemplateId, [oldest.version]);
}
