import { withFreshAnswers } from './answers.ts';
import type { Line } from './line.ts';
import { orNothing } from './outcome.ts';
import { pause } from './pause.ts';
import { cleanText } from './clean-text.ts';

/** How a command on one instance stands. */
export interface CommandResult {
  readonly instanceId: string;
  /** `Pending`, `Running`, `Success`, `Failed`, `Error`, `Timeout`, `Cancelled`, `Aborted`, `Invalid`, … */
  readonly status: string;
  readonly finished: boolean;
  /** Means something only when it has finished. */
  readonly exitCode: number | undefined;
  /** The last 24 KB, control characters taken out. */
  readonly output: string;
  /** `ClientNotRunning`, `DeliveryTimeout`, `ExitCodeNonzero`, … */
  readonly errorCode: string | undefined;
}

/** Commands on instances without SSH (ECS Cloud Assistant). */
export interface Assistant {
  /** Whether the agent of each answers; ids without an answer are left out (DescribeCloudAssistantStatus). */
  status(
    instanceIds: readonly string[],
  ): Promise<readonly { readonly instanceId: string; readonly ready: boolean }[]>;
  /** Starts a shell command as root. @returns the invocation's id (RunCommand) */
  start(input: {
    readonly instanceIds: readonly string[];
    readonly command: string;
    readonly name?: string | undefined;
    /** Seconds until the agent ends it; default 60. */
    readonly timeoutSeconds?: number | undefined;
    readonly token?: string | undefined;
  }): Promise<string>;
  /** How it stands on one instance; nothing when that is not known yet (DescribeInvocationResults). */
  result(input: {
    readonly invokeId: string;
    readonly instanceId: string;
  }): Promise<CommandResult | undefined>;
  /** Ends it where it still runs (StopInvocation). */
  stop(input: { readonly invokeId: string; readonly instanceIds: readonly string[] }): Promise<void>;
}

/**
 * Runs a short command on one instance and waits for its end, as long as `timeoutMs`.
 * @returns nothing when it did not end in time or never ran (agent silent, instance gone)
 */
export type RunAndWait = (input: {
  readonly instanceId: string;
  readonly command: string;
  readonly timeoutMs: number;
  /** Milliseconds until the first look, which others follow ever more slowly; default a second. */
  readonly firstLookMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}) => Promise<{ readonly exitCode: number; readonly output: string } | undefined>;

const ENDED = new Set([
  'Success',
  'Failed',
  'Error',
  'Timeout',
  'Cancelled',
  'Aborted',
  'Invalid',
  'Terminated',
]);

export function createAssistant(line: Line<'ecs'>): Assistant {
  const { regionId } = line;
  return {
    async status(instanceIds) {
      const answer = await line.call('DescribeCloudAssistantStatus', {
        regionId,
        instanceId: [...instanceIds],
      });
      const all = answer.instanceCloudAssistantStatusSet?.instanceCloudAssistantStatus ?? [];
      return all.map((one) => ({
        instanceId: one.instanceId ?? '',
        ready: one.cloudAssistantStatus === 'true',
      }));
    },
    async start({ instanceIds, command, name, timeoutSeconds, token }) {
      // By form body: a command in the URL would be in every log on the way.
      const answer = await line.callByForm('RunCommand', {
        RegionId: regionId,
        Type: 'RunShellScript',
        CommandContent: Buffer.from(command).toString('base64'),
        ContentEncoding: 'Base64',
        InstanceId: instanceIds,
        Name: name,
        Timeout: timeoutSeconds ?? 60,
        KeepCommand: false,
        ClientToken: token,
      });
      return typeof answer['InvokeId'] === 'string' ? answer['InvokeId'] : '';
    },
    async result({ invokeId, instanceId }) {
      const answer = await orNothing(
        line.call('DescribeInvocationResults', {
          regionId,
          invokeId,
          instanceId,
          contentEncoding: 'PlainText',
        }),
      );
      const one = answer?.invocation?.invocationResults?.invocationResult?.find(
        (each) => each.instanceId === instanceId,
      );
      if (!one) return undefined;
      const status = one.invocationStatus ?? '';
      const finished = ENDED.has(status);
      return {
        instanceId,
        status,
        finished,
        exitCode: finished ? one.exitCode : undefined,
        output: cleanText(one.output ?? ''),
        errorCode: one.errorCode === '' ? undefined : one.errorCode,
      };
    },
    async stop({ invokeId, instanceIds }) {
      await line.call('StopInvocation', { regionId, invokeId, instanceId: [...instanceIds] });
    },
  };
}

/** A failed one did not run unless it ended with an exit code: the agent may have been silent, or the machine off. */
function didRun({ status, errorCode }: CommandResult): boolean {
  return (
    status === 'Success' ||
    (status === 'Failed' && (errorCode === undefined || errorCode === 'ExitCodeNonzero'))
  );
}

/** Each look comes after so many times the pause of the one before. */
const LATER = 1.5;

/** See {@link RunAndWait}. */
export async function runAndWait(
  assistant: Assistant,
  input: Parameters<RunAndWait>[0],
): ReturnType<RunAndWait> {
  const { instanceId, command, timeoutMs, signal } = input;
  const until = performance.now() + timeoutMs;
  const invokeId = await assistant.start({
    instanceIds: [instanceId],
    command,
    timeoutSeconds: Math.max(10, Math.ceil(timeoutMs / 1_000)),
  });
  let lookMs = input.firstLookMs ?? 1_000;
  const isGoing = (): boolean => performance.now() < until && !signal?.aborted;
  while (isGoing()) {
    await pause(Math.min(lookMs, Math.max(1, until - performance.now())), signal);
    lookMs *= LATER;
    const result = await withFreshAnswers(() => assistant.result({ invokeId, instanceId }));
    if (result?.finished) {
      return didRun(result) ? { exitCode: result.exitCode ?? 1, output: result.output } : undefined;
    }
  }
  return undefined;
}
