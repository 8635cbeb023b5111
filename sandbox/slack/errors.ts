import type { Json } from './json.ts';

/** A refusal in Slack's words: HTTP 200 with `ok: false` and this code. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly extra: Json;

  constructor(code: string, extra: Json = {}) {
    super(code);
    this.name = 'SlackRefusal';
    this.code = code;
    this.extra = extra;
  }
}

/** Over a rate limit: HTTP 429 with `Retry-After`. */
export class RateLimited extends Error {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('ratelimited');
    this.name = 'RateLimited';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** `invalid_arguments` or another code with lines for `response_metadata.messages`. */
export function refusalWith(code: string, messages: readonly string[]): SlackRefusal {
  return new SlackRefusal(
    code,
    messages.length > 0 ? { errors: messages, response_metadata: { messages } } : {},
  );
}
