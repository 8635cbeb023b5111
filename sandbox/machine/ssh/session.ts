import type { Connection, ServerChannel, Session } from 'ssh2';

import type { Machine } from '../machine.ts';
import { createLineMapper } from '../paths.ts';
import { serveSftp } from './sftp.ts';
import type { Running } from '../shell.ts';
import type { Sshd } from './sshd.ts';

const SIGNALS = new Set([
  'ABRT',
  'ALRM',
  'FPE',
  'HUP',
  'ILL',
  'INT',
  'KILL',
  'PIPE',
  'QUIT',
  'SEGV',
  'TERM',
  'USR1',
  'USR2',
]);

/** Serves one SSH session: commands, a line shell without a terminal, SFTP. */
export function serveSession(machine: Machine, session: Session, client: Connection, sshd: Sshd): void {
  const env: Record<string, string> = {};
  let running: Running | undefined;
  session.on('env', (accept, _reject, info) => {
    if (/^(LANG|LC_\w+)$/.test(info.key)) env[info.key] = info.val;
    accept?.();
  });
  session.on('pty', (accept) => accept?.());
  session.on('window-change', (accept) => accept?.());
  session.on('signal', (accept, _reject, info) => {
    const name = info.name.replace(/^SIG/, '');
    if (SIGNALS.has(name)) running?.kill(`SIG${name}` as NodeJS.Signals);
    accept?.();
  });
  session.on('exec', (accept, _reject, info) => {
    armCut(machine, info.command, sshd);
    running = serveCommand(machine, accept(), ['-c', machine.root.mapScript(info.command)], env, client);
  });
  session.on('shell', (accept) => {
    running = serveCommand(machine, accept(), ['-s'], env, client);
  });
  session.on('sftp', (accept) => serveSftp(machine, accept()));
}

function serveCommand(
  machine: Machine,
  channel: ServerChannel,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  client: Connection,
): Running {
  const user = machine.spec.loginUser;
  const running = machine.shell.run({
    args,
    stdin: 'pipe',
    cwd: user === 'root' ? '/root' : `/home/${user}`,
    env: {
      ...env,
      USER: user,
      LOGNAME: user,
      HOME: machine.root.real(user === 'root' ? '/root' : `/home/${user}`),
    },
    onOut: (chunk) => void (chunk.length > 0 && channel.writable && channel.write(chunk)),
    onErr: (chunk) => void (chunk.length > 0 && channel.writable && channel.stderr.write(chunk)),
  });
  const input = createLineMapper(machine.root);
  const stdin = running.child.stdin;
  stdin?.on('error', () => undefined);
  channel.on('data', (chunk: Buffer) => stdin?.write(input.push(chunk)));
  channel.on('end', () => stdin?.end(input.end()));
  channel.on('error', () => undefined);
  const hangUp = (): void => running.kill('SIGHUP');
  channel.on('close', hangUp);
  client.on('close', hangUp);
  const done = machine.world.waits.begin('shell command', machine.spec.instanceId);
  const finish = async (): Promise<void> => {
    const { code, signal } = await running.ended;
    done();
    channel.off('close', hangUp);
    client.off('close', hangUp);
    if (!channel.writable) return;
    if (signal !== undefined) channel.exit(signal.replace(/^SIG/, ''), false, '');
    else channel.exit(code ?? 255);
    channel.end();
  };
  void finish();
  return running;
}

/** Cuts the sessions once, some time after a command that the fault names has begun. */
function armCut(machine: Machine, command: string, sshd: Sshd): void {
  for (const rule of machine.world.faults.rules('sshCut', machine.spec)) {
    if (rule.used || !command.includes(rule.during ?? '')) continue;
    rule.used = true;
    machine.later(rule.afterMs ?? 0, () => sshd.cut());
  }
}
