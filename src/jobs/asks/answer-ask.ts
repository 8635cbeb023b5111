import type { Answer, Question } from '../../cluster/answers.ts';
import { toProblem } from '../../cluster/errors.ts';
import { glanceOf, unreadGlance } from '../../cluster/glance.ts';
import type { Glance } from '../../cluster/glance.ts';
import { answerQuestion } from './answer.ts';
import { logProblem } from './parts.ts';
import { ComesLater } from './comes-later.ts';
import type { AskParts } from './parts.ts';

/**
 * Answers what somebody asked, once, and marks the message that shall say so. A status is kept as a glance, too.
 * @throws ComesLater when it was cut short
 */
export async function answerAsk(id: string, parts: AskParts, signal: AbortSignal): Promise<void> {
  const { store, outbox, tools } = parts;
  const asked = await store.asked(id);
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

/** Looks at a cluster for the homes of people. Never throws for the cloud: one that cannot be read is shown as that. */
export async function glanceAt(cluster: string, parts: AskParts, signal: AbortSignal): Promise<void> {
  const answer = await answerOrProblem({ kind: 'status', cluster }, cluster, parts, signal);
  if (signal.aborted) throw new ComesLater(1);
  if (answer.kind === 'status') return keepGlance(glanceOf(answer.status), parts);
  if (answer.kind !== 'problem') return;
  await keepGlance(unreadGlance(cluster, answer.problem.message, parts.tools.now()), parts);
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
