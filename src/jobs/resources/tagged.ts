import { MANAGED_BY, TAG, clusterTags, resourceTags } from '../../cluster/names.ts';
import type { Found, Observing, StepContext } from '../resource.ts';

export type Tags = Readonly<Record<string, string>>;

/** By which tags to list for a look; what comes may be of other clusters too. */
export function listTags(look: Pick<Observing, 'cluster' | 'tags'>): Tags {
  return look.tags ?? clusterTags(look.cluster);
}

/** Whether tags say that we made it for this cluster. */
export function isOurs(tags: Tags, cluster: string): boolean {
  return tags[TAG.cluster] === cluster && tags[TAG.managed] === MANAGED_BY;
}

/** The cluster that something was made for; undefined where it is none of ours. */
export function ownerIn(tags: Tags | undefined): string | undefined {
  return tags?.[TAG.managed] === MANAGED_BY ? tags[TAG.cluster] : undefined;
}

/** The part that a resource's tags say it is, if it is one of this cluster whose id begins with the kind. */
export function partOf(tags: Tags, cluster: string, kind: string): string | undefined {
  if (!isOurs(tags, cluster)) return undefined;
  const part = tags[TAG.resource];
  return part !== undefined && (part === kind || part.startsWith(`${kind}-`)) ? part : undefined;
}

/** Tags for a create call of this step. */
export function tagsFor(ctx: Pick<StepContext, 'cluster' | 'part' | 'operationId'>): Tags {
  return resourceTags(ctx.cluster, ctx.part, ctx.operationId);
}

/** Wraps what was seen as ours, with the operation that its tags name. */
export function ours<Seen>(part: string, id: string, tags: Tags, seen: Seen): Found<Seen> {
  const operationId = tags[TAG.operation];
  return { part, id, ours: true, ...(operationId === undefined ? {} : { operationId }), seen };
}

/**
 * Puts twins (a create whose answer was lost and that was repeated after the token was forgotten) in a fixed order,
 * the oldest first, so that every visit takes the same one.
 */
export function oldestFirst<Each extends { readonly createdAt?: string | undefined }>(
  all: readonly Each[],
): readonly Each[] {
  return all.toSorted((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''));
}
