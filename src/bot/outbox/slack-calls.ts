import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { slackError } from '../explain.ts';

/** What a call to Slack came to, when it did not succeed. */
export type Trouble =
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number }
  /** Slack said no, so nothing was done. */
  | { readonly kind: 'refused'; readonly error: string }
  /** No answer, or one that says nothing: it may have been done. */
  | { readonly kind: 'unknown'; readonly error: string };

/** Refusals that say "too much at once", for the app or for the whole workspace. Nothing was done. */
const TOO_MUCH = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);
/** Refusals that say "not now": the outcome is open. */
const OPEN = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'update_failed',
  'team_added_to_org',
  'external_channel_migrating',
]);

export function readTrouble(error: unknown): Trouble {
  if (error instanceof WebAPIRateLimitedError)
    return { kind: 'rate-limited', retryAfterMs: error.retryAfter * 1_000 };
  const code = error instanceof WebAPIPlatformError ? slackError(error) : undefined;
  if (code !== undefined) {
    if (TOO_MUCH.has(code)) return { kind: 'rate-limited', retryAfterMs: 5_000 };
    return { kind: OPEN.has(code) ? 'unknown' : 'refused', error: code };
  }
  return { kind: 'unknown', error: error instanceof Error ? error.message.slice(0, 200) : 'no answer' };
}

/** A reply's message is gone: that is posted anew first. */
export const THREAD_GONE = 'thread_not_found';

/** The workspace lets nobody change messages, or only young ones. It stands as it is. */
export const UNCHANGEABLE = 'edit_window_closed';

/** The message is gone or is no longer ours to change: it is posted anew. */
export const MESSAGE_GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  UNCHANGEABLE,
  'channel_not_found',
  'is_archived',
  // Of a channel that is frozen or archived.
  'is_inactive',
  'not_in_channel',
  THREAD_GONE,
]);

/** The message as a whole is: nothing is wrong with any of its blocks. */
export const TOO_LONG: ReadonlySet<string> = new Set(['msg_blocks_too_long', 'msg_too_long']);

/** The blocks were refused, whatever the reason. */
export const BLOCKS_REFUSED: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  ...TOO_LONG,
  'block_mismatch',
]);

/** Somebody has to mend the installation, or what an organisation has suspended; the message waits. */
export const INSTALLATION: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'missing_scope',
  'not_allowed_token_type',
  'access_denied',
  'accesslimited',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'org_login_required',
  'team_access_not_granted',
  'two_factor_setup_required',
]);
