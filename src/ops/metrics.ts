import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { OperationKind, OperationState } from '../cluster/operation.ts';
import { boundedLabel } from './bounded.ts';

/** Every series of this program, and what its processes report of it. The methods cost a few map look-ups each. */
export interface Metrics {
  readonly registry: Registry;
  /** An operation is in another state now. */
  operationChanged(operation: { readonly wish: { readonly kind: string }; readonly state: string }): void;
  /** A step is over. @param ms from its first visit to its end */
  stepEnded(kind: string, outcome: 'done' | 'failed', ms: number): void;
  /** A step met a problem and will be tried again. @param reason class of the error, or its code */
  stepRetried(kind: string, reason: string): void;
  /** A call to Alibaba Cloud is over. @param outcome `ok`, or the code of the error */
  cloudCalled(call: {
    readonly product: string;
    readonly action: string;
    readonly outcome: string;
    readonly ms: number;
  }): void;
  /** A call to Slack is over. @param outcome `ok`, Slack's error, or `http_500` and `no_answer` */
  slackCalled(method: string, outcome: string, ms: number): void;
  /** Something of Slack's arrived. @param lagMs since it happened there, by its own time stamp */
  slackDelivered(type: string, lagMs: number): void;
  /** Slack was told that it arrived. @param ms since it arrived */
  slackAcknowledged(type: string, ms: number): void;
  /** A message shows the newest state. @param lagMs since that was asked for */
  messageSent(lagMs: number): void;
  /** What is in Redis and whether the parts work, as of now; replaces what was told before. */
  observed(now: MetricsReading): void;
}

export interface MetricsReading {
  /** Undefined when Redis did not tell: then nothing is shown instead of something old. */
  readonly operations: readonly Count<'kind' | 'state'>[] | undefined;
  readonly jobs: readonly Count<'queue' | 'state'>[] | undefined;
  /** By part (`redis`, `slack`, `worker`). */
  readonly parts: Readonly<Record<string, boolean>>;
}

type Count<Label extends string> = Readonly<Record<Label, string>> & { readonly count: number };

/** Seconds. */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STEP_BUCKETS = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800];
const LAG_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300];
/** Different codes of Alibaba, different errors of Slack, different reasons of retries. */
const CODES = 150;

/** What operations are about, and the states that they come into. */
const KINDS = { create: 0, scale: 0, destroy: 0, repair: 0, rollback: 0 } satisfies Record<OperationKind, 0>;
const STATES = {
  draft: 0,
  refused: 0,
  planned: 0,
  'awaiting-approval': 0,
  approved: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  rejected: 0,
  expired: 0,
  superseded: 0,
} satisfies Record<OperationState, 0>;

/** Makes the series. Only one in a process: the process's own figures are counted once. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const operations = new Gauge({
    name: 'ams_operations',
    help: 'Operations that are not over, by kind and state; the same in every process.',
    labelNames: ['kind', 'state'],
    registers,
  });
  const jobs = new Gauge({
    name: 'ams_queue_jobs',
    help: 'Jobs in the queues, by queue and state; the same in every process.',
    labelNames: ['queue', 'state'],
    registers,
  });
  const ready = new Gauge({
    name: 'ams_ready',
    help: '1 when a part of this process works, as /readyz says.',
    labelNames: ['part'],
    registers,
  });
  const changes = new Counter({
    name: 'ams_operation_changes_total',
    help: 'Operations that came into a state, by kind and state.',
    labelNames: ['kind', 'state'],
    registers,
  });
  // To Prometheus the first value of a series is no increase: a process' first failure would raise no alert.
  for (const kind of Object.keys(KINDS))
    for (const state of Object.keys(STATES)) changes.inc({ kind, state }, 0);
  const steps = new Histogram({
    name: 'ams_step_duration_seconds',
    help: 'Steps that ended, from first visit to end, by kind and outcome (done, failed).',
    labelNames: ['kind', 'outcome'],
    buckets: STEP_BUCKETS,
    registers,
  });
  const retries = new Counter({
    name: 'ams_step_retries_total',
    help: 'Visits that met a problem and will be made again, by kind of step and reason.',
    labelNames: ['kind', 'reason'],
    registers,
  });
  const calls = new Counter({
    name: 'ams_cloud_calls_total',
    help: 'Calls to Alibaba Cloud, by product, action and code (ok, or the code of the error).',
    labelNames: ['product', 'action', 'code'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'ams_cloud_call_duration_seconds',
    help: 'Duration of the calls to Alibaba Cloud, by product and action.',
    labelNames: ['product', 'action'],
    buckets: CALL_BUCKETS,
    registers,
  });
  const slackCalls = new Counter({
    name: 'ams_slack_calls_total',
    help: 'Calls to Slack, by method and outcome (ok, or the error).',
    labelNames: ['method', 'outcome'],
    registers,
  });
  const slackSeconds = new Histogram({
    name: 'ams_slack_call_duration_seconds',
    help: 'Duration of the calls to Slack, by method.',
    labelNames: ['method'],
    buckets: CALL_BUCKETS,
    registers,
  });
  const delivery = new Histogram({
    name: 'ams_slack_delivery_lag_seconds',
    help: 'From a click or an event in Slack to its arrival here, by type; both clocks count.',
    labelNames: ['type'],
    buckets: LAG_BUCKETS,
    registers,
  });
  const acknowledgement = new Histogram({
    name: 'ams_slack_ack_seconds',
    help: 'From the arrival of a command, click or event to its acknowledgement, by type; Slack waits 3 s.',
    labelNames: ['type'],
    buckets: LAG_BUCKETS,
    registers,
  });
  const message = new Histogram({
    name: 'ams_slack_message_lag_seconds',
    help: 'From a change of state to the message in Slack that shows it.',
    buckets: LAG_BUCKETS,
    registers,
  });
  const code = boundedLabel(CODES);
  const slackOutcome = boundedLabel(CODES);
  const reason = boundedLabel(CODES);
  return {
    registry,
    operationChanged: ({ wish, state }) => changes.inc({ kind: wish.kind, state }),
    stepEnded: (kind, outcome, ms) => steps.observe({ kind, outcome }, ms / 1_000),
    stepRetried: (kind, why) => retries.inc({ kind, reason: reason(why) }),
    cloudCalled({ product, action, outcome, ms }) {
      calls.inc({ product, action, code: code(outcome) });
      callSeconds.observe({ product, action }, ms / 1_000);
    },
    slackCalled(method, outcome, ms) {
      slackCalls.inc({ method, outcome: slackOutcome(outcome) });
      slackSeconds.observe({ method }, ms / 1_000);
    },
    // Two clocks: a lag below nothing is none.
    slackDelivered: (type, lagMs) => delivery.observe({ type }, Math.max(0, lagMs) / 1_000),
    slackAcknowledged: (type, ms) => acknowledgement.observe({ type }, ms / 1_000),
    messageSent: (lagMs) => message.observe(Math.max(0, lagMs) / 1_000),
    observed(now) {
      operations.reset();
      for (const { kind, state, count } of now.operations ?? []) operations.set({ kind, state }, count);
      jobs.reset();
      for (const { queue, state, count } of now.jobs ?? []) jobs.set({ queue, state }, count);
      for (const [part, works] of Object.entries(now.parts)) ready.set({ part }, works ? 1 : 0);
    },
  };
}
