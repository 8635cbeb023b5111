import { AmsError } from '../../../cluster/errors.ts';

/** One finished command on a machine, for traces. Holds nothing of it but the name of its program. */
export interface CommandEvent {
  /** `systemctl is-active`, `mongosh`; `connect` for the login. */
  readonly program: string;
  readonly ms: number;
  /** Undefined when there was no end to it. */
  readonly exitCode?: number | undefined;
  /** Code of the error that ended it instead. */
  readonly error?: string | undefined;
}

/** Must cost next to nothing and never throw. */
export type OnCommand = (event: CommandEvent) => void;

/** Programs whose second word is a verb and no value. */
const WITH_VERB: ReadonlySet<string> = new Set(['systemctl', 'cloud-init']);

/** The name of the program that a shell command begins with: all else of it may be a secret. */
export function programOf(command: string): string {
  const [, program, verb] = /^([a-z][a-z\d_-]*)(?: ([a-z][a-z-]*))?(?= |$)/.exec(command) ?? [];
  if (program === undefined) return 'other';
  return verb !== undefined && WITH_VERB.has(program) ? `${program} ${verb}` : program;
}

/** Runs a command and tells of it once it has ended. */
export async function watched<Answer>(
  onCommand: OnCommand | undefined,
  program: string,
  run: () => Promise<Answer>,
  exitCodeOf?: (answer: Answer) => number,
): Promise<Answer> {
  const startedAt = performance.now();
  const tell = (end: Pick<CommandEvent, 'exitCode' | 'error'>): void =>
    onCommand?.({ program, ms: performance.now() - startedAt, ...end });
  try {
    const answer = await run();
    tell({ exitCode: exitCodeOf?.(answer) });
    return answer;
  } catch (error) {
    tell({ error: error instanceof AmsError ? error.code : 'unexpected' });
    throw error;
  }
}
