import { setTimeout } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** Sends spans where the environment says (`OTEL_EXPORTER_OTLP_…`), and tells when that begins or ceases to work. */
export class WatchedExporter implements SpanExporter {
  readonly #exporter = new OTLPTraceExporter();
  readonly #onChange: (trouble: string | undefined) => void;
  #trouble: string | undefined;

  /** @param onChange told why nothing arrives, or undefined once it does again */
  constructor(onChange: (trouble: string | undefined) => void) {
    this.#onChange = onChange;
  }

  /** Why the last spans did not arrive; undefined when they did. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    this.#exporter.export(spans, (result) => {
      const trouble = troubleIn(result);
      if ((trouble === undefined) !== (this.#trouble === undefined)) this.#onChange(trouble);
      this.#trouble = trouble;
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** Sends an empty message where traces go. @returns why it did not arrive, or undefined. Never throws. */
export async function tryToSend(patienceMs: number): Promise<string | undefined> {
  const exporter = new OTLPTraceExporter();
  const sent = new Promise<string | undefined>((resolve) =>
    exporter.export([], (result) => resolve(troubleIn(result))),
  );
  return Promise.race([sent, setTimeout(patienceMs, 'no answer', { ref: false })]);
}

/** A status or the system's code alone: what else an error says may hold an address with its password. */
function troubleIn({ code, error }: Result): string | undefined {
  // ExportResultCode.SUCCESS; its package is the SDK's own affair.
  if (Number(code) === 0) return undefined;
  const { code: what } = (error ?? {}) as { readonly code?: unknown };
  if (typeof what === 'number') return `HTTP ${what}`;
  return typeof what === 'string' && /^[A-Z_\d]{3,40}$/.test(what) ? what : 'no answer';
}
