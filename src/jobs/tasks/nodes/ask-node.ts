import type { StepContext } from '../../resource.ts';

export type Asking = Pick<StepContext, 'region' | 'timeScale' | 'signal'>;

/** How long a command on a node may take before its answer no longer matters, unscaled. */
const PATIENCE_MS = 20_000;

/** Most commands are delivered and run within little more than a second, unscaled. */
const FIRST_LOOK_MS = 1_400;

/**
 * Runs a short command on a node through Cloud Assistant (ECS RunCommand, DescribeInvocationResults).
 * @returns undefined when the agent of the node does not answer or the account may not ask: nothing follows from that
 */
export async function askNode(
  ctx: Asking,
  instanceId: string,
  command: string,
): Promise<{ readonly exitCode: number; readonly output: string } | undefined> {
  try {
    const answer = await ctx.region.ecs.runCommand({
      instanceId,
      command,
      timeoutMs: PATIENCE_MS,
      firstLookMs: Math.max(50, FIRST_LOOK_MS * ctx.timeScale),
      signal: ctx.signal,
    });
    return answer && { exitCode: answer.exitCode, output: answer.output };
  } catch {
    return undefined;
  }
}

/** What a node that did not join says about it: a clause for people, or nothing. */
export async function readNodeDiagnosis(ctx: Asking, instanceId: string): Promise<string> {
  const answer = await askNode(ctx, instanceId, 'tail -n 3 /var/log/ams-join.log 2>/dev/null');
  if (!answer)
    return ' It does not answer Cloud Assistant either: look at its console, it may not have booted.';
  const last = answer.output
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/\/\/[^@/\s]+@/g, '//***@')
    .slice(0, 200);
  return last === undefined || last === '' ? '' : ` Its log says: ${last}`;
}
