import { AmsError } from '../../cluster/errors.ts';
import type { Log } from '../log.ts';

/** Logs why an operation's plan or an answer did not come about. @param about the operation's id, or the question's */
export function logProblem(log: Log, error: unknown, about: string): void {
  const fields =
    error instanceof AmsError
      ? { about, code: error.code, problem: error.message }
      : {
          about,
          error: error instanceof Error ? (error.stack ?? error.name).slice(0, 2_000) : typeof error,
        };
  log.error(fields, 'could not be prepared or answered');
}
