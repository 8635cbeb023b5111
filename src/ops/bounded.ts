/** What stands for every further value once the limit is reached. */
const OTHER = 'other';

/**
 * Keeps the values of a label few: the first `limit` different ones pass, all later ones become `other`, and so does
 * what does not look like a word. Codes come from outside, and each new one would be a time series for ever.
 */
export function boundedLabel(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit || !/^[-\w.]{1,100}$/.test(value)) return OTHER;
    known.add(value);
    return value;
  };
}
