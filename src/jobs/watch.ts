/** Told of what happens to steps, for metrics. Must cost next to nothing and never throw. */
export interface JobWatch {
  stepEnded(kind: string, outcome: 'done' | 'failed', ms: number): void;
  stepRetried(kind: string, reason: string): void;
}
