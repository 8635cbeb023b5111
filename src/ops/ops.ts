import type { Metrics } from './metrics.ts';
import type { ProcessReadiness } from './readiness.ts';

/** What a process shows of itself to those who run it; the roles report to it. */
export interface Ops {
  readonly metrics: Metrics;
  readonly readiness: ProcessReadiness;
  readonly port: number;
  close(): Promise<void>;
}
