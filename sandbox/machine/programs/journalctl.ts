import { say, type Program } from '../program.ts';
import { findUnit } from './unit-files.ts';

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
