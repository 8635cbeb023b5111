import type { Listed } from '../listed.ts';

/** A DNS record as alidns keeps it. */
export interface DnsRecord extends Listed {
  readonly id: string;
  readonly domainName: string;
  rr: string;
  type: string;
  value: string;
  ttl: number;
  line: string;
  priority: number | undefined;
  status: 'ENABLE' | 'DISABLE';
  remark: string;
  readonly createdAt: number;
  updatedAt: number;
}

/** A zone the account owns. */
export interface Zone {
  readonly name: string;
  readonly id: string;
  readonly minTtl: number;
  readonly dnsServers: readonly string[];
}

/** The name service's memory. */
export class DnsState {
  readonly zones = new Map<string, Zone>();
  readonly records = new Map<string, DnsRecord>();

  /** Follows enabled CNAME records from a host name to the last name known; at most eight steps. */
  resolve(host: string): string {
    let name = host.toLowerCase().replace(/\.$/, '');
    for (let step = 0; step < 8; step++) {
      const next = this.#cname(name);
      if (next === undefined) return name;
      name = next;
    }
    return name;
  }

  #cname(name: string): string | undefined {
    const candidates = [...this.records.values()].filter(
      (record) => record.type === 'CNAME' && record.status === 'ENABLE',
    );
    const full = (record: DnsRecord) =>
      (record.rr === '@' ? record.domainName : `${record.rr}.${record.domainName}`).toLowerCase();
    const exact = candidates.find((record) => full(record) === name);
    if (exact) return exact.value.toLowerCase();
    const rest = name.slice(name.indexOf('.') + 1);
    return candidates.find((record) => full(record) === `*.${rest}`)?.value.toLowerCase();
  }
}
