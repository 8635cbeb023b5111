import { CloudError } from './errors.ts';
import type { Line } from './calling/line.ts';
import { gone, idIn, orNothing } from './calling/outcome.ts';
import { byNumber } from './calling/paging.ts';

export interface DnsRecord {
  readonly recordId: string;
  /** Name within the zone: `@`, `live`, `*`. */
  readonly rr: string;
  /** `CNAME`, `A`, `TXT`, … */
  readonly type: string;
  /** Without a trailing dot. */
  readonly value: string;
  readonly ttlSeconds: number | undefined;
  readonly line: string | undefined;
  readonly enabled: boolean;
  readonly locked: boolean;
  readonly remark: string | undefined;
}

/** Alibaba Cloud DNS (alidns 2015-01-09), a global product. It has no tokens and no tags: find, then add. */
export interface Dns {
  /** Splits a name into the zone and the rest; nothing when that cannot be told (GetMainDomainName). */
  mainDomain(name: string): Promise<{ readonly domainName: string; readonly rr: string } | undefined>;
  /** Records of a zone, with `rr` exactly those of that name; nothing when the zone is not in this account. */
  records(input: {
    readonly domainName: string;
    readonly rr?: string | undefined;
    readonly type?: string | undefined;
  }): Promise<readonly DnsRecord[] | undefined>;
  /** @returns the record's id; `exists` when it is there already (AddDomainRecord) */
  add(input: {
    readonly domainName: string;
    readonly rr: string;
    readonly type: string;
    readonly value: string;
    /** Default 600; the free edition takes no less. */
    readonly ttlSeconds?: number | undefined;
    /** Whose it is; records have no tags (UpdateDomainRecordRemark). */
    readonly remark?: string | undefined;
  }): Promise<string>;
  /** Says whose a record is that `add` may have left without it (UpdateDomainRecordRemark). */
  mark(recordId: string, remark: string): Promise<void>;
  /** Nothing to change is success (UpdateDomainRecord). */
  update(input: {
    readonly recordId: string;
    readonly rr: string;
    readonly type: string;
    readonly value: string;
    readonly ttlSeconds?: number | undefined;
  }): Promise<void>;
  /** Gone already is success (DeleteDomainRecord). */
  delete(recordId: string): Promise<void>;
}

const PAGE = 500;

/** An update that changes nothing is refused with DomainRecordDuplicate. */
async function orUnchanged(updating: Promise<unknown>): Promise<void> {
  try {
    await updating;
  } catch (error) {
    const same = error instanceof CloudError && error.alibabaCode?.toLowerCase() === 'domainrecordduplicate';
    if (!same) throw error;
  }
}

export function createDns(line: Line<'alidns'>): Dns {
  async function mark(recordId: string, remark: string): Promise<void> {
    await line.call('UpdateDomainRecordRemark', { recordId, remark });
  }
  return {
    async mainDomain(name) {
      const answer = await orNothing(line.call('GetMainDomainName', { inputString: name }));
      if (!answer?.domainName) return undefined;
      return { domainName: answer.domainName, rr: answer.RR ? answer.RR : '@' };
    },
    async records({ domainName, rr, type }) {
      const all = await orNothing(
        byNumber(PAGE, async (pageNumber) => {
          const answer = await line.call('DescribeDomainRecords', {
            domainName,
            RRKeyWord: rr,
            typeKeyWord: type,
            ...(rr === undefined && type === undefined ? {} : { searchMode: 'COMBINATION' }),
            pageNumber,
            pageSize: PAGE,
          });
          return { items: answer.domainRecords?.record ?? [], total: answer.totalCount };
        }),
      );
      // The filters of the API are fuzzy in some modes; what is said here is exact.
      return all
        ?.map((one): DnsRecord => ({
          recordId: one.recordId ?? '',
          rr: one.RR ?? '',
          type: one.type ?? '',
          value: (one.value ?? '').replace(/\.$/, ''),
          ttlSeconds: one.TTL,
          line: one.line,
          enabled: one.status?.toUpperCase() === 'ENABLE',
          locked: one.locked ?? false,
          remark: one.remark,
        }))
        .filter((one) => rr === undefined || one.rr.toLowerCase() === rr.toLowerCase())
        .filter((one) => type === undefined || one.type.toUpperCase() === type.toUpperCase());
    },
    async add({ domainName, rr, type, value, ttlSeconds, remark }) {
      const answer = await line.call('AddDomainRecord', {
        domainName,
        RR: rr,
        type,
        value,
        TTL: ttlSeconds ?? 600,
      });
      const recordId = idIn(answer.recordId, 'alidns', 'AddDomainRecord');
      if (remark !== undefined) await mark(recordId, remark);
      return recordId;
    },
    mark,
    async update({ recordId, rr, type, value, ttlSeconds }) {
      await orUnchanged(
        line.call('UpdateDomainRecord', { recordId, RR: rr, type, value, TTL: ttlSeconds ?? 600 }),
      );
    },
    delete: (recordId) => gone(line.call('DeleteDomainRecord', { recordId })),
  };
}
