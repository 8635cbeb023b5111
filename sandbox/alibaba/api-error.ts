/** A refusal as the cloud words it: code, HTTP status and message travel to the client unchanged. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the answer's body, such as `AccessDeniedDetail`. */
  readonly extra: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, status: number, message: string, extra?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.extra = extra;
  }
}

/** A mandatory parameter was left out. */
export function missingParameter(name: string, code = 'MissingParameter'): ApiError {
  return new ApiError(
    code,
    400,
    `The input parameter "${name}" that is mandatory for processing this request is not supplied.`,
  );
}

/** A value that is not among the allowed ones, in the style `InvalidParameter.<Name>`. */
export function invalidParameter(
  name: string,
  value: unknown,
  allowed?: string,
  code = `InvalidParameter.${name.split('.').at(-1) ?? name}`,
): ApiError {
  const hint = allowed === undefined ? '' : ` Expected ${allowed}.`;
  return new ApiError(
    code,
    400,
    `The specified value ${shown(value)} of parameter ${name} is not valid.${hint}`,
  );
}

/** The named resource does not exist in this account and region. */
export function notFound(code: string, what: string): ApiError {
  return new ApiError(code, 404, `The specified ${what} does not exist.`);
}

/** The resource is in a state that does not allow the call. */
export function incorrectStatus(code: string, what: string, status: string): ApiError {
  return new ApiError(
    code,
    403,
    `The current status of ${what} (${status}) does not support this operation.`,
  );
}

/** Something still depends on the resource. */
export function dependencyViolation(code: string, what: string, users: readonly string[]): ApiError {
  const by = users.length === 0 ? '' : ` In use by: ${users.join(', ')}.`;
  return new ApiError(code, 403, `The specified ${what} still has dependent resources.${by}`);
}

/** A quota of the account is used up. */
export function quotaExceeded(code: string, what: string, limit: number): ApiError {
  return new ApiError(code, 403, `The maximum number of ${what} (${limit}) is reached.`);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}
