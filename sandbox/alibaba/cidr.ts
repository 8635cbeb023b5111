/** A block of IPv4 addresses. */
export interface Cidr {
  /** First address as a number. */
  readonly first: number;
  readonly last: number;
  readonly mask: number;
}

/** Reads `10.0.0.0/16`; undefined when it is malformed or has bits set behind its mask. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const address = parseIp(match?.[1] ?? '');
  const mask = Number(match?.[2]);
  if (address === undefined || !(mask >= 0 && mask <= 32)) return undefined;
  const size = 2 ** (32 - mask);
  if (address % size !== 0) return undefined;
  return { first: address, last: address + size - 1, mask };
}

/** IPv4 address as a number; undefined when malformed. */
export function parseIp(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatIp(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function includesIp(cidr: Cidr, ip: string): boolean {
  const address = parseIp(ip);
  return address !== undefined && address >= cidr.first && address <= cidr.last;
}
