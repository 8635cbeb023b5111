import { AsyncLocalStorage } from 'node:async_hooks';

/** What a piece of work asked of the cloud itself; answers that it shared with others are not counted. */
export interface CallCounts {
  reads: number;
  /** Of the longest list that it went through, whoever read it. */
  pages: number;
  /** Changes that it tried, taken or not. */
  tries: number;
  /** Changes that the cloud took. */
  changes: number;
}

export function noCalls(): CallCounts {
  return { reads: 0, pages: 0, tries: 0, changes: 0 };
}

interface Work {
  /** An answer serves when its read began at this moment or later, by the clock of this process. */
  since: number;
  readonly asked: CallCounts;
}

const current = new AsyncLocalStorage<Work>();

/**
 * Runs work that may go by any answer of the cloud whose read began at `since` or later, its own or another's. Its own
 * changes move that moment: what it reads after one of them began after it.
 * @param since by `performance.now()` of this process: moments of another one say nothing here
 * @param asked is counted up
 */
export function withAnswersSince<Result>(
  since: number,
  work: () => Promise<Result>,
  asked: CallCounts = noCalls(),
): Promise<Result> {
  return current.run({ since, asked }, work);
}

/** Runs work, within other work or alone, whose answers must all begin from now on. */
export function withFreshAnswers<Result>(work: () => Promise<Result>): Promise<Result> {
  return withAnswersSince(performance.now(), work, current.getStore()?.asked);
}

/** From when on answers serve the present work; undefined: only those that it waits for itself. */
export function answersSince(): number | undefined {
  return current.getStore()?.since;
}

/** The present work had to ask the cloud. */
export function countRead(): void {
  const work = current.getStore();
  if (work) work.asked.reads += 1;
}

/** The present work has gone through a list of so many pages. */
export function countPages(pages: number): void {
  const work = current.getStore();
  if (work) work.asked.pages = Math.max(work.asked.pages, pages);
}

/** The present work has tried a change: what was read before it tells it nothing any more, whatever became of it. */
export function countChange(isTaken: boolean): void {
  const work = current.getStore();
  if (!work) return;
  work.since = Math.max(work.since, performance.now());
  work.asked.tries += 1;
  if (isTaken) work.asked.changes += 1;
}
