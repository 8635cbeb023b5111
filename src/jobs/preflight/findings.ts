import { AmsError, toProblem } from '../../cluster/errors.ts';
import type { Problem } from '../../cluster/errors.ts';
import { CloudError } from '../../cloud/errors.ts';

/** What checks found: problems stop the plan, risks are shown to the approver. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly risks: string[] = [];

  problem(code: string, message: string, hint: string): void {
    if (!this.problems.some((one) => one.message === message)) this.problems.push({ code, message, hint });
  }

  risk(text: string): void {
    if (!this.risks.includes(text)) this.risks.push(text);
  }

  /**
   * Runs one check. What it throws becomes a finding, so that everything that is wrong is told together; only what may
   * go away by itself (no answer, throttling) is thrown on, since a plan on guesses is worse than a later one.
   */
  async check<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AmsError) || isPassing(error)) throw error;
      const problem = toProblem(error);
      this.problem(problem.code, problem.message, problem.hint);
      return undefined;
    }
  }

  /** A read that is only nice to have: a refusal is a risk worth a look, never a stop. */
  async attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AmsError)) throw error;
      this.risk(`${what} could not be checked: ${error.message}`);
      return undefined;
    }
  }
}

function isPassing(error: AmsError): boolean {
  return error instanceof CloudError && (error.retryable || error.unknownOutcome);
}
