import { ROOT_CONTEXT, SpanKind, context, trace } from '@opentelemetry/api';
import type { Context, Span as OtelSpan } from '@opentelemetry/api';
import type { Span, Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';

/** Of what a queue does for nobody's operation, or within itself, there is no span. */
const NOTHING: Span<Context> = {
  setSpanOnContext: (ctx) => ctx,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

/**
 * BullMQ's own telemetry, kept to what belongs to an operation: who adds a job and who works on it. Looking for work,
 * renewing locks and the like would be a trace each, every few seconds. What jobs give back and what errors say stays
 * out: it may hold anything.
 */
export function queueSpans(): Telemetry<Context> {
  const { tracer, contextManager } = new BullMQOtel();
  return {
    tracer: {
      startSpan(name, options, parent) {
        const isInternal = (options?.kind as number | undefined) === SpanKind.INTERNAL;
        const isOurs = !isInternal && isUnderWay(trace.getSpan(parent ?? context.active()));
        return isOurs ? discreet(tracer.startSpan(name, options, parent)) : NOTHING;
      },
    },
    contextManager: {
      with: (ctx, work) => contextManager.with(ctx, work),
      active: () => contextManager.active(),
      root: () => ROOT_CONTEXT,
      getMetadata: (ctx) => contextManager.getMetadata(ctx),
      fromMetadata: (ctx, metadata) => contextManager.fromMetadata(ctx, metadata),
    },
  };
}

/** What a timer does after the work that set it is not part of that. A span from a job's metadata is of elsewhere. */
function isUnderWay(parent: OtelSpan | undefined): boolean {
  return parent !== undefined && (parent.spanContext().isRemote === true || parent.isRecording());
}

function discreet(span: Span<Context>): Span<Context> {
  return {
    setSpanOnContext: (ctx) => span.setSpanOnContext(ctx),
    setAttribute: (key, value) => span.setAttribute(key, value),
    setAttributes: (attributes) => span.setAttributes(attributes),
    addEvent: (name) => span.addEvent(name),
    recordException: (thrown) => {
      const name = typeof thrown === 'object' && 'name' in thrown ? thrown.name : undefined;
      span.setAttribute('error.type', name ?? 'error');
    },
    end: () => span.end(),
  };
}
