import type { TracingConfig } from '../config/config.ts';
import { good, warning } from './check.ts';
import type { Finding } from './check.ts';

const PATIENCE_MS = 5_000;

/** Whether traces arrive, when they are wanted. Without them everything else works. */
export async function checkTraces(tracing: TracingConfig | undefined): Promise<readonly Finding[]> {
  if (!tracing) return [];
  const { tryToSend } = await import('../ops/tracing/exporter.ts');
  const trouble = await tryToSend(PATIENCE_MS);
  if (trouble === undefined) return [good(`Traces arrive at ${tracing.origin}`)];
  return [
    warning(
      `Traces do not arrive at ${tracing.origin} (${trouble})`,
      'Check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS; it must be the OTLP/HTTP port, usually 4318.',
    ),
  ];
}
