import type { Cloud, RegionCloud } from '../../cloud/cloud.ts';
import { ROLES, TAG, resourceName } from '../../cluster/names.ts';
import type { Findings } from './findings.ts';

/**
 * Looks for other people's resources under the names that this cluster would take, in the products where a name is
 * unique: finding out in the middle of the work would be late.
 */
export async function checkNamesFree(
  input: {
    readonly cluster: string;
    readonly ownKeyPair: boolean;
    readonly cloud: Cloud;
    readonly region: RegionCloud;
  },
  findings: Findings,
): Promise<void> {
  const { cluster, region } = input;
  const templateNames = ROLES.map((role) => resourceName(cluster, `launch-template-${role}`));
  const groupNames = ROLES.map((role) => resourceName(cluster, `scaling-group-${role}`));
  const keyName = resourceName(cluster, 'key-pair');
  const [keys, templates, groups] = await Promise.all([
    input.ownKeyPair ? region.ecs.listKeyPairs({ name: keyName }) : [],
    region.ecs.listTemplates({ names: templateNames }),
    region.ess.listGroups({ names: groupNames }),
  ]);
  const foreign = [
    ...keys.filter((one) => !isOurs(one.tags, cluster)).map((one) => `key pair ${one.keyPairName}`),
    ...templates
      .filter((one) => !isOurs(one.tags, cluster))
      .map((one) => `launch template ${one.launchTemplateName}`),
    ...groups
      .filter((one) => !isOurs(one.tags, cluster))
      .map((one) => `scaling group ${one.scalingGroupName}`),
  ];
  for (const one of foreign) {
    findings.problem(
      'name_taken',
      `Somebody else's ${one} is in the way: this cluster would need that name.`,
      'Choose another name for the cluster, or rename or remove that resource if nobody needs it.',
    );
  }
}

function isOurs(tags: Readonly<Record<string, string>>, cluster: string): boolean {
  return tags[TAG.cluster] === cluster;
}
