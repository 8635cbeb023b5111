import type { Machine } from '../machine.ts';
import { CommandUnit, type Unit } from '../units.ts';

const ALIASES: Readonly<Record<string, string>> = {
  'sshd.service': 'ssh.service',
  'syslog.service': 'rsyslog.service',
};

/** The whole name of a unit: `ssh` and `sshd` are both `ssh.service`. */
export function unitName(word: string): string {
  const full = /\.(service|timer|target|socket)$/.test(word) ? word : `${word}.service`;
  return ALIASES[full] ?? full;
}

/** Finds a unit, reading unit files that a script wrote under /etc/systemd/system. */
export function findUnit(machine: Machine, word: string): Unit | undefined {
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
