import type { Machine } from './machine.ts';

/** One call of an imitated program, made by a stub inside a machine's bash. */
export interface Call {
  readonly program: string;
  /** Arguments with the fake root's prefix stripped. */
  readonly argv: readonly string[];
  /** Working directory on the machine. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Aborted when the caller went away. */
  readonly gone: AbortSignal;
  /** Reads the stub's standard input to its end. */
  stdin(): Promise<Buffer>;
  out(text: string): void;
  err(text: string): void;
}

/** The logic of an imitated program; resolves to its exit code. */
export type Program = (call: Call, machine: Machine) => Promise<number> | number;

/** Prints lines on standard output and ends with 0. */
export function say(call: Call, ...lines: readonly string[]): number {
  call.out(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

/** Prints lines on standard error and ends with `code`. */
export function complain(call: Call, code: number, ...lines: readonly string[]): number {
  call.err(lines.map((line) => `${line}\n`).join(''));
  return code;
}
