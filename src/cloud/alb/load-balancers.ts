import type { Line } from '../calling/line.ts';
import { gone, idIn, orNothing } from '../calling/outcome.ts';
import { byToken, inRuns } from '../calling/paging.ts';
import { eachOnce } from '../calling/each-once.ts';
import { fromTagList, toTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

export interface LoadBalancer {
  readonly loadBalancerId: string;
  readonly name: string | undefined;
  /** `Provisioning`, `Active`, `Configuring`, `Inactive`, `CreateFailed`. */
  readonly status: string;
  /** `Normal`, or `Abnormal`: locked for arrears. */
  readonly businessStatus: string | undefined;
  /** Never build it, read it; empty while provisioning. */
  readonly dnsName: string;
  readonly vpcId: string | undefined;
  /** `Internet`, `Intranet`. */
  readonly addressType: string | undefined;
  readonly edition: string | undefined;
  readonly deletionProtection: boolean;
  /** Why the cloud holds it: `FinancialLocked`, … */
  readonly locks: readonly string[];
  /** ISO 8601, UTC. */
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

/** One load balancer with its zones. */
export interface LoadBalancerDetail extends LoadBalancer {
  readonly zones: readonly {
    readonly zoneId: string;
    readonly vSwitchId: string;
    readonly addresses: readonly string[];
  }[];
}

export interface LoadBalancers {
  listLoadBalancers(input: {
    readonly tags?: Tags | undefined;
    readonly ids?: readonly string[] | undefined;
    readonly names?: readonly string[] | undefined;
    readonly vpcIds?: readonly string[] | undefined;
  }): Promise<readonly LoadBalancer[]>;
  /** One with its zones, or nothing (GetLoadBalancerAttribute). */
  loadBalancer(loadBalancerId: string): Promise<LoadBalancerDetail | undefined>;
  /** Pay-as-you-go; `Provisioning` at first. Two zones at least. @returns its id (CreateLoadBalancer) */
  createLoadBalancer(input: {
    readonly name: string;
    readonly vpcId: string;
    readonly zones: readonly { readonly zoneId: string; readonly vSwitchId: string }[];
    /** Default `Internet`. */
    readonly addressType?: 'Internet' | 'Intranet' | undefined;
    /** Default `Standard`. */
    readonly edition?: 'Basic' | 'Standard' | 'StandardWithWaf' | undefined;
    readonly tags: Tags;
    readonly token: string;
  }): Promise<string>;
  disableDeletionProtection(loadBalancerId: string, token?: string): Promise<void>;
  /** Gone already is success. Its listeners go before (DeleteLoadBalancer). */
  deleteLoadBalancer(loadBalancerId: string, token?: string): Promise<void>;
}

export function createLoadBalancers(line: Line<'alb'>): LoadBalancers {
  return {
    async listLoadBalancers({ tags, ids, names, vpcIds }) {
      const pages = await Promise.all(
        (ids === undefined ? [undefined] : inRuns(ids, 20)).map((run) =>
          byToken(async (nextToken) => {
            const answer = await line.call('ListLoadBalancers', {
              loadBalancerIds: run && [...run],
              loadBalancerNames: names && [...names],
              vpcIds: vpcIds && [...vpcIds],
              tag: toTagList(tags),
              maxResults: 100,
              nextToken,
            });
            return { items: answer.loadBalancers ?? [], nextToken: answer.nextToken };
          }),
        ),
      );
      return pages.flat().map(toLoadBalancerOnce);
    },
    async loadBalancer(loadBalancerId) {
      const one = await orNothing(line.call('GetLoadBalancerAttribute', { loadBalancerId }));
      if (!one?.loadBalancerId) return undefined;
      return {
        ...toLoadBalancer(one),
        zones: (one.zoneMappings ?? []).map((zone) => ({
          zoneId: zone.zoneId ?? '',
          vSwitchId: zone.vSwitchId ?? '',
          addresses: (zone.loadBalancerAddresses ?? []).flatMap((each) =>
            each.address ? [each.address] : [],
          ),
        })),
      };
    },
    async createLoadBalancer({ name, vpcId, zones, addressType, edition, tags, token }) {
      const answer = await line.call('CreateLoadBalancer', {
        loadBalancerName: name,
        vpcId,
        addressType: addressType ?? 'Internet',
        loadBalancerEdition: edition ?? 'Standard',
        addressAllocatedMode: 'Fixed',
        loadBalancerBillingConfig: { payType: 'PostPay' },
        zoneMappings: zones.map(({ zoneId, vSwitchId }) => ({ zoneId, vSwitchId })),
        tag: toTagList(tags),
        clientToken: token,
      });
      return idIn(answer.loadBalancerId, 'alb', 'CreateLoadBalancer');
    },
    async disableDeletionProtection(resourceId, clientToken) {
      await line.call('DisableDeletionProtection', { resourceId, clientToken });
    },
    deleteLoadBalancer: (loadBalancerId, token) =>
      gone(line.call('DeleteLoadBalancer', { loadBalancerId, clientToken: token })),
  };
}

interface AnyLoadBalancer {
  readonly loadBalancerId?: string | undefined;
  readonly loadBalancerName?: string | undefined;
  readonly loadBalancerStatus?: string | undefined;
  /** The API's own spelling. */
  readonly loadBalancerBussinessStatus?: string | undefined;
  readonly DNSName?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly addressType?: string | undefined;
  readonly loadBalancerEdition?: string | undefined;
  readonly createTime?: string | undefined;
  readonly deletionProtectionConfig?: { readonly enabled?: boolean | undefined } | undefined;
  readonly loadBalancerOperationLocks?:
    | readonly { readonly lockType?: string | undefined; readonly lockReason?: string | undefined }[]
    | undefined;
  readonly tags?:
    | readonly { readonly key?: string | undefined; readonly value?: string | undefined }[]
    | undefined;
}

const toLoadBalancerOnce = eachOnce(toLoadBalancer);

function toLoadBalancer(one: AnyLoadBalancer): LoadBalancer {
  return {
    loadBalancerId: one.loadBalancerId ?? '',
    name: one.loadBalancerName,
    status: one.loadBalancerStatus ?? '',
    businessStatus: one.loadBalancerBussinessStatus,
    dnsName: one.DNSName ?? '',
    vpcId: one.vpcId,
    addressType: one.addressType,
    edition: one.loadBalancerEdition,
    deletionProtection: one.deletionProtectionConfig?.enabled ?? false,
    locks: (one.loadBalancerOperationLocks ?? []).flatMap((lock) => (lock.lockType ? [lock.lockType] : [])),
    createdAt: one.createTime,
    tags: fromTagList(one.tags),
  };
}
