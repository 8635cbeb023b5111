import { complain, say, type Call, type Program } from '../program.ts';
import type { Machine } from '../machine.ts';
import { CommandUnit, type Unit } from '../units.ts';

const ALIASES: Readonly<Record<string, string>> = {
  'sshd.service': 'ssh.service',
  'syslog.service': 'rsyslog.service',
};

function unitName(word: string): string {
  const full = /\.(service|timer|target|socket)$/.test(word) ? word : `${word}.service`;
  return ALIASES[full] ?? full;
}

/** Finds a unit, reading unit files that a script wrote under /etc/systemd/system. */
function findUnit(machine: Machine, word: string): Unit | undefined {
  const name = unitName(word);
  const known = machine.units.get(name);
  if (known !== undefined) return known;
  const text = machine.root.read(`/etc/systemd/system/${name}`);
  if (text === undefined) return undefined;
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.trim();
  const unit = new CommandUnit(
    name,
    value('Description') ?? name,
    false,
    machine.shell,
    ['-c', machine.root.mapScript(value('ExecStart') ?? 'true')],
    {
      cwd: value('WorkingDirectory') ?? '/',
      oneshot: value('Type') === 'oneshot',
      remainAfterExit: /^(yes|true)$/.test(value('RemainAfterExit') ?? ''),
    },
  );
  machine.units.set(name, unit);
  return unit;
}

/** `systemctl`, with the exit codes and messages of systemd 249. */
export const systemctl: Program = async (call, machine) => {
  const words = call.argv.filter((word) => !word.startsWith('-'));
  const options = call.argv.filter((word) => word.startsWith('-'));
  const [verb = 'list-units', ...names] = withoutValues(call.argv, words);
  const quiet = options.some((option) => option === '-q' || option === '--quiet');
  if (['daemon-reload', 'daemon-reexec', 'reset-failed', 'list-units', 'set-default'].includes(verb)) {
    if (verb === 'list-units')
      return say(
        call,
        ...[...machine.units.values()].map((u) => `  ${u.name} loaded ${u.state} ${u.sub} ${u.description}`),
      );
    if (verb === 'reset-failed')
      for (const [name, unit] of machine.units)
        if (unit.transient && unit.state === 'failed') machine.units.delete(name);
    return 0;
  }
  if (verb === 'is-system-running')
    return say(call, machine.cloudInit.status === 'running' ? 'starting' : 'running');
  if (verb === 'reboot' || verb === 'poweroff') return reboot(call, machine);
  if (names.length === 0) return complain(call, 1, 'Too few arguments.');

  const changes =
    /^(start|stop|restart|reload|try-restart|reload-or-restart|enable|disable|mask|unmask|kill)$/.test(verb);
  if (changes && call.env['USER'] !== 'root')
    return complain(
      call,
      1,
      `Failed to ${verb} ${unitName(names[0] ?? '')}: Interactive authentication required.`,
    );
  let code = 0;
  for (const name of names) {
    const one = await act(call, machine, verb, name, options.includes('--now'), quiet);
    if (one !== 0 && (code === 0 || verb !== 'is-active')) code = one;
  }
  return code;
};

/** Drops the values of options that take one in the next word. */
function withoutValues(argv: readonly string[], words: readonly string[]): string[] {
  const values = new Set(
    argv.filter((_, index) =>
      /^(-p|-n|-o|-s|--property|--lines|--output|--signal)$/.test(argv[index - 1] ?? ''),
    ),
  );
  return words.filter((word) => !values.has(word));
}

async function act(
  call: Call,
  machine: Machine,
  verb: string,
  word: string,
  now: boolean,
  quiet: boolean,
): Promise<number> {
  const name = unitName(word);
  const unit = findUnit(machine, word);
  const print = (text: string): void => void (quiet || call.out(`${text}\n`));
  switch (verb) {
    case 'is-active':
      print(unit?.state ?? 'inactive');
      return unit?.state === 'active' ? 0 : 3;
    case 'is-failed':
      print(unit?.state ?? 'inactive');
      return unit?.state === 'failed' ? 0 : 1;
    case 'is-enabled':
      if (unit === undefined)
        return complain(call, 1, `Failed to get unit file state for ${name}: No such file or directory`);
      print(unit.masked ? 'masked' : unit.transient ? 'transient' : unit.enabled ? 'enabled' : 'disabled');
      return unit.enabled && !unit.masked ? 0 : 1;
    case 'show':
      return show(call, name, unit);
    case 'status':
      return status(call, name, unit);
    case 'cat':
      return say(
        call,
        machine.root.read(`/etc/systemd/system/${name}`) ??
          machine.root.read(`/lib/systemd/system/${name}`) ??
          '',
      );
    case 'enable':
    case 'disable':
      if (unit === undefined)
        return complain(call, 1, `Failed to ${verb} unit: Unit file ${name} does not exist.`);
      if (verb === 'enable' && !unit.enabled)
        call.err(
          `Created symlink /etc/systemd/system/multi-user.target.wants/${name} → /lib/systemd/system/${name}.\n`,
        );
      if (verb === 'disable' && unit.enabled)
        call.err(`Removed /etc/systemd/system/multi-user.target.wants/${name}.\n`);
      unit.enabled = verb === 'enable';
      return now ? act(call, machine, verb === 'enable' ? 'start' : 'stop', word, false, quiet) : 0;
    case 'mask':
    case 'unmask':
      if (unit !== undefined) unit.masked = verb === 'mask';
      return now && verb === 'mask' ? act(call, machine, 'stop', word, false, quiet) : 0;
    default:
      return change(call, verb, name, unit, machine);
  }
}

async function change(
  call: Call,
  verb: string,
  name: string,
  unit: Unit | undefined,
  machine: Machine,
): Promise<number> {
  if (unit === undefined) {
    if (verb === 'try-restart') return 0;
    return complain(
      call,
      5,
      `Failed to ${verb} ${name}: Unit ${name} not ${verb === 'stop' ? 'loaded' : 'found'}.`,
    );
  }
  if (verb === 'kill' || verb === 'stop') {
    await unit.stop();
    return 0;
  }
  if (unit.masked) return complain(call, 1, `Failed to ${verb} ${name}: Unit ${name} is masked.`);
  if (name === 'ssh.service' && /^(restart|reload|reload-or-restart|try-restart)$/.test(verb)) {
    machine.sshd.reload();
    return 0;
  }
  if (verb === 'reload') return 0;
  if (verb === 'try-restart' && unit.state !== 'active') return 0;
  if (!/^(start|restart|try-restart|reload-or-restart)$/.test(verb))
    return complain(call, 1, `Unknown command verb ${verb}.`);
  if (verb !== 'start') await unit.stop();
  if (await unit.start()) return 0;
  return complain(
    call,
    1,
    `Job for ${name} failed because the control process exited with error code.`,
    `See "systemctl status ${name}" and "journalctl -xeu ${name}" for details.`,
  );
}

function show(call: Call, name: string, unit: Unit | undefined): number {
  const all: Record<string, string> = {
    Id: name,
    Names: name,
    Description: unit?.description ?? name,
    LoadState: unit === undefined ? 'not-found' : unit.masked ? 'masked' : 'loaded',
    ActiveState: unit?.state ?? 'inactive',
    SubState: unit?.sub ?? 'dead',
    Result: unit?.result ?? 'success',
    ExecMainCode: unit === undefined || unit.pid !== 0 ? '0' : unit.result === 'signal' ? '2' : '1',
    ExecMainStatus: String(unit?.exitCode ?? 0),
    ExecMainPID: String(unit?.pid ?? 0),
    MainPID: String(unit?.pid ?? 0),
    NRestarts: '0',
    UnitFileState:
      unit === undefined ? '' : unit.transient ? 'transient' : unit.enabled ? 'enabled' : 'disabled',
  };
  const wanted = call.argv.flatMap((word, index) => {
    if (/^(-p|--property)$/.test(call.argv[index - 1] ?? '')) return word.split(',');
    const inline = /^(?:-p|--property=)(.+)$/.exec(word)?.[1];
    return inline === undefined ? [] : inline.split(',');
  });
  const keys = wanted.length > 0 ? Object.keys(all).filter((key) => wanted.includes(key)) : Object.keys(all);
  return say(
    call,
    ...keys.map((key) => (call.argv.includes('--value') ? (all[key] ?? '') : `${key}=${all[key]}`)),
  );
}

function status(call: Call, name: string, unit: Unit | undefined): number {
  if (unit === undefined) return complain(call, 4, `Unit ${name} could not be found.`);
  say(
    call,
    `${unit.state === 'failed' ? '×' : '●'} ${name} - ${unit.description}`,
    `     Loaded: loaded (/lib/systemd/system/${name}; ${unit.enabled ? 'enabled' : 'disabled'}; vendor preset: enabled)`,
    `     Active: ${unit.state} (${unit.state === 'failed' ? `Result: ${unit.result}` : unit.sub})`,
    ...(unit.pid > 0 ? [`   Main PID: ${unit.pid}`] : []),
    '',
    ...unit.journal.slice(-10),
  );
  return unit.state === 'active' ? 0 : 3;
}

/** `service NAME VERB`. */
export const service: Program = (call, machine) => {
  const [name = '', verb = ''] = call.argv;
  if (findUnit(machine, name) === undefined) return complain(call, 1, `${name}: unrecognized service`);
  return systemctl({ ...call, argv: [verb, name] }, machine);
};

const TAKES_VALUE =
  /^(-p|-u|-E|-t|--unit|--property|--setenv|--description|--slice|--uid|--gid|--working-directory|--service-type|--on-active)$/;

/** `systemd-run`: a transient unit that runs the command for real, apart from the caller's session. */
export const systemdRun: Program = async (call, machine) => {
  if (call.env['USER'] !== 'root')
    return complain(call, 1, 'Failed to start transient service unit: Interactive authentication required.');
  const options: [string, string][] = [];
  let index = 0;
  for (; index < call.argv.length; index += 1) {
    const word = call.argv[index] ?? '';
    if (word === '--') {
      index += 1;
      break;
    }
    if (!word.startsWith('-')) break;
    const [key = '', ...value] = word.split('=');
    if (word.includes('=')) options.push([key, value.join('=')]);
    else if (TAKES_VALUE.test(word)) options.push([word, call.argv[(index += 1)] ?? '']);
    else options.push([word, '']);
  }
  const command = call.argv.slice(index);
  const option = (...names: string[]): string | undefined =>
    options.findLast(([key]) => names.includes(key))?.[1];
  const properties = new Map(
    options
      .filter(([key]) => key === '-p' || key === '--property')
      .map(([, v]) => [v.slice(0, v.indexOf('=')), v.slice(v.indexOf('=') + 1)]),
  );
  const name = unitName(option('--unit', '-u') ?? `run-u${Math.floor(Math.random() * 1e6)}`);
  const before = machine.units.get(name);
  if (before !== undefined && (before.state !== 'inactive' || !before.transient))
    return complain(
      call,
      1,
      `Failed to start transient service unit: Unit ${name} ${before.state === 'failed' ? 'was already loaded or has a fragment file' : 'already exists'}.`,
    );
  if (command.length === 0) return complain(call, 1, 'Command line to execute required.');

  const env: Record<string, string> = {};
  for (const [key, value] of options)
    if (key === '-E' || key === '--setenv')
      env[value.split('=')[0] ?? ''] = machine.root.map(value.slice(value.indexOf('=') + 1));
  const waits = ['--wait', '--pipe', '-P'].some((key) => option(key) !== undefined);
  const target = (properties.get('StandardOutput') ?? '').replace(/^(append|file|truncate):/, '');
  const oneshot = (option('--service-type') ?? properties.get('Type')) === 'oneshot';
  // the words reach bash as they came; only their paths are those of the fake root
  const unit = new CommandUnit(
    name,
    option('--description') ?? command.join(' '),
    true,
    machine.shell,
    ['-c', '"$@"', 'systemd', ...command.map((word) => machine.root.mapScript(word))],
    {
      cwd: option('--working-directory') ?? properties.get('WorkingDirectory') ?? '/',
      env,
      oneshot,
      remainAfterExit:
        properties.get('RemainAfterExit') === 'yes' || option('--remain-after-exit', '-r') !== undefined,
      onOutput: (chunk) => {
        if (target.startsWith('/') && !machine.gone) machine.root.append(target, chunk.toString('utf8'));
        if (option('--pipe', '-P') !== undefined) call.out(chunk.toString('utf8'));
      },
    },
  );
  machine.units.set(name, unit);
  const done = machine.world.waits.begin('unit', machine.spec.instanceId);
  const started = unit.start();
  void started.then(() => unit.ended).finally(done);
  if (option('--quiet', '-q') === undefined) call.err(`Running as unit: ${name}\n`);
  const collect = option('--collect', '-G') !== undefined;
  const forget = async (): Promise<void> => {
    await unit.ended;
    if (machine.units.get(name) === unit && (collect || unit.state === 'inactive'))
      machine.units.delete(name);
  };
  void forget();
  if (waits || (oneshot && option('--no-block') === undefined)) {
    await started;
    await unit.ended;
    return unit.exitCode;
  }
  return 0;
};

/** `journalctl -u UNIT [-n N]`. */
export const journalctl: Program = (call, machine) => {
  const at = call.argv.findIndex(
    (word) => word === '-u' || word === '--unit' || word === '-xeu' || word === '-fu',
  );
  const word =
    at >= 0
      ? call.argv[at + 1]
      : /^(?:-u|--unit=)(.+)$/.exec(call.argv.find((entry) => /^(-u.|--unit=)/.test(entry)) ?? '')?.[1];
  const lines =
    word === undefined
      ? [...machine.units.values()].flatMap((unit) => unit.journal)
      : (findUnit(machine, word)?.journal ?? []);
  const limit = Number(/(?:-n\s*|--lines[= ])(\d+)/.exec(call.argv.join(' '))?.[1] ?? 1000);
  if (lines.length === 0) return say(call, '-- No entries --');
  return say(call, ...lines.slice(-limit));
};

/** `reboot`: the caller's session ends with the machine. */
export const reboot: Program = (_call, machine) => {
  setImmediate(() => machine.reboot());
  return 0;
};
