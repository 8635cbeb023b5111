import { CloudError } from '../../cloud/errors.ts';
import { overlaps, parseCidr } from '../../cluster/cidr.ts';
import { resourceName } from '../../cluster/names.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { notReady, resource } from '../resource.ts';
import type { StepContext } from '../resource.ts';
import { NotOurs } from './not-ours.ts';
import { isOurs, listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

export interface SeenVSwitch {
  readonly vSwitchId: string;
  readonly vpcId: string;
  readonly zoneId: string;
  readonly cidr: string;
  /** `Pending`, `Available`. */
  readonly status: string;
}

/** Part ids of all vSwitches of a cluster, in the order of its zones. */
export function vSwitchParts(spec: ClusterSpec): readonly string[] {
  return spec.zones.map((_zone, index) => `vswitch-${index + 1}`);
}

/** One vSwitch a zone. A VPC refuses changes of two at once (TaskConflict), so they go one after the other. */
export const vswitch = resource<SeenVSwitch>({
  kind: 'vswitch',
  actions: ['vpc:CreateVSwitch', 'vpc:DescribeVSwitches', 'vpc:DeleteVSwitch', 'vpc:TagResources'],
  typicalSeconds: 5,
  deadlineSeconds: 600,
  // Network interfaces outlive their instances.
  heldSeconds: 4,
  oneByOne: true,
  liesIn: 'vpc',
  removeAfter: ['scaling-group', 'database', 'load-balancer'],
  parts(spec) {
    return vSwitchParts(spec).map((id, index) => ({
      id,
      needs: index === 0 ? ['vpc'] : ['vpc', `vswitch-${index}`],
      title: `vSwitch ${resourceName(spec.name, id)}, ${spec.network.vSwitchCidrs[index]} in ${spec.zones[index]}`,
    }));
  },
  async observe(look) {
    const tagged = await look.region.vpc.listVSwitches({ tags: listTags(look) });
    return oldestFirst(tagged).flatMap((one) => {
      const part = partOf(one.tags, look.cluster, 'vswitch');
      if (part === undefined) return [];
      const { vSwitchId, vpcId, zoneId, cidr, status } = one;
      return [ours(part, vSwitchId, one.tags, { vSwitchId, vpcId, zoneId, cidr, status })];
    });
  },
  ready({ seen }) {
    if (seen.status === 'Available') return { state: 'ready' };
    return notReady(`vSwitch ${seen.vSwitchId}`, seen.status, 3_000);
  },
  diff(spec, part, seen) {
    const { zone, cidr } = wanted(spec, part);
    const changes: string[] = [];
    if (zone !== undefined && seen.zoneId !== zone)
      changes.push(`vSwitch ${seen.vSwitchId} is in ${seen.zoneId}, must be in ${zone}`);
    if (cidr !== undefined && seen.cidr !== cidr)
      changes.push(`vSwitch ${seen.vSwitchId} has the block ${seen.cidr}, must have ${cidr}`);
    return changes.length === 0 ? { action: 'none' } : { action: 'replace', changes };
  },
  async create(ctx) {
    const { zone, cidr } = wanted(ctx.spec, ctx.part);
    const { vpcId } = await ctx.output('vpc');
    if (zone === undefined || cidr === undefined || vpcId === undefined)
      throw new Error(`the spec has no zone for ${ctx.part}`);
    const creating = ctx.region.vpc.createVSwitch({
      name: resourceName(ctx.cluster, ctx.part),
      vpcId,
      zoneId: zone,
      cidr,
      tags: tagsFor(ctx),
      token: ctx.token,
    });
    await creating.catch(async (refusal: unknown) => {
      throw (await takenBlock(ctx, vpcId, cidr, refusal)) ?? refusal;
    });
  },
  async remove(ctx, { seen }) {
    if (seen.status === 'Deleting') return;
    await ctx.region.vpc.deleteVSwitch(seen.vSwitchId);
  },
  output({ seen }) {
    return { vSwitchId: seen.vSwitchId, zoneId: seen.zoneId, cidr: seen.cidr };
  },
});

/**
 * Whose vSwitch has the block in an existing VPC: it was free when the plan was made. How the cloud calls that is not
 * sure (`InvalidCidrBlock.Overlapped` and others), so it is looked up.
 */
async function takenBlock(
  ctx: StepContext,
  vpcId: string,
  cidr: string,
  refusal: unknown,
): Promise<NotOurs | undefined> {
  if (!(refusal instanceof CloudError) || !['invalid', 'exists'].includes(refusal.errorClass))
    return undefined;
  const others = await ctx.region.vpc.listVSwitches({ vpcId });
  const taken = others.find(
    (one) => !isOurs(one.tags, ctx.cluster) && overlaps(parseCidr(one.cidr), parseCidr(cidr)),
  );
  return (
    taken &&
    new NotOurs(
      `vSwitch ${taken.vSwitchId} (${taken.cidr}) in VPC ${vpcId}`,
      ctx.cluster,
      'Roll this back and create the cluster again: the new plan takes blocks that are free.',
    )
  );
}

function wanted(spec: ClusterSpec, part: string): { zone: string | undefined; cidr: string | undefined } {
  const index = Number(part.slice('vswitch-'.length)) - 1;
  return { zone: spec.zones[index], cidr: spec.network.vSwitchCidrs[index] };
}
