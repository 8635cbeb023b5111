/** A region of the simulated cloud. */
export interface Region {
  readonly id: string;
  readonly name: string;
  /** Letters that resource ids of the region begin with after their prefix. */
  readonly code: string;
  /** Zone ids, `cn-hangzhou-b`. */
  readonly zones: readonly string[];
}

function region(id: string, name: string, code: string, letters: string, separator = '-'): Region {
  return { id, name, code, zones: Array.from(letters, (letter) => `${id}${separator}${letter}`) };
}

/** Regions on offer; me-central-1 has a single zone, so no load balancer over two zones fits there. */
export const REGIONS: readonly Region[] = [
  region('cn-hangzhou', 'China (Hangzhou)', 'bp1', 'bhjk'),
  region('cn-hongkong', 'China (Hong Kong)', 'j6c', 'bcd'),
  region('ap-southeast-1', 'Singapore', 't4n', 'abc', ''),
  region('eu-central-1', 'Germany (Frankfurt)', 'gw8', 'abc', ''),
  region('us-west-1', 'US (Silicon Valley)', 'rj9', 'ab', ''),
  region('me-central-1', 'SAU (Riyadh - Partner Region)', 'l4v', 'a', ''),
];
