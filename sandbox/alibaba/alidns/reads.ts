/** Reads of alidns (2015-01-09). */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { dnsOf, recordById, zoneByName } from './lookup.ts';
import type { DnsRecord, Zone } from './state.ts';

interface ListInput {
  readonly DomainName: string;
  readonly SubDomain: string;
  readonly KeyWord?: string;
  readonly RRKeyWord?: string;
  readonly TypeKeyWord?: string;
  readonly ValueKeyWord?: string;
  readonly Type?: string;
  readonly Line?: string;
  readonly Status?: string;
  readonly SearchMode?: string;
  readonly PageNumber?: number;
  readonly PageSize?: number;
}

export function describeDomainRecords(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ListInput;
  const owner = zoneByName(cloud, input.DomainName);
  const isExact = input.SearchMode === 'EXACT' || input.SearchMode === 'COMBINATION';
  const fits = (wanted: string | undefined, actual: string) =>
    wanted === undefined ||
    (isExact
      ? actual.toLowerCase() === wanted.toLowerCase()
      : actual.toLowerCase().includes(wanted.toLowerCase()));
  const matching = [...dnsOf(cloud).records.values()].filter(
    (record) =>
      record.domainName === owner.name &&
      isVisible(record) &&
      (input.KeyWord === undefined || fits(input.KeyWord, record.rr) || fits(input.KeyWord, record.value)) &&
      fits(input.RRKeyWord, record.rr) &&
      fits(input.TypeKeyWord, record.type) &&
      fits(input.ValueKeyWord, record.value) &&
      (input.Type === undefined || record.type === input.Type.toUpperCase()) &&
      (input.Line === undefined || record.line === input.Line) &&
      (input.Status === undefined || record.status === input.Status.toUpperCase()),
  );
  return page(matching, input, 500);
}

export function describeSubDomainRecords(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ListInput;
  const host = input.SubDomain.toLowerCase().replace(/\.$/, '');
  const matching = [...dnsOf(cloud).records.values()].filter((record) => {
    const name = record.rr === '@' ? record.domainName : `${record.rr}.${record.domainName}`;
    return (
      name.toLowerCase() === host &&
      isVisible(record) &&
      (input.Type === undefined || record.type === input.Type.toUpperCase())
    );
  });
  if (matching.length === 0) zoneByName(cloud, input.DomainName ?? split(cloud, host).domain);
  return page(matching, input, 100);
}

export function describeDomainRecordInfo(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly RecordId: string };
  const record = recordById(cloud, input.RecordId);
  return { ...view(record), DomainId: zoneByName(cloud, record.domainName).id };
}

export function getMainDomainName(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly InputString: string };
  const host = input.InputString.toLowerCase().replace(/\.$/, '');
  if (!/^([\w*-]+\.)+[a-z0-9-]{2,}$/i.test(host)) {
    throw new ApiError('InvalidDomainName.Format', 400, `${input.InputString} is not a domain name.`);
  }
  const { domain, rr } = split(cloud, host);
  return { DomainName: domain, RR: rr, DomainLevel: host.split('.').length - domain.split('.').length + 1 };
}

export function describeDomainInfo(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ListInput;
  return domainView(zoneByName(cloud, input.DomainName));
}

export function describeDomains(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ListInput;
  const matching = [...dnsOf(cloud).zones.values()].filter((zone) =>
    input.SearchMode === 'EXACT' ? zone.name === input.KeyWord : zone.name.includes(input.KeyWord ?? ''),
  );
  const { number, size, slice } = cut(matching, input, 100);
  return {
    Domains: { Domain: slice.map(domainView) },
    TotalCount: matching.length,
    PageNumber: number,
    PageSize: size,
  };
}

/** Endings under which a name is registered at the third level. */
const DOUBLE_ENDINGS = new Set([
  'com.cn',
  'net.cn',
  'org.cn',
  'co.uk',
  'org.uk',
  'com.au',
  'co.jp',
  'com.tr',
  'com.br',
  'co.in',
]);

function split(cloud: Cloud, host: string): { readonly domain: string; readonly rr: string } {
  const owned = [...dnsOf(cloud).zones.keys()]
    .filter((name) => host === name || host.endsWith(`.${name}`))
    .toSorted((a, b) => b.length - a.length)[0];
  const labels = host.split('.');
  const levels = DOUBLE_ENDINGS.has(labels.slice(-2).join('.')) ? 3 : 2;
  const domain = owned ?? labels.slice(-levels).join('.');
  return { domain, rr: host === domain ? '@' : host.slice(0, -domain.length - 1) };
}

function domainView(zone: Zone): Record<string, unknown> {
  return {
    DomainId: zone.id,
    DomainName: zone.name,
    PunyCode: zone.name,
    AliDomain: true,
    MinTtl: zone.minTtl,
    AvailableTtls: { AvailableTtl: ['600', '1800', '3600', '43200', '86400'] },
    DnsServers: { DnsServer: zone.dnsServers },
    VersionCode: 'mianfei',
  };
}

function view(record: DnsRecord): Record<string, unknown> {
  return {
    RecordId: record.id,
    DomainName: record.domainName,
    RR: record.rr,
    Type: record.type,
    Value: record.value,
    TTL: record.ttl,
    Line: record.line,
    Status: record.status,
    Locked: false,
    Weight: 1,
    Remark: record.remark,
    CreateTimestamp: record.createdAt,
    UpdateTimestamp: record.updatedAt,
    ...(record.priority === undefined ? {} : { Priority: record.priority }),
  };
}

function page(records: readonly DnsRecord[], input: ListInput, most: number): Record<string, unknown> {
  const { number, size, slice } = cut(records, input, most);
  return {
    DomainRecords: { Record: slice.map(view) },
    TotalCount: records.length,
    PageNumber: number,
    PageSize: size,
  };
}

function cut<T>(entries: readonly T[], input: ListInput, most: number) {
  const number = input.PageNumber ?? 1;
  const size = input.PageSize ?? 20;
  if (size < 1 || size > most || number < 1) {
    throw new ApiError(
      'InvalidParameter',
      400,
      `PageSize must be from 1 to ${most} and PageNumber at least 1.`,
    );
  }
  return { number, size, slice: entries.slice((number - 1) * size, number * size) };
}
