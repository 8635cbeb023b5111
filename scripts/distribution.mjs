// Programs of Debian and Ubuntu, unpacked into a folder of ours: no root, and nothing is installed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { stop } from './say.mjs';

const TRIPLET = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[arch()] ?? '';

export function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** What a Redis says of its version, as numbers and text; undefined when it says none or does not run. */
export function versionOf(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const found = status === 0 ? /\bv=((\d+)\.(\d+)\S*)/.exec(stdout) : null;
  return found ? [Number(found[2]), Number(found[3]), found[1]] : undefined;
}

export function hasPackages() {
  return platform() === 'linux' && onPath('apt-get') && onPath('dpkg-deb');
}

/**
 * Downloads packages with all that they need and this machine lacks, and unpacks them into `home`.
 * `--reinstall` is for machines that have only some of them.
 */
export function unpack(packages, home, hint) {
  const apt = join(home, 'apt');
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
  run('apt-get', [...options, '-qq', 'update'], { hint, quiet: true });
  const flags = ['-qq', '-y', '--no-install-recommends', '--download-only', '--reinstall'];
  run('apt-get', [...options, ...flags, 'install', ...packages], { hint, quiet: true });
  const archives = join(apt, 'cache', 'archives');
  for (const name of readdirSync(archives).filter((each) => each.endsWith('.deb')))
    run('dpkg-deb', ['-x', join(archives, name), home], { hint });
  rmSync(apt, { recursive: true });
}

/**
 * Makes `home/name`, which starts an unpacked program. Only once that has run it gets this name, by which it is taken
 * for good the next time; a failure ends the process with the hint.
 */
export function tryOut(home, name, program, args, hint) {
  const starter = writeStarter(home, `${name}.untried`, program);
  run(starter, args, { hint, quiet: true });
  renameSync(starter, join(home, name));
}

/** Writes `home/name`, which starts the unpacked `program` with the libraries and fonts unpacked beside it. */
function writeStarter(home, name, program) {
  const starter = join(home, name);
  const libraries = ['usr/lib', 'lib', 'usr/lib/pulseaudio']
    .map((folder) => `$here/${folder.replace('lib', `lib/${TRIPLET}`)}`)
    .join(':');
  const lines = [
    '#!/bin/sh',
    'here=$(CDPATH= cd "$(dirname "$0")" && pwd)',
    `LD_LIBRARY_PATH="${libraries}"`,
    'export LD_LIBRARY_PATH',
    ...(existsSync(join(home, 'fonts.conf'))
      ? ['FONTCONFIG_FILE="$here/fonts.conf"', 'export FONTCONFIG_FILE']
      : []),
    `exec "$here/${program}" "$@"`,
  ];
  writeFileSync(starter, `${lines.join('\n')}\n`);
  chmodSync(starter, 0o755);
  return starter;
}

/** Runs a command to its end; a failure ends the process with the hint. */
export function run(command, args, { hint, cwd = process.cwd(), quiet = false }) {
  // Standard output is of the program that is set up, whose lines may be for other programs.
  const stdio = quiet ? 'pipe' : ['ignore', 2, 2];
  const result = spawnSync(command, args, { cwd, stdio });
  if (result.status === 0) return;
  process.stderr.write(result.stderr ?? '');
  stop(
    `"${command} ${args.slice(0, 3).join(' ')}…" ended with ${result.error?.message ?? `code ${result.status}`}.`,
    hint,
  );
}
