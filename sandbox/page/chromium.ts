import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
/** Where macOS keeps it. */
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The Chromium of this computer; `CHROMIUM` in the environment goes first.
 * @throws Error saying what to install when there is none
 */
export function findChromium(): string {
  const { CHROMIUM: named, PATH = '' } = process.env;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM is ${named}, and there is no such file.`);
  }
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const fetched = join('.cache', 'chromium', 'chromium');
  const found = [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...PLACES,
    resolve(fetched),
  ].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'No Chromium was found, and the page is tested in a real one. Install it (Debian and Ubuntu: sudo apt-get install ' +
      'chromium; macOS: brew install --cask chromium), or name one: CHROMIUM=/path/to/chromium.',
  );
}
