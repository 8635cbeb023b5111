/** Something to print instead of doing it; `code` is the exit code. */
export interface Saying {
  readonly say: string;
  readonly code: 0 | 2;
}

/** What Node says of an option that it cannot read: only the first sentence is about what was typed. */
export function mistakeIn(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return `${words.split(/\. |\n/)[0]?.replace(/\.$/, '')}.`;
}

/** Real seconds for a simulated second, or what is wrong with what was typed behind `name`. */
export function readTimeScale(
  name: string,
  typed: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | Saying {
  const timeScale = Number(typed);
  if (timeScale >= least && timeScale <= most) return timeScale;
  return { say: `${name} must be a number from ${least} to ${most}, got ${typed || 'nothing'}.\n`, code: 2 };
}
