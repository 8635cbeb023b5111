import { clusterTags, ROLES, TAG } from '../cluster/names.ts';
import { nodeSecretsIn } from '../cluster/user-data.ts';
import type { StepContext } from './resource.ts';

type Name = 'mongo' | 'jwt';

/**
 * A secret that Redis has lost, as the cluster's launch templates still hold it for their nodes. It is kept again, so
 * that the next look finds it in the store.
 * @returns undefined when no template holds it
 */
export async function recallSecret(
  { cluster, region, secrets }: Pick<StepContext, 'cluster' | 'region' | 'secrets'>,
  name: Name,
): Promise<string | undefined> {
  const templates = await region.ecs.listTemplates({ tags: clusterTags(cluster) });
  for (const role of ROLES) {
    const template = templates.find((one) => one.tags[TAG.resource] === `launch-template-${role}`);
    if (template === undefined) continue;
    const [newest] = await region.ecs.templateVersions(template.launchTemplateId);
    const known = nodeSecretsIn(Buffer.from(newest?.userData ?? '', 'base64').toString('utf8'));
    const found = name === 'mongo' ? known?.database : known?.jwt;
    if (found)
      return (await secrets.getOrMake(cluster, [name], () => ({ [name]: found }) as Record<Name, string>))[
        name
      ];
  }
  return undefined;
}
