import { TAG, resourceName } from '../../cluster/names.ts';
import { notReady, resource } from '../resource.ts';
import { listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';
import { vSwitchParts } from './vswitch.ts';

export interface SeenLoadBalancer {
  readonly loadBalancerId: string;
  readonly dnsName: string;
  /** `Provisioning`, `Active`, `Configuring`, `Inactive`, `CreateFailed`, `Deleting`. */
  readonly status: string;
  /** `Normal`, or `Abnormal` while the account is overdue. */
  readonly businessStatus: string;
  readonly addressType: string;
  readonly edition: string;
  readonly zones: readonly string[];
  readonly deletionProtected: boolean;
  /** What the tag `ams-domain` says. */
  readonly domain: string | undefined;
}

/** The entrance: an internet-facing ALB. Standard edition, since the Basic one cannot drain connections. */
export const loadBalancer = resource<SeenLoadBalancer>({
  kind: 'load-balancer',
  actions: [
    'alb:CreateLoadBalancer',
    'alb:ListLoadBalancers',
    'alb:GetLoadBalancerAttribute',
    'alb:DisableDeletionProtection',
    'alb:DeleteLoadBalancer',
    'alb:TagResources',
    'ram:CreateServiceLinkedRole',
  ],
  typicalSeconds: 75,
  goneSeconds: 20,
  deadlineSeconds: 600,
  removeAfter: ['listener', 'dns-record'],
  parts(spec) {
    return [
      {
        id: 'load-balancer',
        needs: vSwitchParts(spec),
        title: `Load balancer ${resourceName(spec.name, 'load-balancer')}, Standard, internet-facing, in ${spec.zones.join(' and ')}`,
      },
    ];
  },
  async observe(look) {
    const { alb } = look.region;
    const tagged = oldestFirst(await alb.listLoadBalancers({ tags: listTags(look) }));
    const found = await Promise.all(
      tagged.map(async (one) => {
        const part = partOf(one.tags, look.cluster, 'load-balancer');
        if (part === undefined) return undefined;
        // Lists do not show its zones. One that a step has made was given those of the spec.
        const zones = (look.spec?.zones ?? []).map((zoneId) => ({ zoneId }));
        const isListed = look.shallow === true || look.part !== undefined;
        const detail = isListed ? { ...one, zones } : await alb.loadBalancer(one.loadBalancerId);
        if (!detail) return undefined;
        return ours<SeenLoadBalancer>(part, one.loadBalancerId, one.tags, {
          loadBalancerId: one.loadBalancerId,
          dnsName: detail.dnsName,
          status: detail.status,
          businessStatus: detail.businessStatus ?? 'Normal',
          addressType: detail.addressType ?? '',
          edition: detail.edition ?? '',
          zones: detail.zones.map((zone) => zone.zoneId),
          deletionProtected: detail.deletionProtection,
          domain: one.tags[TAG.domain],
        });
      }),
    );
    return found.filter((one) => one !== undefined);
  },
  ready({ seen }) {
    const me = `load balancer ${seen.loadBalancerId}`;
    if (seen.status === 'CreateFailed') {
      return {
        state: 'broken',
        remake: true,
        problem: {
          code: 'load_balancer_failed',
          message: `Alibaba Cloud could not make the ${me} (CreateFailed).`,
          hint: 'See its reason in the ALB console (often too few free addresses in a vSwitch, or a zone without ALB), delete it there, then press Retry.',
        },
      };
    }
    if (seen.status === 'Inactive') {
      return {
        state: 'broken',
        problem: {
          code: 'load_balancer_inactive',
          message: `The ${me} is Inactive: Alibaba Cloud has stopped it.`,
          hint: 'Look at its locks in the ALB console (overdue payment is the usual reason), then press Retry.',
        },
      };
    }
    if (seen.status !== 'Active') return notReady(`the ${me}`, seen.status, 5_000);
    if (seen.businessStatus !== 'Normal') {
      const why = `the ${me} is ${seen.businessStatus} (usually an overdue account)`;
      return { state: 'waiting', why, lookAgainMs: 10_000 };
    }
    return { state: 'ready' };
  },
  diff(spec, _part, seen) {
    const changes: string[] = [];
    if (seen.addressType !== 'Internet')
      changes.push(`the load balancer is ${seen.addressType}, must be internet-facing`);
    // With a firewall it is Standard and more.
    if (seen.edition === 'Basic')
      changes.push('the load balancer is Basic, must be Standard: Basic drains nothing');
    const missing = spec.zones.filter((zone) => !seen.zones.includes(zone));
    if (missing.length > 0) changes.push(`the load balancer is not in ${missing.join(', ')}, must be`);
    return changes.length === 0 ? { action: 'none' } : { action: 'replace', changes };
  },
  async create(ctx) {
    const { vpcId = '' } = await ctx.output('vpc');
    const zones = await Promise.all(
      vSwitchParts(ctx.spec).map(async (part) => {
        const { vSwitchId = '', zoneId = '' } = await ctx.output(part);
        return { zoneId, vSwitchId };
      }),
    );
    await ctx.region.alb.createLoadBalancer({
      name: resourceName(ctx.cluster, ctx.part),
      vpcId,
      zones,
      tags: { ...tagsFor(ctx), [TAG.domain]: ctx.spec.domain },
      token: ctx.token,
    });
  },
  async remove(ctx, { seen }) {
    if (seen.status === 'Deleting') return undefined;
    const { alb } = ctx.region;
    if (!seen.deletionProtected) return alb.deleteLoadBalancer(seen.loadBalancerId);
    await alb.disableDeletionProtection(seen.loadBalancerId);
    return 'unlocked';
  },
  output({ seen }) {
    return {
      loadBalancerId: seen.loadBalancerId,
      dnsName: seen.dnsName,
      zones: seen.zones.join(','),
    };
  },
});
