import { createHash } from 'node:crypto';
import { withFreshAnswers } from '../../../cloud/calling/answers.ts';
import type { CommandAnswer } from '../../../cloud/ecs/cloud-assistant.ts';
import { CloudError } from '../../../cloud/errors.ts';
import { patienceMs } from '../../patience.ts';
import type { StepContext, VisitResult } from '../../resource.ts';

/** A short shell command for a node. */
export interface NodeCommand {
  readonly instanceId: string;
  readonly command: string;
}

/** What asking takes of a visit. */
export type Asking = Pick<StepContext, 'region' | 'memory' | 'remember' | 'now' | 'startedAt' | 'timeScale'>;

/** Undefined when the agent of the node does not answer or the account may not ask: nothing follows from that. */
export type NodeAnswer = CommandAnswer | undefined;

/** How long a command on a node may take before its answer no longer matters, unscaled. */
const PATIENCE_MS = 20_000;
/** Most commands are delivered and run within little more than a second, unscaled. */
const USUAL_MS = 1_400;

/** Under this key a step remembers what it has asked: a mark of the questions, when, and the invocations. */
const ASKED = 'commands';
const REFUSED = '-';
/** The cloud took no more calls at that moment: still to be asked. */
const UNTAKEN = '?';

/**
 * Asks nodes through Cloud Assistant (ECS RunCommand, DescribeInvocationResults), several at a time. Commands take
 * seconds: the visit that starts them ends, and a later one that asks the same reads the answers, once.
 * @param why for people, as long as the answers are not there
 * @returns the answers in the order of the questions, else what the visit ends with
 * @throws CloudError when the cloud takes no more calls for the moment, which says nothing of the nodes
 */
export async function askNodes(
  ctx: Asking,
  questions: readonly NodeCommand[],
  why: string,
): Promise<{ readonly answers: readonly NodeAnswer[] } | Extract<VisitResult, { readonly againMs: number }>> {
  const later = { againMs: USUAL_MS, why, phase: 'commands' };
  const mark = markOf(ctx, questions);
  const [markBefore, askedAt, ...invocations] = String(ctx.memory[ASKED] ?? '').split(' ');
  const isAsked = markBefore === mark;
  if (!isAsked || invocations.includes(UNTAKEN)) {
    const started = await Promise.all(
      questions.map(async (question, nth) => {
        const before = isAsked ? invocations[nth] : undefined;
        return before === undefined || before === UNTAKEN ? start(ctx, question) : before;
      }),
    );
    if (started.every((one) => one === REFUSED)) {
      if (isAsked) await ctx.remember({ [ASKED]: '' });
      return { answers: questions.map(() => undefined) };
    }
    const words = started.map((one) => (typeof one === 'string' ? one : UNTAKEN));
    await ctx.remember({ [ASKED]: [mark, ctx.now(), ...words].join(' ') });
    const throttled = started.find((one) => typeof one !== 'string');
    if (throttled) throw throttled;
    return later;
  }
  const isPatient = ctx.now() < Number(askedAt) + patienceMs(PATIENCE_MS, ctx.timeScale);
  const read = (from: number, to?: number) =>
    Promise.all(
      questions
        .slice(from, to)
        .map(({ instanceId }, nth) => answerOf(ctx, instanceId, invocations[from + nth])),
    );
  const found = await withFreshAnswers(async () => {
    // They began together: where one is under way, the others need not be asked for.
    const first = await read(0, 1);
    return isPatient && first.includes('under-way') ? first : [...first, ...(await read(1))];
  });
  if (isPatient && found.includes('under-way')) return later;
  await ctx.remember({ [ASKED]: '' });
  return { answers: found.map((one) => (typeof one === 'string' ? undefined : one)) };
}

/** Whether answers of nodes are still to be read. */
export function isAsking({ memory }: Pick<Asking, 'memory'>): boolean {
  return (memory[ASKED] ?? '') !== '';
}

/** Another one once somebody has pressed Retry: answers from before may not be true any more. */
function markOf({ startedAt }: Asking, questions: readonly NodeCommand[]): string {
  return createHash('sha256')
    .update(JSON.stringify([startedAt, questions]))
    .digest('hex')
    .slice(0, 16);
}

/** @returns the invocation's id, {@link REFUSED}, or the error where the cloud takes no more calls for the moment */
async function start(ctx: Asking, question: NodeCommand): Promise<string | CloudError> {
  try {
    const timeoutSeconds = PATIENCE_MS / 1_000;
    return await ctx.region.ecs.assistant.start({ ...question, timeoutSeconds });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return error.errorClass === 'throttled' ? error : REFUSED;
  }
}

async function answerOf(
  ctx: Asking,
  instanceId: string,
  invokeId = REFUSED,
): Promise<CommandAnswer | 'under-way' | 'never-ran'> {
  if (invokeId === REFUSED) return 'never-ran';
  try {
    return await ctx.region.ecs.assistant.answer({ invokeId, instanceId });
  } catch (error) {
    if (error instanceof CloudError && error.errorClass !== 'throttled') return 'under-way';
    throw error;
  }
}
