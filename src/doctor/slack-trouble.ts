import { ErrorCode } from '@slack/web-api';
import { slackError } from '../bot/explain.ts';
import { warning } from './check.ts';
import type { Finding } from './check.ts';

/** HTTP 429 says nothing about the configuration. */
export function tooMany(error: unknown, what: string): Finding | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === ErrorCode.RateLimitedError))
    return undefined;
  const seconds = 'retryAfter' in error ? Number(error.retryAfter) : 60;
  return warning(
    `${what} could not be looked at: Slack has had too many calls of this app`,
    `Run the doctor again in ${seconds} s.`,
  );
}

/** Whether Slack said no, rather than nothing. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && slackError(error) !== undefined;
}

/** Slack's code of a refusal, or the client's of what came instead of an answer. */
export function slackCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return 'no answer';
  if (error.code !== ErrorCode.PlatformError) return String(error.code);
  return slackError(error) ?? 'something else answers in its place';
}
