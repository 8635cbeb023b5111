/** `YYYY-MM-DD`, UTC. */
export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
