import type { JobsOptions, Telemetry } from 'bullmq';
import type { Operation } from '../cluster/operation.ts';
import type { StepJob } from './queues.ts';

/** What a span tells: names, numbers and outcomes. Never a parameter, a text that somebody typed, or a secret. */
export type SpanFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Adds to what a span tells while its work is under way. */
export type Tell = (facts: SpanFacts) => void;

/** A step that is over, from its first visit of this run to its end; milliseconds since 1970. */
export interface StepSpan {
  readonly job: StepJob;
  readonly kind: string;
  readonly part: string;
  readonly outcome: 'done' | 'failed' | 'stopped';
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What a span is about: an operation, or a step of one of its runs. */
export type TracePlace = Pick<StepJob, 'operation'> | StepJob;

/**
 * Traces operations. The ids of an operation's trace, of its runs and of their steps follow from their names alone, so
 * that whatever works on it, in whichever process and after whatever was lost, finds its place in the one trace.
 */
export interface JobTrace {
  /** For each queue and worker: carries what is active from who adds a job to who works on it. */
  readonly bullmq: { readonly telemetry?: Telemetry };
  /** For the job of a step: its visits belong to the step, whoever adds it. */
  forStep(job: StepJob): Pick<JobsOptions, 'telemetry'>;
  /** Runs what came from Slack; the first span within begins with its arrival. @param type `command`, `block_actions` */
  arrival<T>(type: string, work: () => Promise<T>): Promise<T>;
  /** Runs what an operation begins with: the root of its trace. */
  request<T>(operation: Pick<Operation, 'id' | 'cluster' | 'wish'>, work: () => Promise<T>): Promise<T>;
  /** Runs work on an operation as a span. What it throws is told by its class, and goes on. */
  during<T>(place: TracePlace, name: string, facts: SpanFacts, work: (tell: Tell) => Promise<T>): Promise<T>;
  stepEnded(step: StepSpan): void;
  /** An operation is in another state now. */
  operationChanged(operation: Operation): void;
}

/** Where no traces are wanted: everything is run as it is. */
export const untraced: JobTrace = {
  bullmq: {},
  forStep: () => ({}),
  arrival: (_type, work) => work(),
  request: (_operation, work) => work(),
  during: (_place, _name, _facts, work) => work(() => undefined),
  stepEnded: () => undefined,
  operationChanged: () => undefined,
};

/** For a job that lies for long and need not run at all: it belongs to no trace, which would last until it has run. */
export const APART = { telemetry: { omitContext: true } } as const satisfies Pick<JobsOptions, 'telemetry'>;
