/**
 * A translation that is made once of each row. Answers are shared, and where a crowd waits everybody reads the rows of
 * all. What it makes is shared too: never change it.
 */
export function eachOnce<Raw extends object, Made>(make: (raw: Raw) => Made): (raw: Raw) => Made {
  const known = new WeakMap<Raw, Made>();
  return (raw) => {
    const before = known.get(raw);
    if (before !== undefined) return before;
    const made = make(raw);
    known.set(raw, made);
    return made;
  };
}
