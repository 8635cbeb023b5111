import { parseArgs } from 'node:util';
import { mistakeIn, readTimeScale } from './command-line.ts';
import type { Saying } from './command-line.ts';

const USAGE = `Usage: npm run sandbox -- [options]

Starts the simulated world with its page, and prints the environment variables for a product that you run against it.
Ctrl-C ends it.

  --scale N     real seconds for a simulated second, default AMS_TIME_SCALE, else 0.02 (fifty times faster)

REDIS_URL is printed as it is given; redis://127.0.0.1:6379 unless told.
`;

/** What a product takes as its AMS_TIME_SCALE. */
const SCALES = { least: 0.0001, most: 10 };

/** How the world is to be started alone. */
interface SandboxOptions {
  readonly timeScale: number;
  readonly redisUrl: string;
}

export function readSandboxOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SandboxOptions | Saying {
  const [values, mistake] = parse(args);
  if (values === undefined) return { say: `${mistake}\n\n${USAGE}`, code: 2 };
  if (values.help) return { say: USAGE, code: 0 };
  const timeScale =
    values.scale === undefined
      ? readTimeScale('AMS_TIME_SCALE', env['AMS_TIME_SCALE'] || '0.02', SCALES)
      : readTimeScale('--scale', values.scale, SCALES);
  if (typeof timeScale !== 'number') return timeScale;
  return { timeScale, redisUrl: env['REDIS_URL'] || 'redis://127.0.0.1:6379' };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h', default: false }, scale: { type: 'string' } },
    });
    return [values, ''] as const;
  } catch (error) {
    return [undefined, mistakeIn(error)] as const;
  }
}
