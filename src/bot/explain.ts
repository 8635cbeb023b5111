import { WebAPIHTTPError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { AmsError } from '../cluster/errors.ts';
import type { Log } from '../jobs/log.ts';
import { refusal } from './views/answers.ts';
import type { View } from './views/text.ts';

/**
 * What a person reads of an error. Foreign errors go to the log and lose their text: it may hold anything.
 * `mended`: the commands that were probably meant.
 */
export function explain(error: unknown, log: Log, mended: readonly string[] = []): View {
  if (error instanceof AmsError) {
    if (error.code === 'queue_down')
      log.warn({ code: error.code, where: frames(error.cause) }, 'queue out of reach');
    if (error.code === 'queue_full') log.error({ code: error.code }, 'redis has no memory left');
    return refusal(error.message, error.hint, mended);
  }
  if (error instanceof WebAPIRateLimitedError) {
    log.warn({ seconds: error.retryAfter }, 'slack asks to wait');
    return refusal(
      'Slack takes nothing more from me for a moment; nothing was started.',
      `Try again in ${error.retryAfter} seconds.`,
    );
  }
  log.error(
    { error: error instanceof Error ? (error.stack ?? error.message) : typeof error },
    'handler failed',
  );
  const slack = slackError(error);
  if (slack === 'expired_trigger_id' || slack === 'exchanged_trigger_id' || slack === 'trigger_expired')
    return refusal(
      'Slack gave me too little time to open the form.',
      'Type the command or press the button again.',
    );
  // What a person wants of Slack itself is asked for before anything begins.
  if (slack !== undefined || error instanceof WebAPIHTTPError || error instanceof WebAPIRequestError)
    return refusal(
      `Slack did not do what I asked of it${slack === undefined ? '' : ` (${slack})`}; nothing was started.`,
      'Try again in a minute; if it stays, whoever runs me finds more in my log, or with `npm run doctor`.',
    );
  return refusal(
    'Something unexpected went wrong on my side.',
    'Nothing was started by this; try again, and look into my log if it stays.',
  );
}

/** Slack's codes are words; what a proxy answers in its place, with status 200 too, stands there as it came. */
const CODE = /^[\w.:-]{1,100}$/;

/** Slack's error code of a refused call, if it is one. */
export function slackError(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('data' in error)) return undefined;
  const { data } = error;
  if (data === null || typeof data !== 'object' || !('error' in data)) return undefined;
  return typeof data.error === 'string' && CODE.test(data.error) ? data.error : undefined;
}

/** Where an error arose, without its message, which may hold what people typed. */
function frames(error: unknown): string | undefined {
  return error instanceof Error ? `${error.name} ${error.stack?.match(/^ +at .*$/gm)?.join('')}` : undefined;
}
