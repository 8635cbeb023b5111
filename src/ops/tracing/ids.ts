import { createHash } from 'node:crypto';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import type { IdGenerator } from '@opentelemetry/sdk-trace-node';

/** An operation, one of its runs, or a step of a run. */
export interface Place {
  readonly operation: string;
  readonly run?: number;
  readonly step?: string;
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * Ids of the trace and the span of a place: the same in every process and at every time, since a step is visited by
 * whoever is free, and its span is written by whoever ends it.
 */
export function idsOf(place: Place): Ids {
  const { operation, run, step } = place;
  const span = [operation, run, step].filter((word) => word !== undefined).join(' ');
  return { traceId: hex(`trace ${operation}`, 32), spanId: hex(`span ${span}`, 16) };
}

function hex(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

/** The SDK's random ids, but for what begins as a place. */
export class PlaceIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #next: Ids | undefined;

  readonly generateTraceId = (): string => this.#next?.traceId ?? this.#random.generateTraceId();
  readonly generateSpanId = (): string => this.#next?.spanId ?? this.#random.generateSpanId();

  /** Begins one span, whose ids are those of the place. */
  as<Span>(place: Place, begin: () => Span): Span {
    const before = this.#next;
    this.#next = idsOf(place);
    try {
      return begin();
    } finally {
      this.#next = before;
    }
  }
}
