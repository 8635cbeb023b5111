import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** What a process shows of itself to those who run it; the roles report to it. */
export interface Ops {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly port: number;
  close(): Promise<void>;
}
