/** What was acknowledged to Slack and is not done yet: nobody delivers it again. */
export class UnderWay {
  readonly #works = new Set<Promise<unknown>>();

  /** Counts this until it is over, and hands it on as it is. */
  count<T>(work: Promise<T>): Promise<T> {
    const over = (): unknown => this.#works.delete(work);
    this.#works.add(work);
    void work.then(over, over);
    return work;
  }

  /** Resolves when all that is under way now is over, well or not, or after `longestMs`. */
  async end(longestMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, longestMs)));
    await Promise.race([Promise.allSettled(this.#works), late]);
    clearTimeout(timer);
  }
}
