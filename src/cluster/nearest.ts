/** The candidate that was probably meant, or nothing when none is near: a third of the letters may differ. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (!isNear(wanted, candidate.toLowerCase())) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (best !== undefined || wanted.length < 3) return best;
  return sharingMost(wanted, candidates);
}

/** Of those with which one begins the other: `edge-maximum` means `edge-max` rather than `edge`. */
function sharingMost(wanted: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const shared = Math.min(wanted.length, other.length);
    if (shared <= most || !(other.startsWith(wanted) || wanted.startsWith(other))) continue;
    [best, most] = [candidate, shared];
  }
  return best;
}

/** Of each part between hyphens: else a part that both share would make up for one that means something else. */
function isNear(from: string, to: string): boolean {
  const [parts, others] = [from.split('-'), to.split('-')];
  const pairs =
    parts.length === others.length ? parts.map((one, at) => [one, others[at] ?? '']) : [[from, to]];
  return pairs.every(([one = '', other = '']) => {
    const most = Math.max(1, Math.floor(Math.max(one.length, other.length) / 3));
    return editDistance(one, other) <= most;
  });
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
export function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let best = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? 0;
}
