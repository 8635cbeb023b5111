import { noCalls, withAnswersSince } from '../../cloud/calling/answers.ts';
import type { Operation } from '../../cluster/operation.ts';
import { prepare } from './prepare.ts';
import type { Tools } from '../steps/step-context.ts';
import type { Prepared, PrepareParts } from './prepared.ts';

/**
 * Makes the plan of an approved operation once more, right before it starts: what was approved is what runs. Of many
 * operations that start together, what all clusters have is listed once for all.
 * @throws CloudError when the cloud cannot be read now
 */
export async function lookBeforeStart(
  operation: Operation,
  parts: Omit<PrepareParts, 'tags'>,
): Promise<Prepared> {
  const { looks, settings } = parts.tools;
  const { id, regionId = settings.region } = operation;
  const crowd = looks.crowd(regionId);
  const look = async (tags: PrepareParts['tags'], from?: number) => {
    const since = looks.starting(id, tags, from);
    const asked = noCalls();
    const prepared = await withAnswersSince(since, () => prepare(operation, { ...parts, tags }), asked);
    if (tags !== undefined) crowd.sawStartPages(asked.pages);
    return { prepared, isWide: tags !== undefined };
  };
  if (comparesMuch(operation)) return (await look(undefined)).prepared;
  const { prepared, isWide } = await crowd.starting(id, look);
  const isAsApproved = 'plan' in prepared && prepared.digest === operation.digest;
  // A list of many pages may lack what slipped from one to another between two reads.
  return isWide && !isAsApproved ? (await look(undefined)).prepared : prepared;
}

/** How long an approved operation waits, so that others are looked at together with it, milliseconds; mostly 0. */
export function holdBeforeStart(operation: Operation, { looks, settings }: Tools): number {
  if (comparesMuch(operation)) return 0;
  return looks.crowd(operation.regionId ?? settings.region).holdStartMs(operation.id);
}

/** More than lists tell. */
function comparesMuch({ wish }: Operation): boolean {
  return wish.kind === 'repair' || wish.kind === 'rollback';
}
