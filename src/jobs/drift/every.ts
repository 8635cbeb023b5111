const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `15m`, `2h`, `1d`; undefined for `off` and `never`. */
export function everyMs(text: string): number | undefined {
  const unit = /^\d/.test(text) ? UNIT_MS[text.slice(-1)] : undefined;
  return unit === undefined ? undefined : Number(text.slice(0, -1)) * unit;
}
