/** Records of alidns (2015-01-09): writes and their rules. */
import { randomInt } from 'node:crypto';
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { dnsOf, recordById, zoneByName } from './lookup.ts';
import type { DnsRecord, Zone } from './state.ts';

interface RecordInput {
  readonly DomainName: string;
  readonly RecordId: string;
  readonly RR: string;
  readonly Type: string;
  readonly Value: string;
  readonly TTL?: number;
  readonly Line?: string;
  readonly Priority?: number;
  readonly Remark?: string;
  readonly Status?: string;
}

const TYPES = ['A', 'AAAA', 'CNAME', 'NS', 'MX', 'TXT', 'SRV', 'CAA', 'REDIRECT_URL', 'FORWARD_URL'];
const HOST = /^(?=.{1,253}\.?$)(_?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\.?$/i;

export function addDomainRecord(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as RecordInput;
  const owner = zoneByName(cloud, input.DomainName);
  const wanted = checked(owner, input);
  refuseClash(cloud, owner, wanted, undefined);
  const state = dnsOf(cloud);
  const record: DnsRecord = {
    ...wanted,
    id: `${Date.now()}${randomInt(10_000, 99_999)}`,
    domainName: owner.name,
    status: 'ENABLE',
    remark: '',
    visibleAt: cloud.visibleAt(0),
    createdAt: Date.now(),
    updatedAt: Date.now(),
  };
  state.records.set(record.id, record);
  return { RecordId: record.id };
}

export function updateDomainRecord(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as RecordInput;
  const record = recordById(cloud, input.RecordId);
  const owner = zoneByName(cloud, record.domainName);
  const wanted = checked(owner, { ...input, TTL: input.TTL ?? record.ttl });
  const isSame =
    wanted.rr === record.rr &&
    wanted.type === record.type &&
    wanted.value === record.value &&
    wanted.ttl === record.ttl &&
    wanted.line === record.line;
  if (isSame) throw duplicate();
  refuseClash(cloud, owner, wanted, record.id);
  Object.assign(record, wanted, { updatedAt: Date.now() });
  return { RecordId: record.id };
}

export function deleteDomainRecord(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as RecordInput;
  const record = recordById(cloud, input.RecordId);
  dnsOf(cloud).records.delete(record.id);
  return { RecordId: record.id };
}

export function updateDomainRecordRemark(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as RecordInput;
  recordById(cloud, input.RecordId).remark = input.Remark ?? '';
  return {};
}

export function setDomainRecordStatus(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as RecordInput;
  const record = recordById(cloud, input.RecordId);
  const status = (input.Status ?? '').toUpperCase();
  if (status !== 'ENABLE' && status !== 'DISABLE') {
    throw new ApiError('InvalidParameter', 400, `The status ${input.Status ?? ''} is not Enable or Disable.`);
  }
  record.status = status;
  return { RecordId: record.id, Status: status === 'ENABLE' ? 'Enable' : 'Disable' };
}

type Wanted = Pick<DnsRecord, 'rr' | 'type' | 'value' | 'ttl' | 'line' | 'priority'>;

function checked(owner: Zone, input: RecordInput): Wanted {
  const type = input.Type.toUpperCase();
  const ttl = input.TTL ?? 600;
  if (!TYPES.includes(type)) {
    throw new ApiError('DomainRecordType.NotSupport', 400, `The record type ${input.Type} is not supported.`);
  }
  if (!/^(@|\*|(\*\.)?[\w-]+(\.[\w-]+)*)$/.test(input.RR)) {
    throw new ApiError('InvalidRR.Format', 400, `The host record ${input.RR} is not valid.`);
  }
  if (ttl < owner.minTtl) {
    throw new ApiError(
      'QuotaExceeded.TTL',
      400,
      `The TTL ${ttl} is below ${owner.minTtl}, the least of this edition.`,
    );
  }
  if (ttl > 86_400) throw new ApiError('InvalidParameter', 400, `The TTL ${ttl} is above 86400.`);
  const value =
    type === 'CNAME' || type === 'NS' || type === 'MX' ? input.Value.replace(/\.$/, '') : input.Value;
  const fits =
    type === 'A'
      ? /^(\d{1,3}\.){3}\d{1,3}$/.test(value) && value.split('.').every((part) => Number(part) < 256)
      : type === 'CNAME' || type === 'NS' || type === 'MX'
        ? HOST.test(value)
        : value !== '';
  if (!fits)
    throw new ApiError(
      'SubDomainInvalid.Value',
      400,
      `The value ${value} does not fit a record of type ${type}.`,
    );
  return { rr: input.RR, type, value, ttl, line: input.Line ?? 'default', priority: input.Priority };
}

/** The same record twice, or a CNAME beside anything else on one name and line. */
function refuseClash(cloud: Cloud, owner: Zone, wanted: Wanted, self: string | undefined): void {
  const siblings = [...dnsOf(cloud).records.values()].filter(
    (record) =>
      record.id !== self &&
      record.domainName === owner.name &&
      record.rr.toLowerCase() === wanted.rr.toLowerCase() &&
      record.line === wanted.line,
  );
  if (siblings.some((record) => record.type === wanted.type && record.value === wanted.value))
    throw duplicate();
  if (siblings.some((record) => record.type === 'CNAME' || wanted.type === 'CNAME')) {
    throw new ApiError(
      'DomainRecordConflict',
      400,
      `The record ${wanted.rr} of type ${wanted.type} conflicts with another record of ${owner.name}.`,
    );
  }
}

function duplicate(): ApiError {
  return new ApiError('DomainRecordDuplicate', 400, 'The DNS record already exists.');
}
