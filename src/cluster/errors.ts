/**
 * The base of every refusal and failure that a person may read.
 *
 * `message` says what was going on and with which value, `hint` what to do, in one sentence each. Match on `code`,
 * which is stable across releases: an error that travelled through Redis has lost its class.
 */
export abstract class AmsError extends Error {
  abstract readonly code: string;
  readonly hint: string;
  /** Whether the same attempt may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(message: string, options: { hint: string; retryable?: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
  }
}

/** What remains of an error once it is written down: plain, safe to show, no stack. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The cluster that was probably meant, where the one named is not there. */
  readonly near?: string;
  /** Alibaba's own words for support: code and request id. */
  readonly cloud?: { readonly action: string; readonly code?: string; readonly requestId?: string };
}

/** How what was typed would be right: a word (or a few) replaced, or one of several words added at the end. */
export type Mend = { readonly replace: string; readonly by: string } | { readonly append: readonly string[] };

/** Somebody typed something that cannot be taken; nothing was changed. */
export class InputError extends AmsError {
  readonly code = 'bad_input';
  /** What was probably meant, so that the right command can be offered. */
  readonly mend: Mend | undefined;

  constructor(message: string, hint: string, mend?: Mend) {
    super(message, { hint });
    this.mend = mend;
  }
}

/** A rule (who may, how many, what state) forbids what was asked; nothing was changed. */
export class RefusedError extends AmsError {
  readonly code: string = 'refused';

  constructor(message: string, hint: string) {
    super(message, { hint });
  }
}

/** Nothing is recorded of an operation: it never was, or Redis lost it. */
export class UnknownOperation extends RefusedError {
  override readonly code = 'unknown_operation';
  readonly id: string;

  constructor(id: string) {
    super(
      `There is no operation ${id}.`,
      'Type `/ams ops` for the list of operations; of what ended long ago only `/ams history` tells.',
    );
    this.id = id;
  }
}

/** An operation's message is so old that its record has gone by itself: nothing can be done with it any more. */
export class LongOver extends RefusedError {
  override readonly code = 'long_over';

  constructor(id: string, keepDays: number) {
    super(
      `${id} ended more than ${keepDays} days ago, and its record is not kept any longer.`,
      'Its buttons do nothing any more; `/ams status` shows how the cluster is, `/ams ops` what is going on.',
    );
  }
}

/** A programming error or something nobody foresaw: shown without its text, which may hold anything. */
const UNEXPECTED: Problem = {
  code: 'unexpected',
  message: 'Something unexpected went wrong inside ams-chatops.',
  hint: 'The log of the process holds the details under this operation; press Retry, and report it if it stays.',
};

/** Writes an error down as a {@link Problem}. Foreign errors lose their text: it may hold secrets. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof AmsError)) return UNEXPECTED;
  return { code: error.code, message: error.message, hint: error.hint };
}
