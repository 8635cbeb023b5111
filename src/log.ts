import { pino } from 'pino';
import type { Log } from './jobs/log.ts';

/** Names under which nothing may be logged, wherever they appear. */
const HIDDEN = ['password', 'secret', 'token', 'privateKey', 'key', 'userData', 'authorization'];

/** One JSON line an event on standard output. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    redact: { paths: HIDDEN.flatMap((name) => [name, `*.${name}`]), censor: '(hidden)' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }) as unknown as Log;
}
