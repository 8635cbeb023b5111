/**
 * Lets works of the same id run one after the other in this process, in the order in which they came.
 *
 * A busy processor comes too late to renew a job's lock, and the queue hands the job out again, to this very process: begun
 * anew it would take the step away from the visit that is under way, which has to end some time for anything to go on.
 */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @returns what the work comes to, once all of that id that came before have ended, however they did */
  async run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(id) === mine) this.#last.delete(id);
    }
  }
}
