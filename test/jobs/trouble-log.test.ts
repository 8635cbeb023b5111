import { expect, it } from 'vitest';
import type { Log } from '../../src/jobs/log.ts';
import { troubleLog } from '../../src/jobs/trouble-log.ts';

it('logs the same trouble now and then, not at each try, and other trouble at once', () => {
  const lines: string[] = [];
  const nothing = (): void => undefined;
  const log: Log = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (fields, message) => lines.push(`${message}: ${'error' in fields ? String(fields.error) : ''}`),
    child: () => log,
  };
  let now = 0;
  const trouble = troubleLog(log, () => now);
  // As Node words it where a name has two addresses and neither answers.
  const nobody = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });

  for (; now < 60_000; now += 200) trouble('redis', nobody);
  trouble('queue', nobody);
  trouble('redis', new Error('LOADING'));

  expect(lines).toEqual([
    'redis trouble: ECONNREFUSED',
    'redis trouble: ECONNREFUSED',
    'queue trouble: ECONNREFUSED',
    'redis trouble: LOADING',
  ]);
});
