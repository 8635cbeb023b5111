/** What is asked comes later: nothing was done. */
export class ComesLater extends Error {
  /** Real milliseconds. */
  readonly ms: number;

  constructor(ms: number) {
    super(`comes in ${ms} ms`);
    this.name = 'ComesLater';
    this.ms = ms;
  }
}
