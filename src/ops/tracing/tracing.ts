import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { SpanKind, SpanStatusCode, context, createContextKey, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { AmsError } from '../../cluster/errors.ts';
import type { Operation } from '../../cluster/operation.ts';
import { WatchedExporter } from './exporter.ts';
import { idsOf, PlaceIds } from './ids.ts';
import type { Place } from './ids.ts';
import { queueSpans } from './queue-spans.ts';

/** What spans cannot be sent in at the end of a process is lost: nobody waits longer for it. */
const FLUSH_MS = 1_500;

type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

interface Arrival {
  readonly type: string;
  readonly at: number;
  /** Whether a span has begun with it. */
  taken: boolean;
}

const ARRIVAL = createContextKey('arrival');

/** Traces of operations, as the roles report them; see `JobTrace`. */
export type Tracing = ReturnType<typeof startTracing>;

/**
 * Starts the tracing of this process, which the environment describes (`OTEL_…`). Only one in a process.
 * @param onTrouble told why spans do not arrive, or undefined once they do again
 */
export function startTracing(onTrouble: (trouble: string | undefined) => void) {
  const exporter = new WatchedExporter(onTrouble);
  const ids = new PlaceIds();
  const us = { 'service.name': 'ams-chatops', 'service.instance.id': `${hostname()}.${process.pid}` };
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(us))
      .merge(detectResources({ detectors: [envDetector] })),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  const tracer = trace.getTracer('ams-chatops');
  const telemetry = queueSpans();

  /** The context of a place that has begun, or will be told of once it is over. */
  function contextOf(place: Place): Context {
    // Whether a trace is kept is the sampler's word on its root; this one is never ended, so nothing is sent of it.
    const root = ids.as({ operation: place.operation }, () => tracer.startSpan('request', { root: true }));
    const { traceFlags } = root.spanContext();
    return trace.setSpanContext(context.active(), { ...idsOf(place), traceFlags, isRemote: true });
  }

  /** Where work on a place belongs: to what is under way, when that is of the same operation. */
  function parentOf(place: Place): Context {
    const active = trace.getSpanContext(context.active());
    return active?.traceId === idsOf(place).traceId ? context.active() : contextOf(place);
  }

  async function run<T>(span: Span, parent: Context, work: (tell: (facts: Facts) => void) => Promise<T>) {
    try {
      return await context.with(trace.setSpan(parent, span), () =>
        work((facts) => {
          span.setAttributes(known(facts));
          if (facts['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
        }),
      );
    } catch (error) {
      span.setAttribute('error.type', classOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }

  /** A span of what is over. */
  function past(begin: () => Span, endedAt: number, failed: boolean): void {
    const span = begin();
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endedAt);
  }

  return {
    bullmq: { telemetry },

    forStep: (step: Required<Place>) => ({
      telemetry: { metadata: telemetry.contextManager.getMetadata(contextOf(step)) },
    }),

    arrival<T>(type: string, work: () => Promise<T>): Promise<T> {
      const arrival: Arrival = { type, at: Date.now(), taken: false };
      return context.with(context.active().setValue(ARRIVAL, arrival), work);
    },

    request<T>(operation: Pick<Operation, 'id' | 'cluster' | 'wish'>, work: () => Promise<T>): Promise<T> {
      const { id, cluster, wish } = operation;
      const facts = { 'ams.operation': id, 'ams.cluster': cluster, 'ams.wish': wish.kind };
      const span = ids.as({ operation: id }, () =>
        tracer.startSpan(`request ${wish.kind}`, { root: true, ...sinceArrival(facts) }),
      );
      return run(span, context.active(), work);
    },

    during<T>(
      place: Place,
      name: string,
      facts: Facts,
      work: (tell: (facts: Facts) => void) => Promise<T>,
    ): Promise<T> {
      const parent = parentOf(place);
      const all = { 'ams.operation': place.operation, ...facts };
      return run(tracer.startSpan(name, sinceArrival(all), parent), parent, work);
    },

    stepEnded(step: {
      readonly job: Required<Place>;
      readonly kind: string;
      readonly part: string;
      readonly outcome: string;
      readonly startedAt: number;
      readonly endedAt: number;
    }): void {
      const { operation, run: number, step: id } = step.job;
      const attributes = {
        'ams.operation': operation,
        'ams.run': number,
        'ams.step': id,
        'ams.kind': step.kind,
        'ams.part': step.part,
        'ams.outcome': step.outcome,
      };
      const parent = contextOf({ operation, run: number });
      const options = { startTime: step.startedAt, attributes };
      const begin = () => ids.as(step.job, () => tracer.startSpan(`step ${id}`, options, parent));
      past(begin, step.endedAt, step.outcome === 'failed');
    },

    operationChanged(operation: Operation): void {
      const { id, cluster, wish, state, plannedAt, startedAt, retriedAt, endedAt } = operation;
      const now = Date.now();
      const facts = {
        'ams.operation': id,
        'ams.cluster': cluster,
        'ams.wish': wish.kind,
        'ams.outcome': state,
      };
      const parent = contextOf({ operation: id });
      if (plannedAt !== undefined && (state === 'approved' || state === 'rejected' || state === 'expired')) {
        const options = { startTime: plannedAt, attributes: facts };
        past(() => tracer.startSpan('wait for approval', options, parent), now, false);
      }
      if (startedAt === undefined || !(state === 'succeeded' || state === 'failed' || state === 'cancelled'))
        return;
      const { run: number, problems } = operation;
      const attributes = known({ ...facts, 'ams.run': number, 'error.type': problems.at(-1)?.code });
      const options = { startTime: number > 1 ? (retriedAt ?? startedAt) : startedAt, attributes };
      const place = { operation: id, run: number };
      past(
        () => ids.as(place, () => tracer.startSpan(`run ${wish.kind}`, options, parent)),
        endedAt ?? now,
        state === 'failed',
      );
    },

    /** A call to Alibaba Cloud is over. */
    cloudCalled(call: {
      readonly product: string;
      readonly action: string;
      readonly regionId: string;
      readonly ms: number;
      readonly outcome: string;
      readonly requestId?: string | undefined;
      readonly status?: number | undefined;
      readonly errorClass?: string | undefined;
    }): void {
      client(`${call.product} ${call.action}`, call.ms, {
        'cloud.provider': 'alibaba_cloud',
        'cloud.region': call.regionId,
        'alibaba.product': call.product,
        'alibaba.action': call.action,
        'alibaba.code': call.outcome,
        'alibaba.request_id': call.requestId,
        'http.response.status_code': call.status,
        'error.type': call.errorClass,
      });
    },

    /** A command on a machine is over. */
    commandRun(command: {
      readonly program: string;
      readonly ms: number;
      readonly exitCode?: number | undefined;
      readonly error?: string | undefined;
    }): void {
      client(`ssh ${command.program}`, command.ms, {
        'ams.program': command.program,
        'process.exit.code': command.exitCode,
        'error.type': command.error,
      });
    },

    /** Sends what is left, for as long as that is worth waiting for. */
    async close(): Promise<void> {
      const sent = provider.shutdown().catch(() => undefined);
      if (exporter.trouble === undefined) await Promise.race([sent, setTimeout(FLUSH_MS)]);
    },
  };

  /** A call that is over, of what is under way; nothing where that is no operation. */
  function client(name: string, ms: number, facts: Facts): void {
    if (trace.getSpanContext(context.active()) === undefined) return;
    const now = Date.now();
    const options = { kind: SpanKind.CLIENT, startTime: now - ms, attributes: known(facts) };
    past(() => tracer.startSpan(name, options), now, facts['error.type'] !== undefined);
  }
}

/** Begins with what came from Slack, when this is the first that is done about it. */
function sinceArrival(facts: Facts) {
  const arrival = context.active().getValue(ARRIVAL) as Arrival | undefined;
  if (!arrival || arrival.taken) return { attributes: known(facts) };
  arrival.taken = true;
  return { startTime: arrival.at, attributes: known({ ...facts, 'slack.delivery': arrival.type }) };
}

function known(facts: Facts): Record<string, string | number | boolean> {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, string | number | boolean>;
}

/** Of the cloud's errors their class, of ours the code, else the kind of error: never what it says. */
function classOf(error: unknown): string {
  if (!(error instanceof AmsError)) return error instanceof Error ? error.name : 'unexpected';
  const { errorClass } = error as AmsError & { readonly errorClass?: unknown };
  return typeof errorClass === 'string' ? errorClass : error.code;
}
