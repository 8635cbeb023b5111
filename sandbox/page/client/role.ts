export type Role = 'origin' | 'edge' | 'other';

/** Whom groups of these names are for: what a name ends with says it, since a cluster may be called anything. */
export function roleOf(names: readonly string[]): Role {
  if (names.some((one) => one.endsWith('-edge'))) return 'edge';
  return names.some((one) => one.endsWith('-origin')) ? 'origin' : 'other';
}
