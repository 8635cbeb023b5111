import { MANAGED_BY, TAG, resourceName } from '../../cluster/names.ts';
import type { Problem } from '../../cluster/errors.ts';
import { foundPart } from './planner.ts';
import type { Observed } from './planner.ts';
import type { Observing, StepKind } from '../resource.ts';
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

/** A part of a cluster, by its name and kind. */
interface Place {
  readonly part: string;
  readonly kind: string;
}

/** What has the name of a part and lacks its tags. */
interface Untagged extends Place {
  readonly id: string;
  readonly name: string;
}

/**
 * What stands in the place of missing parts: it has their name and lacks their tags, so most likely somebody took the
 * tags off.
 */
export async function untaggedParts(
  look: Observing,
  missing: readonly Place[],
): Promise<readonly Untagged[]> {
  const found = await Promise.all(
    missing.map(async ({ part, kind }) => {
      const name = resourceName(look.cluster, part);
      const all = (await BY_NAME[kind]?.(look, name)) ?? [];
      return all
        .filter((one) => one.name === name && !isTagged(one, look.cluster, part))
        .map(({ id }) => ({ part, kind, id, name }));
    }),
  );
  return found.flat();
}

/** Of those the problems for a plan that would make the parts anew and leave them behind: a person decides. */
export async function lostTags(look: Observing, missing: readonly Place[]): Promise<readonly Problem[]> {
  const { cluster } = look;
  return (await untaggedParts(look, missing)).map(({ part, id, name }) => ({
    code: 'tags_lost',
    message: `${part} is missing, and ${id} bears its name ${name} without its tags.`,
    hint: `If that is the cluster's, put its tags back (${tagsOf(cluster, part)}); if it is not, rename it. Then type \`/ams repair ${cluster}\`.`,
  }));
}

/**
 * Of those what an approver of a removal should know: it stays.
 * @param wasMade whether a part that is missing was there once
 */
export async function untaggedRisks(
  kinds: readonly StepKind[],
  look: Observing,
  observed: Observed,
  wasMade: (part: string) => boolean = () => true,
): Promise<readonly string[]> {
  const { cluster, spec } = look;
  if (spec === undefined) return [];
  const missing = kinds.flatMap((kind) =>
    kind.type === 'resource'
      ? kind
          .parts(spec)
          .filter(({ id }) => wasMade(id) && !foundPart(observed, id))
          .map(({ id }) => ({ part: id, kind: kind.kind }))
      : [],
  );
  return (await untaggedParts(look, missing)).map(
    ({ part, id, name }) =>
      `${id} bears the name ${name} without the tags of ${part}: it stays, and so does what it uses. If it is the cluster's, put its tags back before you approve: ${tagsOf(cluster, part)}.`,
  );
}

function isTagged({ tags }: Named, cluster: string, part: string): boolean {
  // Of a cluster of somebody else's making, or of another one of ours.
  if (tags[TAG.cluster] !== undefined && tags[TAG.cluster] !== cluster) return true;
  return isOurs(tags, cluster) && tags[TAG.resource] === part;
}

/** The tags of a part, in words. */
export function tagsOf(cluster: string, part: string): string {
  return `${TAG.cluster}=${cluster}, ${TAG.resource}=${part}, ${TAG.managed}=${MANAGED_BY}`;
}
