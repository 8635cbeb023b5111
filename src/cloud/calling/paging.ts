import { countPages } from './answers.ts';

/** Pages at most, against an answer that never ends. */
const MOST_PAGES = 1_000;

/** Reads a list that is paged by number to its end, in order (skipping pages is throttled). */
export async function byNumber<Each>(
  pageSize: number,
  read: (
    pageNumber: number,
  ) => Promise<{ readonly items: readonly Each[]; readonly total: number | undefined }>,
): Promise<readonly Each[]> {
  const all: Each[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    countPages(page);
    const { items, total } = await read(page);
    all.push(...items);
    const isLast = total === undefined ? items.length < pageSize : all.length >= total;
    if (items.length === 0 || isLast) break;
  }
  return all;
}

/** Reads a list that is paged by token to its end. */
export async function byToken<Each>(
  read: (
    nextToken: string | undefined,
  ) => Promise<{ readonly items: readonly Each[]; readonly nextToken: string | undefined }>,
): Promise<readonly Each[]> {
  const all: Each[] = [];
  let token: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    countPages(page);
    const answer = await read(token);
    all.push(...answer.items);
    if (answer.nextToken === undefined || answer.nextToken === '' || answer.nextToken === token) break;
    token = answer.nextToken;
  }
  return all;
}

/** Cuts a list into runs of at most `size`, for calls that take so many ids. */
export function inRuns<Each>(all: readonly Each[], size: number): readonly (readonly Each[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_none, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
