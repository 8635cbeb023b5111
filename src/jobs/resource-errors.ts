import { AmsError } from '../cluster/errors.ts';
import type { Problem } from '../cluster/errors.ts';

/**
 * Something that the plan builds on was there when the plan was made and is there no longer. Looking again does not
 * bring it back: the step fails, and the hint names the command that plans what is missing.
 */
export class MissingPart extends AmsError {
  readonly code = 'missing_part';

  /** @param part what is missing, for people: mostly the id of a part */
  constructor(part: string, cluster: string) {
    super(`${part} of cluster ${cluster} is not there any more.`, {
      hint: `Somebody removed it meanwhile: \`/ams repair ${cluster}\` plans what is missing, \`/ams destroy-cluster ${cluster}\` removes the rest. Retry does not make it again.`,
    });
  }
}

/** A resource or a task that says itself that it will never be ready: the step fails with this problem. */
export class ResourceBroken extends AmsError {
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message, { hint: problem.hint });
    this.code = problem.code;
    this.problem = problem;
  }
}
