import { resourceName } from '../../cluster/names.ts';
import { AmsError } from '../../cluster/errors.ts';
import { notReady, resource } from '../resource.ts';
import type { Found, Observing } from '../resource.ts';
import { listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

export interface SeenVpc {
  readonly vpcId: string;
  readonly cidr: string;
  /** `Pending`, `Available`, `Deleting`. */
  readonly status: string;
}

/** The spec uses a VPC that somebody else made, and it is gone. */
class NetworkGone extends AmsError {
  readonly code = 'network_gone';

  constructor(vpcId: string, regionId: string) {
    super(`VPC ${vpcId} is not there (any more) in ${regionId}.`, {
      hint: 'Plan again with another --vpc, or without one to have one made.',
    });
  }
}

/** The cluster's network: made for it, or an existing one that is used and never touched. */
export const vpc = resource<SeenVpc>({
  kind: 'vpc',
  actions: ['vpc:CreateVpc', 'vpc:DescribeVpcs', 'vpc:DeleteVpc', 'vpc:TagResources'],
  typicalSeconds: 5,
  deadlineSeconds: 600,
  removeAfter: ['vswitch', 'security-group', 'server-group', 'load-balancer'],
  parts(spec) {
    const { vpcId, cidr } = spec.network;
    const title =
      vpcId === undefined ? `VPC ${resourceName(spec.name, 'vpc')}, ${cidr}` : `VPC ${vpcId}, which exists`;
    return [{ id: 'vpc', needs: [], title }];
  },
  observe,
  ready({ seen }) {
    if (seen.status === 'Available') return { state: 'ready' };
    return notReady(`VPC ${seen.vpcId}`, seen.status, 3_000);
  },
  diff(spec, _part, seen) {
    if (seen.cidr === spec.network.cidr) return { action: 'none' };
    return {
      action: 'replace',
      changes: [`VPC ${seen.vpcId} has the block ${seen.cidr}, must have ${spec.network.cidr}`],
    };
  },
  async create(ctx) {
    if (ctx.spec.network.vpcId !== undefined) throw new NetworkGone(ctx.spec.network.vpcId, ctx.regionId);
    await ctx.region.vpc.createVpc({
      name: resourceName(ctx.cluster, ctx.part),
      cidr: ctx.spec.network.cidr,
      tags: tagsFor(ctx),
      token: ctx.token,
    });
  },
  async remove(ctx, { seen }) {
    if (seen.status === 'Deleting') return;
    await ctx.region.vpc.deleteVpc(seen.vpcId);
  },
  output({ seen }) {
    return { vpcId: seen.vpcId, cidr: seen.cidr };
  },
});

async function observe(look: Observing): Promise<readonly Found<SeenVpc>[]> {
  const tagged = await look.region.vpc.listVpcs({ tags: listTags(look) });
  const found = oldestFirst(tagged).flatMap((one) => {
    const part = partOf(one.tags, look.cluster, 'vpc');
    return part === undefined
      ? []
      : [ours(part, one.vpcId, one.tags, { vpcId: one.vpcId, cidr: one.cidr, status: one.status })];
  });
  const named = look.spec?.network.vpcId;
  if (named === undefined || found.some((one) => one.id === named)) return found;
  const existing = await look.region.vpc.vpc(named);
  if (!existing) return found;
  const seen = { vpcId: existing.vpcId, cidr: existing.cidr, status: existing.status };
  return [{ part: 'vpc', id: named, ours: false, seen }, ...found];
}
