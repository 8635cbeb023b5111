import type { Line } from '../calling/line.ts';
import { idIn, orNothing } from '../calling/outcome.ts';
import { cleanText } from '../calling/clean-text.ts';

/** What a command came to. */
export interface CommandAnswer {
  readonly exitCode: number;
  /** The last 24 KB, control characters taken out. */
  readonly output: string;
}

/** Commands on instances without SSH (ECS Cloud Assistant). */
export interface Assistant {
  /** Starts a shell command as root. @returns the invocation's id (RunCommand) */
  start(input: {
    readonly instanceId: string;
    readonly command: string;
    /** Until the agent ends it. */
    readonly timeoutSeconds: number;
  }): Promise<string>;
  /**
   * How it stands (DescribeInvocationResults).
   * @returns `never-ran` when it ended without a word of the machine: its agent is silent, it is off or gone
   */
  answer(input: {
    readonly invokeId: string;
    readonly instanceId: string;
  }): Promise<CommandAnswer | 'under-way' | 'never-ran'>;
}

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
    async start({ instanceId, command, timeoutSeconds }) {
      // By form body: a command in the URL would be in every log on the way.
      const answer = await line.callByForm('RunCommand', {
        RegionId: regionId,
        Type: 'RunShellScript',
        CommandContent: Buffer.from(command).toString('base64'),
        ContentEncoding: 'Base64',
        InstanceId: [instanceId],
        Timeout: timeoutSeconds,
        KeepCommand: false,
      });
      // Without one the answers of other commands would be read.
      return idIn(answer['InvokeId'] as string | undefined, 'ecs', 'RunCommand');
    },
    async answer({ invokeId, instanceId }) {
      const told = await orNothing(
        line.call('DescribeInvocationResults', {
          regionId,
          invokeId,
          instanceId,
          contentEncoding: 'PlainText',
        }),
      );
      const one = told?.invocation?.invocationResults?.invocationResult?.find(
        (each) => each.instanceId === instanceId,
      );
      if (!one || !ENDED.has(one.invocationStatus ?? '')) return 'under-way';
      if (!didRun(one)) return 'never-ran';
      return { exitCode: one.exitCode ?? 1, output: cleanText(one.output ?? '') };
    },
  };
}

/** A failed one did not run unless it ended with an exit code: the agent may have been silent, or the machine off. */
function didRun({
  invocationStatus,
  errorCode = '',
}: {
  readonly invocationStatus?: string | undefined;
  readonly errorCode?: string | undefined;
}): boolean {
  if (invocationStatus === 'Success') return true;
  return invocationStatus === 'Failed' && (errorCode === '' || errorCode === 'ExitCodeNonzero');
}
