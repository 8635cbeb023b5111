/** The value below which `share` (0 to 1) of the values lie; NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Several runs of the same measurement: the median, and from where to where the runs lie. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** `1.04 (1.02 to 1.09)`; the bounds are left out when they say the same. */
export function words({ median: middle, least, most }: Spread, digits = 2): string {
  const [text, low, high] = [middle, least, most].map((value) => value.toFixed(digits));
  return low === high ? `${text}` : `${text} (${low} to ${high})`;
}

/** Length of the time that at least one of the spans covers, milliseconds; a span that ends before it begins covers none. */
export function coveredMs(spans: readonly (readonly [fromMs: number, toMs: number, ...unknown[]])[]): number {
  let sum = 0;
  let covered = Number.NEGATIVE_INFINITY;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, covered));
    covered = Math.max(covered, to);
  }
  return sum;
}
