/** Disk categories with the dollars that a GiB costs in an hour. */
export const DISK_USD: Readonly<Record<string, number>> = {
  cloud_efficiency: 0.00008,
  cloud_ssd: 0.00021,
  cloud_essd: 0.00025,
  cloud_essd_entry: 0.0001,
  cloud_auto: 0.00017,
};

export const DISK_CATEGORIES = Object.keys(DISK_USD);

/** Performance levels of ESSD with their least size in GiB and their price factor. */
export const LEVELS: Readonly<Record<string, { readonly leastGiB: number; readonly factor: number }>> = {
  PL0: { leastGiB: 1, factor: 0.6 },
  PL1: { leastGiB: 20, factor: 1 },
  PL2: { leastGiB: 461, factor: 2 },
  PL3: { leastGiB: 1261, factor: 4 },
};

/** Dollars that a disk costs in an hour; undefined for an unknown category or level. */
export function diskHourUsd(category: string, sizeGiB: number, level = 'PL1'): number | undefined {
  const usd = DISK_USD[category];
  const factor = category === 'cloud_essd' ? LEVELS[level]?.factor : 1;
  return usd === undefined || factor === undefined ? undefined : usd * factor * sizeGiB;
}
