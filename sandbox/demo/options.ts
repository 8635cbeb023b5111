import { parseArgs } from 'node:util';
import { mistakeIn, readTimeScale } from '../command-line.ts';
import type { Saying } from '../command-line.ts';

const USAGE = `Usage: npm run demo -- [options]

Plays the main job and shows it on a page in the browser, where you can go on yourself. Ctrl-C ends it.

  --exit        play the main job and end (0 when all of it went well); no page
  --empty       play nothing: an empty account to begin with
  --port N      serve the page on this port; any free one unless told
  --no-open     only print the address of the page
  --scale N     real seconds for a simulated second, default 0.02 (fifty times faster)
  --picture F   draw the channel into the SVG file F
  --log         show the product's own log too
`;

/** How the demo is to be played. */
export interface DemoOptions {
  /** End after the story, without a page. */
  readonly exit: boolean;
  readonly empty: boolean;
  /** 0: any free one. */
  readonly port: number;
  readonly open: boolean;
  readonly timeScale: number;
  readonly picture: string | undefined;
  readonly log: boolean;
}

export function readDemoOptions(args: readonly string[]): DemoOptions | Saying {
  const [values, mistake] = parse(args);
  if (values === undefined) return { say: `${mistake}\n\n${USAGE}`, code: 2 };
  if (values.help) return { say: USAGE, code: 0 };
  const timeScale = readTimeScale('--scale', values.scale, { least: 0.002, most: 1 });
  if (typeof timeScale !== 'number') return timeScale;
  const port = values.port === '' ? NaN : Number(values.port);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    return { say: `--port must be a number from 0 to 65535, got ${values.port || 'nothing'}.\n`, code: 2 };
  const { exit, empty, picture, log } = values;
  if (empty && (exit || picture !== undefined))
    return {
      say: `--empty plays nothing, so there is nothing to ${exit ? 'end after: leave --exit' : 'draw: leave --picture'} out.\n`,
      code: 2,
    };
  return { exit, empty, port, open: !values['no-open'], timeScale, picture, log };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        exit: { type: 'boolean', default: false },
        empty: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        'no-open': { type: 'boolean', default: false },
        scale: { type: 'string', default: '0.02' },
        picture: { type: 'string' },
        log: { type: 'boolean', default: false },
      },
    });
    return [values, ''] as const;
  } catch (error) {
    return [undefined, mistakeIn(error)] as const;
  }
}
