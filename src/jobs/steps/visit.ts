import { acceptedAt } from './accepted.ts';
import { withFreshAnswers } from '../../cloud/calling/answers.ts';
import { CloudError } from '../../cloud/errors.ts';
import { AmsError } from '../../cluster/errors.ts';
import type { PlanStep } from '../../cluster/plan.ts';
import { patienceMs, VISIBLE_LATE_MS } from '../patience.ts';
import { tagsOf, untaggedParts } from '../planning/untagged.ts';
import type {
  Found,
  Output,
  VisitContext,
  Resource,
  StepContext,
  StepKind,
  VisitResult,
} from '../resource.ts';
import { MissingPart, ResourceBroken } from '../resource-errors.ts';
import { isAdopted } from '../resources/adopted.ts';
import { RESOURCES } from '../resources/list.ts';

/** How soon to look at something that was just asked for, unscaled. Most of the cloud answers a create within seconds. */
const SOON_MS = 1_000;
/** How soon to ask again for something whose needs one product of the cloud has and another does not know yet. */
const SEEN_SOON_MS = 5_000;

/** What the cloud shows can only be reached by replacing it, which nobody has approved. */
class NeedsReplacing extends AmsError {
  readonly code = 'needs_replacing';

  constructor(part: string, cluster: string, changes: readonly string[]) {
    super(`${part} would have to be replaced: ${changes.join(' ')}`, {
      hint: `That was not in the approved plan; \`/ams repair ${cluster}\` plans it and asks.`,
    });
  }
}

/** What the plan removes has no longer the tags by which it is the cluster's. */
class TagsLost extends AmsError {
  readonly code = 'tags_lost';

  constructor(part: string, id: string, cluster: string) {
    super(`${id} has lost the tags of ${part} since the plan was made, so it is left alone.`, {
      hint: `If it is the cluster's, put its tags back (${tagsOf(cluster, part)}) and press Retry; if it is not, rename it and press Retry.`,
    });
  }
}

/**
 * One visit to one step: looks, makes at most one change in the cloud, and says when to look again. It never sleeps,
 * and it may be repeated, interrupted anywhere or raced: what is there decides, not what was done.
 */
export async function visitStep(kind: StepKind, step: PlanStep, ctx: VisitContext): Promise<VisitResult> {
  if (kind.type === 'task') return kind.visit(ctx.spec === undefined ? (ctx as StepContext) : withSpec(ctx));
  if (step.action === 'remove') return visitRemoval(kind, step, ctx);
  const whole = withSpec(ctx);
  try {
    return await visitResource(kind, step, whole);
  } catch (error) {
    if (!isLack(error)) throw error;
    const { fresh, old } = madeBefore(kind, step, whole);
    const lost = await firstLost(old, whole);
    if (lost !== undefined) throw new MissingPart(lost, ctx.cluster);
    if (fresh.length === 0) throw error;
    return { againMs: SEEN_SOON_MS, why: `${fresh.join(', ')} may not be known everywhere yet` };
  }
}

/** Whether the cloud says that something is not there; Auto Scaling calls that a wrong value. */
function isLack(error: unknown): boolean {
  if (!(error instanceof CloudError)) return false;
  return error.errorClass === 'not-found' || /notfound|notexist/i.test(error.alibabaCode ?? '');
}

/** What this step needs and steps before it made: a moment ago, or so long that lists show it. */
function madeBefore(
  kind: Resource,
  step: PlanStep,
  { spec, now, timeScale, recorded, endOf }: StepContext,
): { readonly fresh: readonly string[]; readonly old: readonly string[] } {
  const needs = kind.parts(spec).find(({ id }) => id === step.part)?.needs ?? [];
  const made = needs.filter((part) => recorded(part) !== undefined && !isAdopted(part, spec));
  const shownAfterMs = patienceMs(VISIBLE_LATE_MS, timeScale, 1_000);
  const isFresh = (part: string): boolean => now() <= (endOf(part) ?? 0) + shownAfterMs;
  return { fresh: made.filter(isFresh), old: made.filter((part) => !isFresh(part)) };
}

/** The first of these parts that lists do not show. */
async function firstLost(parts: readonly string[], ctx: StepContext): Promise<string | undefined> {
  const { spec } = ctx;
  const look = { ...alone(ctx), shallow: true, recorded: undefined, lasting: undefined };
  for (const part of parts) {
    const owner = RESOURCES.find((one) => one.parts(spec).some(({ id }) => id === part));
    if (owner?.type !== 'resource') continue;
    const found = await withFreshAnswers(() => owner.observe({ ...look, part }));
    if (!found.some((one) => one.part === part)) return part;
  }
  return undefined;
}

async function visitResource(kind: Resource, step: PlanStep, ctx: StepContext): Promise<VisitResult> {
  if (step.action === 'create' && (await kind.prepare?.(ctx)) === false)
    return { againMs: SOON_MS, why: `what ${step.part} takes is in the making`, isUnbegun: true };
  const look = async (from: StepContext) => (await kind.observe(from)).find((one) => one.part === step.part);
  let found = ctx.isNew ? undefined : (madeJustNow(kind, ctx) ?? (await look(ctx)));
  // What was seen before the operation began may say that there is nothing yet, not what there is by now.
  if (found && ctx.early && step.action === 'create') found = await withFreshAnswers(() => look(ctx));
  if (!found && ctx.tags) found = await withFreshAnswers(() => look(alone(ctx)));
  if (found === undefined) {
    // What somebody else made nothing makes again: its kind says what a person can do.
    if (step.action !== 'create' && !isAdopted(step.part, ctx.spec))
      throw new MissingPart(step.part, ctx.cluster);
    if (isOnItsWay(ctx)) return { againMs: SOON_MS, why: `${step.part} is not to be seen yet` };
    if (hasVanished(ctx)) await ctx.freshToken();
    const made = await kind.create(ctx);
    if (made) return { done: true, output: made };
    // Its rest can be done at once, on a visit of its own: one change each.
    return { againMs: kind.made?.(ctx) ? 0 : SOON_MS, why: `${step.part} was asked for` };
  }
  const now = kind.ready(found);
  if (now.state === 'broken') throw new ResourceBroken(now.problem);
  if (now.state === 'waiting') return { againMs: now.lookAgainMs, why: now.why };
  const change = found.ours ? kind.diff(ctx.spec, step.part, found.seen) : { action: 'none' as const };
  if (change.action === 'none') {
    const outdated = step.action === 'update' && found.ours && (await kind.outdated?.(ctx, found)) === true;
    if (!outdated || !kind.update) return { done: true, output: kind.output(found) };
    return afterUpdate(
      kind,
      found,
      await kind.update(ctx, found),
      `${step.part} is being brought up to date`,
    );
  }
  if (change.action === 'replace' || !kind.update)
    throw new NeedsReplacing(step.part, ctx.cluster, change.changes);
  const why = change.changes[0] ?? `${step.part} is being changed`;
  return afterUpdate(kind, found, await kind.update(ctx, found), why);
}

function afterUpdate(
  kind: Resource,
  found: Found<unknown>,
  updated: 'settled' | Output | void,
  why: string,
): VisitResult {
  if (updated === undefined) return { againMs: SOON_MS, why };
  return { done: true, output: updated === 'settled' ? kind.output(found) : updated };
}

async function visitRemoval(kind: Resource, step: PlanStep, ctx: VisitContext): Promise<VisitResult> {
  const look = async (from: VisitContext) => {
    const all = await kind.observe({ ...from, part: undefined, shallow: true });
    if (!from.early && from.tags === undefined && !all.some((one) => one.ours)) ctx.sawNone(kind.kind);
    return all.find((one) => one.id === step.target);
  };
  const isDoubtful = ctx.early || ctx.tags !== undefined;
  const found =
    (await look(ctx)) ??
    (isDoubtful ? await withFreshAnswers(() => look({ ...alone(ctx), early: false })) : undefined);
  if (found === undefined) await expectGone(kind, step, ctx);
  if (found === undefined || !found.ours) return { done: true };
  if (!kind.remove) return { done: true };
  const removed = await kind.remove(ctx, found);
  if (removed === 'gone') return { done: true };
  // Not yet what the wait for its end is learned from.
  if (removed === 'unlocked')
    return { againMs: SOON_MS, why: `the protection of ${step.part} was lifted`, phase: removed };
  return { againMs: SOON_MS, why: `${step.part} is being removed` };
}

/** What went without this step's doing may have lost its tags only. @throws TagsLost */
async function expectGone({ kind }: Resource, { part, target }: PlanStep, ctx: VisitContext): Promise<void> {
  if (ctx.changedAt !== undefined) return;
  const there = await withFreshAnswers(() => untaggedParts(ctx, [{ part, kind }]));
  if (there.some(({ id }) => id === target)) throw new TagsLost(part, target ?? '', ctx.cluster);
}

/**
 * To list by the cluster's own tags: a list of all clusters has many pages, and while others come and go something may
 * slip from one to another between two reads. That something is there can be believed of it, that it is not cannot.
 */
function alone<Context extends VisitContext>(ctx: Context): Context {
  return { ...ctx, tags: undefined };
}

/** What this step made a moment ago: later somebody may have changed it, and lists show it by then. */
function madeJustNow(kind: Resource, ctx: StepContext): Found<unknown> | undefined {
  return ctx.isMade === true && isOnItsWay(ctx) ? kind.made?.(ctx) : undefined;
}

/** The cloud has said yes to a create, and its lists do not show it yet. */
function isOnItsWay(ctx: StepContext): boolean {
  if (ctx.changedAt === undefined) return false;
  return ctx.now() < ctx.changedAt + patienceMs(VISIBLE_LATE_MS, ctx.timeScale, 1_000);
}

/** What was accepted and is not listed for this long was taken back or removed, unscaled. */
const VANISHED_MS = 120_000;

/** Whether the cloud would only remember that it has said yes: asked by the same token again, it makes nothing. */
function hasVanished(ctx: StepContext): boolean {
  const at = acceptedAt(ctx.memory);
  return at !== undefined && ctx.now() > at + patienceMs(VANISHED_MS, ctx.timeScale, 4_000);
}

function withSpec(ctx: VisitContext): StepContext {
  if (!hasSpec(ctx)) throw new MissingPart('the specification', ctx.cluster);
  return ctx;
}

function hasSpec(ctx: VisitContext): ctx is StepContext {
  return ctx.spec !== undefined;
}
