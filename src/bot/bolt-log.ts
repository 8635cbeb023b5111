import { LogLevel } from '@slack/web-api';
import type { Logger } from '@slack/bolt';
import type { Log } from '../jobs/log.ts';

/**
 * Slack's libraries log through ours. Their debug lines hold whole payloads, so those are dropped; tokens are cut out
 * of the rest.
 */
export function boltLog(log: Log): Logger {
  const words = (parts: readonly unknown[]): string =>
    parts
      .map((part) => (part instanceof Error ? part.message : String(part)))
      .join(' ')
      .replace(/xox[a-z]-[\w-]+|xapp-[\w-]+/g, '(token)')
      .slice(0, 500);
  return {
    debug: () => undefined,
    info: (...parts: unknown[]) => log.debug({ slack: words(parts) }, 'slack library'),
    warn: (...parts: unknown[]) => log.warn({ slack: words(parts) }, 'slack library'),
    error: (...parts: unknown[]) => log.warn({ slack: words(parts) }, 'slack library'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
