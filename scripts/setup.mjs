// Makes a fresh clone ready with nothing but Node: packages, a Redis server, the compiled program and the sandbox's page.
// Uses only what Node brings, since it runs before anything is installed. Says what it does; changes nothing
// outside this folder.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname ?? '.', '..');
const CACHE = join(ROOT, '.cache');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  stop(
    `Node ${process.versions.node} is too old: 20.19 or newer is needed.`,
    'Install Node 20 (or 22, 24) and run the same command again.',
  );
}

installPackages();
if (!process.argv.includes('--without-redis')) provideRedis();
build();

function installPackages() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const lock = join(ROOT, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('Installing packages (npm ci)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    hint: 'Check the network and run the same command again.',
  });
}

function provideRedis() {
  if (onPath('redis-server') || existsSync(join(CACHE, 'redis', 'redis-server'))) return;
  if (platform() !== 'linux' || !onPath('apt-get') || !onPath('dpkg-deb')) {
    stop(
      'A Redis server is needed and none was found.',
      'Install redis-server 6.2 or newer (macOS: brew install redis) and run the same command again.',
    );
  }
  say('Fetching a Redis server from the distribution (into .cache, nothing is installed)');
  const apt = join(CACHE, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true });
  const options = [
    ['Dir::State', join(apt, 'state')],
    ['Dir::Cache', join(apt, 'cache')],
    ['Dir::State::status', '/var/lib/dpkg/status'],
    ['Debug::NoLocking', '1'],
    ['APT::Sandbox::User', 'root'],
    ['APT::Update::Post-Invoke', ''],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const hint = 'Or install it yourself: sudo apt-get install redis-server';
  run('apt-get', [...options, '-qq', 'update'], { hint, quiet: true });
  // The program itself lies in redis-tools; --reinstall, for machines that have only one of the two.
  const flags = ['-qq', '-y', '--no-install-recommends', '--download-only', '--reinstall'];
  const wanted = [...flags, 'install', 'redis-server', 'redis-tools'];
  run('apt-get', [...options, ...wanted], { hint, quiet: true });
  const home = join(CACHE, 'redis');
  mkdirSync(home, { recursive: true });
  const archives = join(apt, 'cache', 'archives');
  for (const name of readdirSync(archives).filter((each) => each.endsWith('.deb'))) {
    run('dpkg-deb', ['-x', join(archives, name), home], { hint });
  }
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[arch()] ?? '';
  const starter = join(home, 'redis-server');
  writeFileSync(
    starter,
    `#!/bin/sh\nhere=$(CDPATH= cd "$(dirname "$0")" && pwd)\nLD_LIBRARY_PATH="$here/usr/lib/${triplet}:$here/lib/${triplet}" exec "$here/usr/bin/redis-server" "$@"\n`,
  );
  chmodSync(starter, 0o755);
  run(starter, ['--version'], { hint, quiet: true });
}

function build() {
  const hint = 'The messages above say where.';
  const sources = ['src', 'sandbox', 'test', 'bench', 'scripts', 'tsconfig.json', 'package-lock.json'];
  onChange('.built', sources, () => {
    say('Compiling');
    run(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], {
      hint,
    });
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

function run(command, args, { hint, quiet = false }) {
  const stdio = quiet ? 'pipe' : ['ignore', 'inherit', 'inherit'];
  const result = spawnSync(command, args, { cwd: ROOT, stdio });
  if (result.status === 0) return;
  process.stderr.write(result.stderr ?? '');
  stop(
    `"${command} ${args.slice(0, 3).join(' ')}…" ended with ${result.error?.message ?? `code ${result.status}`}.`,
    hint,
  );
}

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, name)));
}

function say(text) {
  process.stderr.write(`> ${text}\n`);
}

function stop(what, hint) {
  process.stderr.write(`${what}\n${hint}\n`);
  process.exit(1);
}
