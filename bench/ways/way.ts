import type { Operation } from '../../src/cluster/operation.ts';

/** How a program goes about the steps of a plan that waits by polling. */
export interface Way {
  /** Steps under way at a time. */
  readonly parallel: number;
  /** Between two looks at the same thing, unscaled. */
  readonly everyMs: number;
}

/**
 * What the program is given as the first line of its standard input. Once it has carried out the warm-up it prints a
 * line; the next line has it carry out the rest.
 */
export interface Task {
  readonly way: Way;
  readonly warmUp: Operation;
  /** Planned operations, which are carried out side by side. */
  readonly operations: readonly Operation[];
}

/** What it prints as its last line. */
export interface Outcome {
  /** Median of the operations, milliseconds. */
  readonly wallMs: number;
  /** Processor time of all of them together, milliseconds. */
  readonly cpuMs: number;
}

/** Step after step, looking every 5 s, as a script or a person does. */
export const SCRIPT: Way = { parallel: 1, everyMs: 5_000 };
/** As many steps at a time as an infrastructure tool usually takes, each polled by itself. */
export const TOOL: Way = { parallel: 10, everyMs: 5_000 };
/** As soon as may be: what is done this way is not measured. */
export const WARM_UP: Way = { parallel: 100, everyMs: 1_000 };
