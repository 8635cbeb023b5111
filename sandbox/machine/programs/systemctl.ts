import { complain, say, type Call, type Program } from '../program.ts';
import type { Machine } from '../machine.ts';
import type { Unit } from '../units.ts';
import { findUnit, unitName } from './unit-files.ts';

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

/** `reboot`: the caller's session ends with the machine. */
export const reboot: Program = (_call, machine) => {
  setImmediate(() => machine.reboot());
  return 0;
};
