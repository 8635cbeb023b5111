import { ApiError } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { type DnsRecord, DnsState, type Zone } from './state.ts';

const states = new WeakMap<Cloud, DnsState>();

/** The name service of a cloud, made on first use. It owns no zone until `addZone` gives it one. */
export function dnsOf(cloud: Cloud): DnsState {
  const state = states.get(cloud) ?? new DnsState();
  states.set(cloud, state);
  return state;
}

/** Makes the account own a zone. */
export function addZone(cloud: Cloud, name: string): void {
  dnsOf(cloud).zones.set(name.toLowerCase(), zone(name.toLowerCase()));
}

/** A zone as the free edition has it. */
function zone(name: string): Zone {
  return {
    name,
    id: `zone-${Buffer.from(name).toString('hex').slice(0, 24)}`,
    minTtl: 600,
    dnsServers: ['dns1.hichina.com', 'dns2.hichina.com'],
  };
}

/** @throws ApiError InvalidDomainName.NoExist when the account has no such zone */
export function zoneByName(cloud: Cloud, name: string): Zone {
  const found = dnsOf(cloud).zones.get(name.toLowerCase());
  if (found) return found;
  throw new ApiError(
    'InvalidDomainName.NoExist',
    400,
    `The domain name ${name} does not exist in this account.`,
  );
}

/** @throws ApiError DomainRecordNotBelongToUser when there is no such record */
export function recordById(cloud: Cloud, id: string): DnsRecord {
  const found = dnsOf(cloud).records.get(id);
  if (found) return found;
  throw new ApiError(
    'DomainRecordNotBelongToUser',
    400,
    `The DNS record ${id} does not belong to this account.`,
  );
}
