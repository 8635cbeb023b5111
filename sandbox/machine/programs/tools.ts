import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Machine } from '../machine.ts';
import { codename } from '../furniture.ts';
import { complain, say, type Call, type Program } from '../program.ts';
import { mapContent } from '../root.ts';

/** Reads a file (or standard input for `-`) as the machine's users see it, bytes kept. */
export async function readInput(call: Call, machine: Machine, path: string): Promise<Buffer> {
  const bytes = path === '-' ? await call.stdin() : readFileSync(machine.root.real(path, call.cwd));
  if (bytes.includes(0)) return bytes;
  return Buffer.from(machine.root.strip(bytes.toString('latin1')), 'latin1');
}

/** Programs that succeed in silence. */
export const quiet: Program = () => 0;

/** `sleep`, shortened by the clock. */
export const sleep: Program = async (call, machine) => {
  const factors: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 };
  let seconds = 0;
  for (const word of call.argv) {
    const found = /^(\d*\.?\d+)([smhd]?)$/.exec(word);
    if (found === null) return complain(call, 1, `sleep: invalid time interval '${word}'`);
    seconds += Number(found[1]) * (factors[found[2] ?? ''] ?? 1);
  }
  await machine.world.clock.sleep(seconds * 1_000);
  return 0;
};

/** `lsb_release -rs`, `-cs`, `-is`, `-ds`, `-a`. */
export const lsbRelease: Program = (call, machine) => {
  const release = machine.fault('install:unsupported-release') ? '18.04' : machine.spec.osRelease;
  const flags = call.argv.join('');
  const short = flags.includes('s') && !flags.startsWith('--') ? true : flags.includes('--short');
  const fields: [string, string, string][] = [
    ['i', 'Distributor ID:\t', 'Ubuntu'],
    ['d', 'Description:\t', `Ubuntu ${release} LTS`],
    ['r', 'Release:\t', release],
    ['c', 'Codename:\t', codename(release)],
  ];
  const wanted =
    flags.includes('a') && !flags.includes('release')
      ? fields
      : fields.filter(
          ([letter, label]) =>
            flags.includes(`-${letter}`) ||
            new RegExp(`^-\\w*${letter}`).test(flags) ||
            flags.includes(`--${label.slice(0, 4).toLowerCase()}`),
        );
  if (wanted.length === 0) return say(call, 'No LSB modules are available.');
  return say(call, ...wanted.map(([, label, value]) => (short ? value : `${label}${value}`)));
};

/** `sha256sum FILE...` and `sha256sum -c`. */
export const sha256sum: Program = async (call, machine) => {
  const files = call.argv.filter((word) => word === '-' || !word.startsWith('-'));
  const digest = async (path: string): Promise<string | undefined> => {
    try {
      return createHash('sha256')
        .update(await readInput(call, machine, path))
        .digest('hex');
    } catch {
      return undefined;
    }
  };
  if (call.argv.some((word) => word === '-c' || word === '--check')) {
    const list = (await readInput(call, machine, files[0] ?? '-')).toString('utf8');
    let bad = 0;
    for (const line of list.split('\n').filter((entry) => entry.trim() !== '')) {
      const [, wanted = '', path = ''] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
      if (wanted === '')
        return complain(call, 1, 'sha256sum: no properly formatted SHA256 checksum lines found');
      const fits = (await digest(path)) === wanted.toLowerCase();
      if (!fits) bad += 1;
      if (!call.argv.includes('--status') && !(fits && call.argv.includes('--quiet')))
        call.out(`${path}: ${fits ? 'OK' : 'FAILED'}\n`);
    }
    if (bad > 0 && !call.argv.includes('--status'))
      call.err(`sha256sum: WARNING: ${bad} computed checksum did NOT match\n`);
    return bad > 0 ? 1 : 0;
  }
  let code = 0;
  for (const path of files.length > 0 ? files : ['-']) {
    const sum = await digest(path);
    if (sum === undefined) code = complain(call, 1, `sha256sum: ${path}: No such file or directory`);
    else call.out(`${sum}  ${path}\n`);
  }
  return code;
};

/** `base64 [-d] [-w N] [FILE]`: paths inside the encoded text are translated too. */
export const base64: Program = async (call, machine) => {
  const file = call.argv.find((word, index) => !word.startsWith('-') && call.argv[index - 1] !== '-w') ?? '-';
  let input: Buffer;
  try {
    input = await readInput(call, machine, file);
  } catch {
    return complain(call, 1, `base64: ${file}: No such file or directory`);
  }
  if (call.argv.some((word) => /^(-d|-D|--decode|-di|-id)$/.test(word))) {
    call.out(
      mapContent(machine.root, Buffer.from(input.toString('latin1').replace(/\s/g, ''), 'base64')).toString(
        'utf8',
      ),
    );
    return 0;
  }
  const text = input.toString('base64');
  const oneLine = call.argv.some(
    (word, index) => word === '-w0' || word === '--wrap=0' || (word === '-w' && call.argv[index + 1] === '0'),
  );
  return (call.out(oneLine ? text : `${text.replace(/(.{76})(?=.)/g, '$1\n')}\n`), 0);
};

/** `cloud-init status [--wait] [--long] [--format json|yaml]`; `cloud-init clean` and others do nothing. */
export const cloudInit: Program = async (call, machine) => {
  if (call.argv[0] === '--version') return say(call, '/usr/bin/cloud-init 24.4-0ubuntu1~22.04.1');
  if (call.argv[0] !== 'status') return 0;
  if (call.argv.includes('--wait')) await machine.cloudInit.finished();
  const { status, errors } = machine.cloudInit;
  const format = /--format[= ](\w+)/.exec(call.argv.join(' '))?.[1];
  if (format === 'json')
    call.out(
      `${JSON.stringify({ boot_status_code: 'enabled-by-generator', datasource: 'aliyun', detail: 'DataSourceAliYun', errors, extended_status: status, last_update: machine.world.clock.now().toUTCString(), recoverable_errors: {}, status }, undefined, 2)}\n`,
    );
  else {
    say(call, `status: ${status}`);
    if (call.argv.includes('--long') || call.argv.includes('-l'))
      say(
        call,
        'boot_status_code: enabled-by-generator',
        'detail: DataSourceAliYun',
        `errors: ${errors.length === 0 ? '[]' : `\n\t- ${errors.join('\n\t- ')}`}`,
      );
  }
  return status === 'error' ? 1 : 0;
};

/** `openssl rand [-hex|-base64] N`; `openssl version`. */
export const openssl: Program = (call) => {
  const [verb, ...rest] = call.argv;
  if (verb !== 'rand') return say(call, 'OpenSSL 3.0.2 15 Mar 2022 (Library: OpenSSL 3.0.2 15 Mar 2022)');
  const bytes = randomBytes(Number(rest.findLast((word) => /^\d+$/.test(word)) ?? 16));
  return say(call, bytes.toString(rest.includes('-base64') ? 'base64' : 'hex'));
};

/** `gpg --dearmor -o FILE`: standard input to a key ring; asks on the terminal before it overwrites, and there is none. */
export const gpg: Program = async (call, machine) => {
  const at = call.argv.findIndex((word) => word === '-o' || word === '--output');
  const target = at >= 0 ? (call.argv[at + 1] ?? '') : undefined;
  const input = (await call.stdin()).toString('utf8');
  if (!call.argv.includes('--dearmor')) return 0;
  const isKey = input.includes('BEGIN PGP PUBLIC KEY BLOCK');
  if (target === undefined)
    return isKey ? say(call, 'KEYRING') : complain(call, 2, 'gpg: no valid OpenPGP data found.');
  const path = machine.root.strip(machine.root.real(target, call.cwd));
  if (machine.root.exists(path) && !call.argv.some((word) => word === '--yes' || word === '--batch'))
    return complain(call, 2, "gpg: cannot open '/dev/tty': No such device or address");
  if (!isKey) {
    // The file is opened before anything is read.
    machine.root.write(path, '');
    return complain(call, 2, 'gpg: no valid OpenPGP data found.');
  }
  machine.root.write(path, `KEYRING ${createHash('sha256').update(input).digest('hex')}\n`);
  return 0;
};

/** `crontab -l` and `crontab FILE|-`. */
export const crontab: Program = async (call, machine) => {
  if (!call.argv.includes('-l')) {
    machine.root.write(
      '/var/spool/cron/crontabs/root',
      await readInput(call, machine, call.argv.at(-1) ?? '-'),
    );
    return 0;
  }
  const text = machine.root.read('/var/spool/cron/crontabs/root');
  if (text === undefined) return complain(call, 1, 'no crontab for root');
  call.out(text);
  return 0;
};

function processes(machine: Machine): [number, string][] {
  const found: [number, string][] = [...machine.units.values()]
    .filter((unit) => unit.pid > 0)
    .map((unit) => [unit.pid, unit.name.replace(/\.service$/, '')]);
  for (const holder of [machine.apt.listsHolder, machine.apt.dpkgHolder])
    if (holder !== undefined) found.push([holder.pid, holder.program]);
  return found;
}

/** `pgrep NAME`. */
export const pgrep: Program = (call, machine) => {
  const pattern = new RegExp(call.argv.findLast((word) => !word.startsWith('-')) ?? '.');
  const found = processes(machine).filter(([, name]) => pattern.test(name));
  for (const [pid] of found) call.out(`${pid}\n`);
  return found.length > 0 ? 0 : 1;
};

/** `ps`: the services of the machine. */
export const ps: Program = (call, machine) =>
  say(
    call,
    '    PID TTY          TIME CMD',
    ...processes(machine).map(([pid, name]) => `${String(pid).padStart(7)} ?        00:00:01 ${name}`),
  );
