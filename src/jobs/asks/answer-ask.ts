import type { Answer, Asked, Question } from '../../cluster/answers.ts';
import { toProblem } from '../../cluster/errors.ts';
import { glanceOf, unreadGlance } from '../../cluster/glance.ts';
import type { Glance } from '../../cluster/glance.ts';
import { answerQuestion } from './answer.ts';
import { logProblem } from './log-problem.ts';
import { ComesLater } from './comes-later.ts';
import type { AskParts } from './parts.ts';

/** A look in vain is made again after so long, unscaled: what throttled it has mostly passed by then. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Answers what somebody asked, once, and marks the message that shall say so. A status is kept as a glance, too.
 * @param given the question, where it may not be kept
 * @throws ComesLater when it was cut short
 */
export async function answerAsk(
  id: string,
  parts: AskParts,
  signal: AbortSignal,
  given?: Asked,
): Promise<void> {
  const { store, outbox, tools } = parts;
  const asked = (await store.asked(id)) ?? given;
  if (!asked) return;
  if (!asked.answer) {
    const answer = await answerOrProblem(asked.question, id, parts, signal);
    // What was cut short, since this worker is told to stop, tells nothing: another one looks.
    if (signal.aborted) throw new ComesLater(1);
    await store.keepAsk({ ...asked, answer, answeredAt: tools.now() });
    if (answer.kind === 'status') await keepGlance(glanceOf(answer.status), parts);
  }
  await outbox.touch(`ask:${id}`);
}

/**
 * Looks at a cluster for the homes of people. Never throws for the cloud: one that cannot be read is shown as that, and
 * looked at once more a little later.
 */
export async function glanceAt(
  { cluster, isSecond = false }: { readonly cluster: string; readonly isSecond?: boolean },
  parts: AskParts,
  signal: AbortSignal,
): Promise<void> {
  const { queues, tools } = parts;
  const answer = await answerOrProblem({ kind: 'status', cluster }, cluster, parts, signal);
  if (signal.aborted) throw new ComesLater(1);
  if (answer.kind !== 'status' && answer.kind !== 'problem') return;
  const glance =
    answer.kind === 'status'
      ? glanceOf(answer.status)
      : unreadGlance(cluster, answer.problem.message, tools.now());
  await keepGlance(glance, parts);
  if (glance.health === 'unknown' && !isSecond)
    await queues.queueGlance(cluster, Math.max(1, Math.round(LOOK_AGAIN_MS * tools.timeScale)));
}

function answerOrProblem(
  question: Question,
  about: string,
  { tools, store, log }: AskParts,
  signal: AbortSignal,
): Promise<Answer> {
  return answerQuestion(question, { tools, store, signal }).catch((error: unknown) => {
    logProblem(log, error, about);
    return { kind: 'problem' as const, problem: toProblem(error) };
  });
}

async function keepGlance(glance: Glance, { store, outbox }: AskParts): Promise<void> {
  await store.clusters.keepGlance(glance);
  await outbox.touch('homes');
}
