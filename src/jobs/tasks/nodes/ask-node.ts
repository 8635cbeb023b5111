import type { StepContext } from '../../resource.ts';

type Asking = Pick<StepContext, 'region' | 'timeScale' | 'signal'>;

/** How long a command on a node may take before its answer no longer matters, unscaled. */
const PATIENCE_MS = 20_000;

/** A command is delivered and run within a second or two, unscaled. */
const LOOK_EVERY_MS = 2_000;

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
      lookEveryMs: Math.max(50, LOOK_EVERY_MS * ctx.timeScale),
      signal: ctx.signal,
    });
    return answer && { exitCode: answer.exitCode, output: answer.output };
  } catch {
    return undefined;
  }
}

/** Every build has one of these; which ones depends on its edition and version. */
const APPS = 'LiveApp live WebRTCAppEE WebRTCApp';

/**
 * `Enterprise Edition` or `Community Edition`, as Ant Media Server on the node tells it (`GET /<app>/rest/v2/version`,
 * open to the node itself); undefined when it is not told.
 */
export async function readEdition(ctx: Asking, instanceId: string): Promise<string | undefined> {
  const answer = await askNode(
    ctx,
    instanceId,
    `for app in ${APPS}; do curl -sf -m 5 http://127.0.0.1:5080/$app/rest/v2/version && break; done`,
  );
  return /(?:community|enterprise) edition/i.exec(answer?.output ?? '')?.[0];
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
