/** Something that lists show late. */
export interface Listed {
  /** Lists show it from this moment on (milliseconds since 1970); reads by id do so at once. */
  readonly visibleAt: number;
}

/** Whether lists show it already. */
export function isVisible(entry: Listed): boolean {
  return entry.visibleAt <= Date.now();
}
