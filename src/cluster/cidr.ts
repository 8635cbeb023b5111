import { InputError } from './errors.ts';
import { printable } from './names.ts';

/** An IPv4 block: first address as an unsigned 32-bit number, and its prefix length. */
export interface Cidr {
  readonly base: number;
  readonly bits: number;
}

const NUMBER = '(0|[1-9]\\d{0,2})';
const BLOCK = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}\\.${NUMBER}/(0|[1-9]\\d?)$`);

/**
 * Reads `10.0.0.0/16`. Zeros before a number are refused: some read such a number as octal.
 * @throws InputError when it is no IPv4 block or has bits set behind the prefix
 */
export function parseCidr(text: string): Cidr {
  const match = BLOCK.exec(text.trim());
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const bits = Number(match?.[5]);
  if (!match || octets.some((octet) => octet > 255) || bits > 32) {
    throw new InputError(`"${printable(text)}" is not an IPv4 block.`, 'Write it like 10.0.0.0/16.');
  }
  const base = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const start = base - (base % 2 ** (32 - bits));
  if (start !== base) {
    throw new InputError(
      `"${printable(text)}" begins in the middle of a block.`,
      `The block of that size is ${formatCidr({ base: start, bits })}.`,
    );
  }
  return { base, bits };
}

/** As the API shows it. */
export function formatCidr({ base, bits }: Cidr): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${bits}`;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  const [wide, narrow] = a.bits <= b.bits ? [a, b] : [b, a];
  return contains(wide, narrow);
}

function contains(outer: Cidr, inner: Cidr): boolean {
  return (
    inner.bits >= outer.bits && inner.base >= outer.base && inner.base < outer.base + 2 ** (32 - outer.bits)
  );
}

/** Blocks that may open SSH to a database are no wider than this. */
const WIDEST_SSH_BITS = 16;

/**
 * An address or block that may open SSH to a database, as the API shows it; undefined when it is too wide.
 * @throws InputError when it is neither
 */
export function sshBlock(text: string): string | undefined {
  const block = parseCidr(text.includes('/') ? text : `${text}/32`);
  return block.bits < WIDEST_SSH_BITS ? undefined : formatCidr(block);
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parseCidr);

/**
 * Says why a block cannot be a VPC, or nothing. CreateVpc (2016-04-28) takes masks 16 to 28 in the private ranges.
 */
export function vpcCidrMistake(text: string): string | undefined {
  const block = parseCidr(text);
  if (!PRIVATE.some((range) => contains(range, block)))
    return `${text} is not private: a VPC takes its block from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.`;
  if (block.bits < 16 || block.bits > 28) return `${text} is /${block.bits}; a VPC's block is /16 to /28.`;
  return undefined;
}

/** vSwitches get this size where the VPC has room: 252 usable addresses. */
const WANTED_BITS = 24;
/** ALB wants about 8 free addresses in each vSwitch, besides the nodes. */
const SMALLEST_BITS = 26;

/**
 * Chooses `count` free blocks for vSwitches inside a VPC, lowest first.
 * @param used blocks that the VPC's vSwitches have already
 * @throws InputError when the VPC has no room for them
 */
export function chooseVSwitchBlocks(
  vpcText: string,
  count: number,
  used: readonly string[],
): readonly string[] {
  const vpc = parseCidr(vpcText);
  const taken = used.map(parseCidr);
  for (let bits = Math.max(WANTED_BITS, vpc.bits); bits <= SMALLEST_BITS; bits += 1) {
    const size = 2 ** (32 - bits);
    const chosen: Cidr[] = [];
    for (let base = vpc.base; base < vpc.base + 2 ** (32 - vpc.bits) && chosen.length < count; base += size) {
      const block = { base, bits };
      if (!taken.some((one) => overlaps(one, block))) chosen.push(block);
    }
    if (chosen.length === count) return chosen.map(formatCidr);
  }
  throw new InputError(
    `${vpcText} has no room for ${count} vSwitches of at least /${SMALLEST_BITS}.`,
    'Choose a larger --cidr, or another VPC.',
  );
}
