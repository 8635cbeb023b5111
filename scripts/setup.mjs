// Makes a fresh clone ready with nothing but Node: packages, a Redis server, for the tests a Chromium, the compiled
// program and the sandbox's page.
// Uses only what Node brings, since it runs before anything is installed. Says what it does; changes nothing
// outside this folder.
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { hasPackages, onPath, run, tryOut, unpack, versionOf } from './distribution.mjs';
import { say, stop } from './say.mjs';
import { takeTurn } from './turn.mjs';

const ROOT = resolve(import.meta.dirname ?? '.', '..');
process.chdir(ROOT);
const CACHE = join(ROOT, '.cache');
/** Where macOS keeps its browsers. */
const BROWSERS = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app`);

/** The oldest Redis that the queue works with. */
const REDIS = [6, 2];
const NEWER_REDIS = `Debian 12, Ubuntu 24.04 and newer have one. On older ones type these (macOS: brew upgrade redis):
  sudo apt-get install -y curl gpg
  curl -fsSL https://packages.redis.io/gpg | sudo gpg --dearmor -o /usr/share/keyrings/redis.gpg
  sudo chmod 644 /usr/share/keyrings/redis.gpg
  echo "deb [signed-by=/usr/share/keyrings/redis.gpg] https://packages.redis.io/deb $(. /etc/os-release; echo $VERSION_CODENAME) main" | sudo tee /etc/apt/sources.list.d/redis.list
  sudo apt-get update && sudo apt-get install -y redis
and run the same command again.`;

// As "engines" of package.json, which npm looks at later and in fewer words.
const [major, minor] = process.versions.node.split('.').map(Number);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major === 24)) {
  stop(
    `This is Node ${process.versions.node}. What does: Node 20 (20.19 or newer), 22 (22.12 or newer) or 24.`,
    'Install one of them (https://nodejs.org/en/download) and run the same command again.',
  );
}

takeTurn(join(CACHE, 'setup.turn'));
installPackages();
if (!process.argv.includes('--without-redis')) provideRedis();
if (process.argv.includes('--with-chromium')) provideChromium();
build();

function installPackages() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const lock = join(ROOT, 'package-lock.json');
  // Somebody may have installed without what compiles (npm ci --omit=dev).
  const isWhole = existsSync(join(ROOT, 'node_modules', 'typescript'));
  if (isWhole && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('Installing packages (npm ci): a minute or two, the first time only');
  // What compiles and bundles is wanted also where NODE_ENV=production is set.
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // Users without a home, and homes that are read-only, have no place for what npm fetches.
  if (!hasCache()) flags.push('--cache', join(CACHE, 'npm'));
  run('npm', ['ci', ...flags], { hint: 'Check the network and run the same command again.' });
}

/** Whether npm can write where it keeps what it fetches. */
function hasCache() {
  try {
    const folder = process.env.npm_config_cache || join(homedir(), '.npm');
    // The slash: of folders alone.
    accessSync(`${existsSync(folder) ? folder : dirname(folder)}/`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function provideRedis() {
  const home = join(CACHE, 'redis');
  const fetched = join(home, 'redis-server');
  // In the order in which whoever starts one looks.
  if (onPath('redis-server')) return refuseOldRedis('redis-server');
  // One that does not run any more, as after an upgrade of this machine, is fetched anew.
  if (versionOf(fetched)) return refuseOldRedis(fetched);
  if (!hasPackages()) {
    stop(
      'A Redis server is needed and none was found.',
      'Install redis-server 6.2 or newer (macOS: brew install redis) and run the same command again.',
    );
  }
  say('Fetching a Redis server from the distribution (into .cache, nothing is installed)');
  const hint = 'Or install it yourself: sudo apt-get install redis-server';
  // The program itself lies in redis-tools.
  unpack(['redis-server', 'redis-tools'], home, hint);
  tryOut(home, 'redis-server', 'usr/bin/redis-server', ['--version'], hint);
  refuseOldRedis(fetched);
}

/** One that tells no version is let pass. */
function refuseOldRedis(program) {
  const [first, second, text] = versionOf(program) ?? REDIS;
  if (first > REDIS[0] || (first === REDIS[0] && second >= REDIS[1])) return;
  const ofThisMachine = program === 'redis-server';
  if (!ofThisMachine) rmSync(program);
  stop(
    `${ofThisMachine ? 'The redis-server of this machine' : 'What the distribution has'} is Redis ${text}; ${REDIS.join('.')} or newer is needed.`,
    NEWER_REDIS,
  );
}

/** The tests of the sandbox's page use a real one. */
function provideChromium() {
  const home = join(CACHE, 'chromium');
  const { CHROMIUM = '' } = process.env;
  if (CHROMIUM !== '' || BROWSERS.some(existsSync) || existsSync(join(home, 'chromium'))) return;
  if (['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(onPath)) return;
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!hasPackages() || /^ID=ubuntu$/m.test(release)) {
    stop(
      'Chromium is needed for the tests of the page, and none was found.',
      'Install it (Ubuntu: sudo snap install chromium; macOS: brew install --cask chromium), or name one ' +
        '(CHROMIUM=/path/to/chrome), and run the same command again.',
    );
  }
  say('Fetching Chromium from the distribution (into .cache, nothing is installed)');
  const hint = 'Or install it yourself: sudo apt-get install chromium';
  // Its data lies in chromium-common, and must lie beside the program also where that package is installed.
  unpack(['chromium', 'chromium-common', 'fonts-dejavu-core'], home, hint);
  const here = home.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const fonts = `<dir>${join(here, 'usr', 'share', 'fonts')}</dir><dir>/usr/share/fonts</dir>`;
  const cache = `<cachedir>${join(here, 'fonts')}</cachedir>`;
  writeFileSync(
    join(home, 'fonts.conf'),
    `<?xml version="1.0"?>\n<fontconfig>${fonts}${cache}</fontconfig>\n`,
  );
  // Its version it tells even when it cannot show a page.
  const page = ['--headless', '--no-sandbox', '--dump-dom', 'about:blank'];
  tryOut(home, 'chromium', 'usr/lib/chromium/chromium', page, hint);
}

function build() {
  const hint = 'The messages above say where.';
  const sources = ['src', 'sandbox', 'test', 'bench', 'scripts', 'tsconfig.json', 'package-lock.json'];
  onChange('.built', sources, () => {
    say('Compiling');
    // Types are for "npm run check" and "npm run build" to look at: without that it takes a fifth of the time.
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    run(process.execPath, [tsc, '-p', 'tsconfig.json', '--noCheck'], { hint });
  });
  onChange('.built-product', ['src', 'scripts', 'package-lock.json'], () => {
    say('Bundling the product');
    run(process.execPath, [join(ROOT, 'scripts', 'bundle.mjs')], { hint });
  });
  // Who runs the product against a real workspace needs no page.
  if (process.argv.includes('--without-redis')) return;
  const page = join('sandbox', 'page', 'client');
  onChange('.built-page', [page, 'package-lock.json'], () => {
    say('Bundling the page of the sandbox');
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    const out = join(ROOT, 'dist', 'page');
    run(process.execPath, [vite, 'build', page, '--outDir', out, '--emptyOutDir', '--logLevel', 'error'], {
      hint,
    });
  });
}

/** Does the work when a source has changed since it was done last. */
function onChange(name, sources, work) {
  const stamp = join(ROOT, 'dist', name);
  const newest = newestSource(sources);
  if (existsSync(stamp) && Number(readFileSync(stamp, 'utf8')) === newest) return;
  work();
  writeFileSync(stamp, String(newest));
}

/** Changes whenever a source changes: the newest time of all of them plus their number. */
function newestSource(places) {
  let newest = 0;
  const look = (path) => {
    if (!existsSync(path)) return;
    const stat = statSync(path);
    if (stat.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    else newest = Math.max(newest, stat.mtimeMs) + 0.001;
  };
  for (const place of places) look(join(ROOT, place));
  return newest;
}
