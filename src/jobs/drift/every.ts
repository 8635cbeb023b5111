const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `15m`, `2h`, `1d`; undefined for `off`. */
export function everyMs(text: string): number | undefined {
  const unit = UNIT_MS[text.slice(-1)];
  return text === 'off' || unit === undefined ? undefined : Number(text.slice(0, -1)) * unit;
}
