import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

import type { FakeRoot } from './root.ts';
import { createStripper } from './paths.ts';

/** A bash process of a machine, in a process group of its own. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves when bash ended and its output was handed over. */
  readonly ended: Promise<{ code: number | undefined; signal: string | undefined }>;
  /** Sends a signal to the whole group. */
  kill(signal: NodeJS.Signals): void;
}

/** What to run: a command line (`bash -c`), or a file of the fake root. */
export interface ShellOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onOut: (chunk: Buffer) => void;
  readonly onErr: (chunk: Buffer) => void;
  readonly stdin?: 'pipe' | 'ignore';
}

/** Runs bash inside one fake root and remembers every process group until it is empty. */
export interface Shell {
  run(options: ShellOptions): Running;
  /** Runs a script text (mapped here) and gathers its output. */
  script(text: string, timeoutMs?: number): Promise<{ exitCode: number; output: string }>;
  /** Ends everything that still runs. */
  killAll(): void;
}

/** Makes the shell of the fake root `root`. */
export function createShell(root: FakeRoot, hostName: string): Shell {
  const groups = new Set<number>();
  const d = root.dir;

  function run(options: ShellOptions): Running {
    const child = spawn(`${d}/usr/bin/bash`, [...options.args], {
      cwd: root.real(options.cwd ?? '/root'),
      detached: true,
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
      env: {
        PATH: ['local/sbin', 'local/bin', 'sbin', 'bin'].map((folder) => `${d}/usr/${folder}`).join(':'),
        HOME: `${d}/root`,
        TMPDIR: `${d}/tmp`,
        USER: 'root',
        LOGNAME: 'root',
        SHELL: `${d}/bin/bash`,
        HOSTNAME: hostName,
        LANG: 'C.UTF-8',
        ...options.env,
      },
    });
    if (child.pid !== undefined) groups.add(child.pid);
    const out = createStripper(root, d);
    const err = createStripper(root, d);
    child.stdout?.on('data', (chunk: Buffer) => options.onOut(out.push(chunk)));
    child.stderr?.on('data', (chunk: Buffer) => options.onErr(err.push(chunk)));
    const ended = new Promise<{ code: number | undefined; signal: string | undefined }>((resolve) => {
      child.on('error', (error) => {
        options.onErr(Buffer.from(`bash: ${error.message}\n`));
        resolve({ code: 126, signal: undefined });
      });
      child.on('close', (code, signal) => {
        options.onOut(out.end());
        options.onErr(err.end());
        if (child.pid !== undefined && members(child.pid, d).length === 0) groups.delete(child.pid);
        resolve({ code: code ?? undefined, signal: signal ?? undefined });
      });
    });
    return { child, ended, kill: (signal) => killGroup(child.pid, signal, d) };
  }

  return {
    run,
    async script(text, timeoutMs) {
      const pieces: Buffer[] = [];
      const keep = (chunk: Buffer): void => void pieces.push(chunk);
      const running = run({ args: ['-c', root.mapScript(text)], onOut: keep, onErr: keep });
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => running.kill('SIGKILL'), Math.max(1, timeoutMs));
      const { code } = await running.ended;
      clearTimeout(timer);
      return { exitCode: code ?? 137, output: Buffer.concat(pieces).toString('utf8') };
    },
    killAll() {
      for (const group of groups) killGroup(group, 'SIGKILL', d);
      groups.clear();
    },
  };
}

/** Processes of a group that belong to the fake root: a group number may have been given to somebody else since. */
function members(group: number, rootDir: string): number[] {
  const found: number[] = [];
  try {
    process.kill(-group, 0);
  } catch {
    return [];
  }
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [group];
  }
  for (const name of names) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) !== group) continue;
      if (readFileSync(`/proc/${name}/environ`, 'latin1').includes(rootDir)) found.push(Number(name));
    } catch {
      continue;
    }
  }
  return found;
}

function killGroup(group: number | undefined, signal: NodeJS.Signals, rootDir: string): void {
  if (group === undefined) return;
  if (members(group, rootDir).length === 0) return;
  try {
    process.kill(-group, signal); // the group at once: a process that forks meanwhile cannot slip through
  } catch {
    // ended in between
  }
}
