import type { Cas } from '../../cloud/cas.ts';
import type { Cloud, RegionCloud } from '../../cloud/cloud.ts';
import { ROLES, certificateName, resourceName } from '../../cluster/names.ts';
import { takenElsewhere } from '../planning/elsewhere.ts';
import { isOurs } from '../resources/tagged.ts';
import { findClusters } from '../status/find-clusters.ts';
import type { Tools } from '../steps/step-context.ts';
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
  const ruleNames = ROLES.map((role) => resourceName(cluster, `scaling-rule-${role}`));
  const keyName = resourceName(cluster, 'key-pair');
  const [keys, templates, groups, rules] = await Promise.all([
    input.ownKeyPair ? region.ecs.listKeyPairs({ name: keyName }) : [],
    region.ecs.listTemplates({ names: templateNames }),
    region.ess.listGroups({ names: groupNames }),
    region.ess.listRules({ names: ruleNames }),
  ]);
  // A rule has no tags: it is whose its group is.
  const ownGroups = groups.filter((one) => isOurs(one.tags, cluster)).map((one) => one.scalingGroupId);
  const foreign = [
    ...keys.filter((one) => !isOurs(one.tags, cluster)).map((one) => `key pair ${one.keyPairName}`),
    ...templates
      .filter((one) => !isOurs(one.tags, cluster))
      .map((one) => `launch template ${one.launchTemplateName}`),
    ...groups
      .filter((one) => !isOurs(one.tags, cluster))
      .map((one) => `scaling group ${one.scalingGroupName}`),
    ...rules
      .filter((one) => !ownGroups.includes(one.scalingGroupId))
      .map((one) => `scaling rule ${one.name}`),
  ];
  for (const one of foreign) nameTaken(one, findings);
}

/** The same for the name that a certificate of `ams.yaml` is uploaded under: that very one may stand there already. */
export async function checkCertificateNameFree(
  input: { readonly cluster: string; readonly sha256: string; readonly cas: Cas },
  findings: Findings,
): Promise<void> {
  const { cluster, sha256, cas } = input;
  const name = certificateName(cluster, sha256);
  const held = (await cas.list()).find((one) => one.name === name)?.sha256;
  if (held === undefined || held.replaceAll(':', '').toLowerCase() === sha256) return;
  nameTaken(`certificate ${name}`, findings);
}

function nameTaken(what: string, findings: Findings): void {
  findings.problem(
    'name_taken',
    `Somebody else's ${what} is in the way: this cluster would need that name.`,
    'Choose another name for the cluster, or rename or remove that resource if nobody needs it.',
  );
}

/**
 * Looks for a cluster of that name in the other regions that the settings name, by its tags: Redis may have lost its
 * record. Where they name none it is not looked for, since all regions of an account are a hundred reads.
 */
export async function checkNotElsewhere(
  {
    cluster,
    regionId,
    tools,
  }: {
    readonly cluster: string;
    readonly regionId: string;
    readonly tools: Pick<Tools, 'cloud' | 'settings'>;
  },
  findings: Findings,
): Promise<void> {
  const { region, regions } = tools.settings;
  const others =
    regions.length === 0 ? [] : [...new Set([region, ...regions])].filter((id) => id !== regionId);
  const whether = (regions: readonly string[]): string =>
    `Whether there is a cluster ${cluster} in ${regions.join(' or ')}`;
  const found = await findings.attempt(whether(others), () => findClusters(tools.cloud, others));
  const one = found?.clusters.find((each) => each.cluster === cluster);
  if (!one) {
    if (found && found.unread.length > 0)
      findings.risk(`${whether(found.unread)} could not be checked: no answer.`);
    return;
  }
  const { code, message, hint } = takenElsewhere(cluster, one.regionId);
  findings.problem(code, message, hint);
}
