import { AmsError } from '../../cluster/errors.ts';
import { TAG } from '../../cluster/names.ts';
import { resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { NotOurs } from './not-ours.ts';
import { listTags, partOf } from './tagged.ts';

export interface SeenRecord {
  readonly recordId: string;
  /** `rr` and `zone` make the full name: `live` in `example.com`. */
  readonly rr: string;
  readonly zone: string;
  readonly value: string;
  readonly enabled: boolean;
  /** Its remark says something, mostly whose it is. */
  readonly hasRemark: boolean;
  /** Name of the cluster's load balancer; undefined when there is none. */
  readonly wantedValue: string | undefined;
}

/** The zone of the domain is not in this account, so no record can be made in it. */
class ZoneUnknown extends AmsError {
  readonly code = 'zone_unknown';

  constructor(domain: string) {
    super(`Alibaba Cloud DNS of this account has no zone for ${domain}.`, {
      hint: 'Create the cluster with --dns print and set the CNAME where the zone is, or add the zone to Alibaba Cloud DNS.',
    });
  }
}

/** Seconds; the free edition takes no less. */
const TTL_SECONDS = 600;

/** DNS records have no tags: the remark says whose they are. */
export function remarkOf(cluster: string): string {
  return `${TAG.cluster}=${cluster}`;
}

/** The CNAME from the cluster's domain to its load balancer, where Alibaba Cloud DNS holds the zone. */
export const dnsRecord = resource<SeenRecord>({
  kind: 'dns-record',
  actions: [
    'alidns:AddDomainRecord',
    'alidns:UpdateDomainRecord',
    'alidns:UpdateDomainRecordRemark',
    'alidns:DescribeDomainRecords',
    'alidns:DeleteDomainRecord',
    'alb:ListLoadBalancers',
  ],
  typicalSeconds: 3,
  deadlineSeconds: 300,
  holds: ['load-balancer'],
  parts(spec) {
    if (spec.dns !== 'alidns') return [];
    return [
      { id: 'dns-record', needs: ['load-balancer'], title: `CNAME ${spec.domain} to the load balancer` },
    ];
  },
  observe,
  ready({ seen }) {
    if (seen.enabled) return { state: 'ready' };
    return {
      state: 'broken',
      remake: true,
      problem: {
        code: 'record_disabled',
        message: `The DNS record ${seen.rr}.${seen.zone} is disabled: somebody switched it off.`,
        hint: 'Enable it in the DNS console, then press Retry.',
      },
    };
  },
  diff(spec, _part, seen) {
    const name = `${seen.rr}.${seen.zone}`;
    const changes = [
      ...(isElsewhere(seen) ? [`${name} points to ${seen.value}, must point to ${seen.wantedValue}`] : []),
      // Without it nobody knows whose it is once the load balancer is gone that it points to.
      ...(seen.hasRemark ? [] : [`the record of ${name} has no remark, must have ${remarkOf(spec.name)}`]),
    ];
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async create(ctx) {
    const { dns } = ctx.cloud;
    const { domain } = ctx.spec;
    const place = await dns.mainDomain(domain);
    if (!place) throw new ZoneUnknown(domain);
    const { dnsName = '' } = await ctx.output('load-balancer');
    const taken = await dns.records(place);
    if (!taken) throw new ZoneUnknown(domain);
    if (taken.some((record) => isOwn(record, ctx.cluster, dnsName))) return;
    const other = taken[0];
    if (other) {
      throw new NotOurs(
        `DNS record ${domain} (${other.type} ${other.value})`,
        ctx.cluster,
        `Remove that record in Alibaba Cloud DNS if nobody needs it and press Retry, or set the CNAME to ${dnsName} yourself.`,
      );
    }
    const remark = remarkOf(ctx.cluster);
    await dns.add({ ...place, type: 'CNAME', value: dnsName, ttlSeconds: TTL_SECONDS, remark });
  },
  async update(ctx, { seen }) {
    if (!isElsewhere(seen)) {
      await ctx.cloud.dns.mark(seen.recordId, remarkOf(ctx.cluster));
      return 'settled';
    }
    await ctx.cloud.dns.update({
      recordId: seen.recordId,
      rr: seen.rr,
      type: 'CNAME',
      value: seen.wantedValue,
      ttlSeconds: TTL_SECONDS,
    });
    return undefined;
  },
  async remove(ctx, { seen }) {
    await ctx.cloud.dns.delete(seen.recordId);
    return 'gone';
  },
  output({ seen }) {
    return { recordId: seen.recordId, value: seen.value };
  },
});

/** The domain is known from the spec, else from the load balancer's tag; without both there is nowhere to look. */
async function observe(look: Observing): Promise<readonly Found<SeenRecord>[]> {
  if (look.spec !== undefined && look.spec.dns !== 'alidns') return [];
  const balancers = (await look.region.alb.listLoadBalancers({ tags: listTags(look) })).filter(
    (one) => partOf(one.tags, look.cluster, 'load-balancer') !== undefined,
  );
  const domain = look.spec?.domain ?? balancers.map((one) => one.tags[TAG.domain]).find(Boolean);
  if (domain === undefined) return [];
  const { dns } = look.cloud;
  const place = await dns.mainDomain(domain);
  if (!place) return [];
  const records = (await dns.records(place)) ?? [];
  return records
    .filter((record) => isOwn(record, look.cluster, balancers[0]?.dnsName))
    .map((record) => ({
      part: 'dns-record',
      id: record.recordId,
      ours: true,
      seen: {
        recordId: record.recordId,
        rr: record.rr,
        zone: place.domainName,
        value: record.value,
        enabled: record.enabled,
        hasRemark: (record.remark ?? '') !== '',
        wantedValue: balancers[0]?.dnsName,
      },
    }));
}

function isElsewhere(seen: SeenRecord): seen is SeenRecord & { readonly wantedValue: string } {
  return seen.wantedValue !== undefined && !sameName(seen.value, seen.wantedValue);
}

/** CNAME values come back without their trailing dot, in any case of letters. */
export function sameName(a: string, b: string): boolean {
  return a.replace(/\.$/, '').toLowerCase() === b.replace(/\.$/, '').toLowerCase();
}

/**
 * Marked by its remark, or a CNAME to our own load balancer: the answer may have been lost between making a record and
 * marking it, and nobody else can have use for that content.
 */
function isOwn(
  record: { readonly type: string; readonly value: string; readonly remark: string | undefined },
  cluster: string,
  dnsName: string | undefined,
): boolean {
  if (record.type !== 'CNAME') return false;
  if (record.remark === remarkOf(cluster)) return true;
  return dnsName !== undefined && dnsName !== '' && sameName(record.value, dnsName);
}
