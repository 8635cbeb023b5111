import { ApiError } from '../api-error.ts';
import { type Cidr, formatIp, includesIp, parseCidr } from '../cidr.ts';
import type { VSwitchEntry } from './state.ts';

/** The first address of a vSwitch and its last three are the cloud's own. */
function usable(entry: VSwitchEntry): Cidr {
  const cidr = parseCidr(entry.cidrBlock);
  if (cidr === undefined) throw new RangeError(`vSwitch ${entry.id} has the CIDR block ${entry.cidrBlock}`);
  return { ...cidr, first: cidr.first + 1, last: cidr.last - 3 };
}

export function availableAddresses(entry: VSwitchEntry): number {
  const { first, last } = usable(entry);
  return last - first + 1 - entry.taken.size;
}

/**
 * Takes a free address of a vSwitch, the wanted one if told.
 *
 * @throws ApiError QuotaExceeded.PrivateIpAddress when none is left, InvalidPrivateIpAddress.* for a wrong wish.
 */
export function takeAddress(entry: VSwitchEntry, wanted?: string): string {
  const cidr = usable(entry);
  if (wanted !== undefined) {
    if (!includesIp(cidr, wanted)) {
      throw new ApiError(
        'InvalidPrivateIpAddress.Malformed',
        400,
        `The private IP address ${wanted} is not in the vSwitch ${entry.id} (${entry.cidrBlock}).`,
      );
    }
    if (entry.taken.has(wanted)) {
      throw new ApiError(
        'InvalidPrivateIpAddress.Duplicated',
        403,
        `The private IP address ${wanted} is in use.`,
      );
    }
    entry.taken.add(wanted);
    return wanted;
  }
  for (let address = cidr.first; address <= cidr.last; address++) {
    const ip = formatIp(address);
    if (entry.taken.has(ip)) continue;
    entry.taken.add(ip);
    return ip;
  }
  throw new ApiError(
    'QuotaExceeded.PrivateIpAddress',
    400,
    `The vSwitch ${entry.id} has no private IP address left.`,
  );
}
