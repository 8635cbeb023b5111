import { AmsError } from '../cluster/errors.ts';
import type { Problem } from '../cluster/errors.ts';
import type { PlanStep } from '../cluster/plan.ts';
import type { RemovalContext, Resource, StepContext, StepKind, Visit } from './resource.ts';

/** How soon to look at something that was just asked for, unscaled. Most of the cloud answers a create within seconds. */
const SOON_MS = 1_000;

/** Something that the plan builds on was there when the plan was made and is there no longer. */
export class MissingPart extends AmsError {
  readonly code = 'missing_part';

  constructor(part: string, cluster: string) {
    super(`${part} of cluster ${cluster} is not there any more.`, {
      hint: `Somebody removed it meanwhile: \`/ams repair ${cluster}\` plans what is missing, \`/ams destroy-cluster ${cluster}\` removes the rest.`,
    });
  }
}

/** What the cloud shows can only be reached by replacing it, which nobody has approved. */
class NeedsReplacing extends AmsError {
  readonly code = 'needs_replacing';

  constructor(part: string, cluster: string, changes: readonly string[]) {
    super(`${part} would have to be replaced: ${changes.join(' ')}`, {
      hint: `That was not in the approved plan; \`/ams repair ${cluster}\` plans it and asks.`,
    });
  }
}

/** A resource that says itself that it will never be ready. */
export class ResourceBroken extends AmsError {
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message, { hint: problem.hint });
    this.code = problem.code;
    this.problem = problem;
  }
}

/**
 * One visit to one step: looks, makes at most one change in the cloud, and says when to look again. It never sleeps,
 * and it may be repeated, interrupted anywhere or raced: what is there decides, not what was done.
 */
export async function visitStep(kind: StepKind, step: PlanStep, ctx: RemovalContext): Promise<Visit> {
  if (kind.type === 'task') return kind.visit(ctx.spec === undefined ? (ctx as StepContext) : withSpec(ctx));
  if (step.action === 'remove') return visitRemoval(kind, step, ctx);
  return visitResource(kind, step, withSpec(ctx));
}

async function visitResource(kind: Resource, step: PlanStep, ctx: StepContext): Promise<Visit> {
  const found = (await kind.observe(ctx)).find((one) => one.part === step.part);
  if (found === undefined) {
    if (step.action !== 'create') throw new MissingPart(step.part, ctx.cluster);
    await kind.create(ctx);
    return { againMs: SOON_MS, why: `${step.part} was asked for` };
  }
  const now = kind.ready(found);
  if (now.state === 'broken') throw new ResourceBroken(now.problem);
  if (now.state === 'waiting') return { againMs: now.lookAgainMs, why: now.why };
  const change = found.ours ? kind.diff(ctx.spec, step.part, found.seen) : { action: 'none' as const };
  if (change.action === 'none') {
    const outdated = step.action === 'update' && found.ours && (await kind.outdated?.(ctx, found)) === true;
    if (!outdated || !kind.update) return { done: true, output: kind.output(found) };
    await kind.update(ctx, found);
    return { againMs: SOON_MS, why: `${step.part} is being brought up to date` };
  }
  if (change.action === 'replace' || !kind.update)
    throw new NeedsReplacing(step.part, ctx.cluster, change.changes);
  await kind.update(ctx, found);
  return { againMs: SOON_MS, why: change.changes[0] ?? `${step.part} is being changed` };
}

async function visitRemoval(kind: Resource, step: PlanStep, ctx: RemovalContext): Promise<Visit> {
  const found = (await kind.observe(ctx)).find((one) => one.id === step.target);
  if (found === undefined || !found.ours) return { done: true };
  if (!kind.remove) return { done: true };
  await kind.remove(ctx, found);
  return { againMs: SOON_MS, why: `${step.part} is being removed` };
}

function withSpec(ctx: RemovalContext): StepContext {
  if (ctx.spec === undefined) throw new MissingPart('the specification', ctx.cluster);
  return { ...ctx, spec: ctx.spec };
}
