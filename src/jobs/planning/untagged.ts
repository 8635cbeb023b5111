import { MANAGED_BY, TAG, resourceName } from '../../cluster/names.ts';
import type { Problem } from '../../cluster/errors.ts';
import type { Observing } from '../resource.ts';
import { isOurs } from '../resources/tagged.ts';

interface Named {
  readonly id: string;
  readonly name: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** How what may stand for a part of a kind is found without tags: by the names that we give. */
const BY_NAME: Readonly<Record<string, (look: Observing, name: string) => Promise<readonly Named[]>>> = {
  vpc: async ({ region }) =>
    (await region.vpc.listVpcs({})).map((one) => ({ id: one.vpcId, name: one.name, tags: one.tags })),
  vswitch: async ({ region }) =>
    (await region.vpc.listVSwitches({})).map((one) => ({
      id: one.vSwitchId,
      name: one.name,
      tags: one.tags,
    })),
  'security-group': async ({ region }) =>
    (await region.ecs.listSecurityGroups({})).map((one) => ({
      id: one.securityGroupId,
      name: one.name,
      tags: one.tags,
    })),
  'load-balancer': async ({ region }, name) =>
    (await region.alb.listLoadBalancers({ names: [name] })).map((one) => ({
      id: one.loadBalancerId,
      name: one.name,
      tags: one.tags,
    })),
  'server-group': async ({ region }, name) =>
    (await region.alb.listServerGroups({ names: [name] })).map((one) => ({
      id: one.serverGroupId,
      name: one.name,
      tags: one.tags,
    })),
  database: async ({ region }) =>
    (await region.ecs.listInstances({})).map((one) => ({
      id: one.instanceId,
      name: one.name,
      tags: one.tags,
    })),
  'key-pair': async ({ region }, name) =>
    (await region.ecs.listKeyPairs({ name })).map((one) => ({
      id: one.keyPairName,
      name: one.keyPairName,
      tags: one.tags,
    })),
  'launch-template': async ({ region }, name) =>
    (await region.ecs.listTemplates({ names: [name] })).map((one) => ({
      id: one.launchTemplateId,
      name: one.launchTemplateName,
      tags: one.tags,
    })),
  'scaling-group': async ({ region }, name) =>
    (await region.ess.listGroups({ names: [name] })).map((one) => ({
      id: one.scalingGroupId,
      name: one.scalingGroupName,
      tags: one.tags,
    })),
};

/**
 * Of the parts that are missing, those in whose place something stands that has their name and lacks their tags: most
 * likely somebody took the tags off. A second one beside it would leave the first one behind, so a person decides.
 */
export async function lostTags(
  look: Observing,
  missing: readonly { readonly part: string; readonly kind: string }[],
): Promise<readonly Problem[]> {
  const found = await Promise.all(
    missing.map(async ({ part, kind }) => {
      const name = resourceName(look.cluster, part);
      const all = (await BY_NAME[kind]?.(look, name)) ?? [];
      return all
        .filter((one) => one.name === name && !isTagged(one, look.cluster, part))
        .map((one) => ({ part, one }));
    }),
  );
  return found.flat().map(({ part, one }) => problemOf(look.cluster, part, one));
}

function isTagged({ tags }: Named, cluster: string, part: string): boolean {
  // Of a cluster of somebody else's making, or of another one of ours.
  if (tags[TAG.cluster] !== undefined && tags[TAG.cluster] !== cluster) return true;
  return isOurs(tags, cluster) && tags[TAG.resource] === part;
}

function problemOf(cluster: string, part: string, { id, name }: Named): Problem {
  const tags = `${TAG.cluster}=${cluster}, ${TAG.resource}=${part}, ${TAG.managed}=${MANAGED_BY}`;
  return {
    code: 'tags_lost',
    message: `${part} is missing, and ${id} bears its name ${name ?? ''} without its tags.`,
    hint: `If that is the cluster's, put its tags back (${tags}); if it is not, rename it. Then type \`/ams repair ${cluster}\`.`,
  };
}
