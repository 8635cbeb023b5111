import { complain, type Program } from '../program.ts';
import { CommandUnit } from '../units.ts';
import { unitName } from './unit-files.ts';

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
