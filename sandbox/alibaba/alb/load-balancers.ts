import { ApiError } from '../api-error.ts';
import { endDryRun, type Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { inRegion } from '../table.ts';
import { tagsAsked } from '../tags.ts';
import { oneOf } from './health-check-config.ts';
import { startJob } from './jobs.ts';
import { albOf, among, balancerById, hasTags, type Page, pageOf } from './lookup.ts';
import { checkName } from './names.ts';
import type { LoadBalancer, Tag, ZoneMapping } from './state.ts';
import { albZones, attach, detach, isInRegion, requireVpc, requireVSwitch } from './surroundings.ts';
import { newTags } from './tags.ts';
import { balancerDetail, balancerView } from './views.ts';

interface BalancerInput {
  readonly LoadBalancerName?: string;
  readonly LoadBalancerEdition: string;
  readonly AddressType: string;
  readonly AddressIpVersion?: string;
  readonly AddressAllocatedMode?: string;
  readonly VpcId: string;
  readonly LoadBalancerBillingConfig?: { readonly PayType?: string };
  readonly ModificationProtectionConfig?: { readonly Status?: string };
  readonly DeletionProtectionEnabled?: boolean;
  readonly ResourceGroupId?: string;
  readonly ZoneMappings?: readonly {
    readonly ZoneId?: string;
    readonly VSwitchId?: string;
    readonly AllocationId?: string;
  }[];
  readonly Tag?: readonly Tag[];
}

export function createLoadBalancer(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as BalancerInput;
  const state = albOf(cloud);
  checkName('LoadBalancerName', input.LoadBalancerName);
  oneOf('AddressType', input.AddressType, ['Internet', 'Intranet']);
  oneOf('LoadBalancerEdition', input.LoadBalancerEdition, ['Basic', 'Standard', 'StandardWithWaf']);
  oneOf('AddressAllocatedMode', input.AddressAllocatedMode ?? 'Fixed', ['Fixed', 'Dynamic']);
  oneOf('AddressIpVersion', input.AddressIpVersion ?? 'IPv4', ['IPv4', 'DualStack']);
  oneOf('LoadBalancerBillingConfig.PayType', input.LoadBalancerBillingConfig?.PayType ?? '', ['PostPay']);
  const tags = newTags(input.Tag);
  const { regionId } = requireVpc(cloud, input.VpcId);
  const mappings = checkZones(call, cloud, input);

  if (state.loadBalancers.count(inRegion(regionId)) >= cloud.settings.quotas.loadBalancers) {
    throw new ApiError('QuotaExceeded.LoadBalancersNum', 400, 'The quota of load balancers is used up.');
  }

  endDryRun(call);
  const id = cloud.newId('alb', regionId);
  const isPublic = input.AddressType === 'Internet';
  const zones = mappings.map((mapping, index): ZoneMapping => ({
    ZoneId: mapping.ZoneId,
    VSwitchId: mapping.VSwitchId,
    address: attach(cloud, id, requireVSwitch(cloud, mapping.VSwitchId)),
    // Documentation addresses: nobody owns them, and traffic goes to the data plane on loopback anyway.
    publicAddress: isPublic
      ? `198.51.100.${((albOf(cloud).loadBalancers.size * 10 + index) % 250) + 1}`
      : undefined,
    allocationId: mapping.AllocationId ?? (isPublic ? cloud.newId('eip', regionId) : undefined),
  }));
  const balancer: LoadBalancer = {
    id,
    regionId,
    name: input.LoadBalancerName ?? id,
    vpcId: input.VpcId,
    addressType: input.AddressType,
    addressIpVersion: input.AddressIpVersion ?? 'IPv4',
    edition: input.LoadBalancerEdition,
    dnsName: `${id}.${regionId}.alb.aliyuncs.com`,
    createdAt: new Date(),
    visibleAt: cloud.visibleAt(),
    status: 'Provisioning',
    zones,
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    modificationProtection: input.ModificationProtectionConfig?.Status ?? 'NonProtection',
    resourceGroupId: input.ResourceGroupId ?? 'rg-default',
    tags,
    busy: undefined,
  };
  state.loadBalancers.set(id, balancer);
  // Alone among the writes of ALB this one does not tell its job.
  startJob(cloud, state, call, {
    resourceType: 'loadbalancer',
    resourceId: id,
    operateType: 'Create',
    takesMs: cloud.durations.albCreate,
    done: () => (balancer.status = 'Active'),
  });
  return { LoadBalancerId: id };
}

export function getLoadBalancerAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly LoadBalancerId: string };
  return balancerDetail(balancerById(cloud, call, input.LoadBalancerId));
}

export function listLoadBalancers(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly LoadBalancerIds?: readonly string[];
    readonly LoadBalancerNames?: readonly string[];
    readonly LoadBalancerStatus?: string;
    readonly AddressType?: string;
    readonly VpcIds?: readonly string[];
    readonly ZoneId?: string;
    readonly DNSName?: string;
    readonly ResourceGroupId?: string;
    readonly Tag?: readonly Tag[];
  };
  const is = (wanted: string | undefined, actual: string) => wanted === undefined || wanted === actual;
  const matching = albOf(cloud)
    .loadBalancers.narrowed(input.LoadBalancerIds, input.VpcIds, ...tagsAsked(call.params))
    .filter(
      (balancer) =>
        isInRegion(cloud, call, balancer) &&
        isVisible(balancer) &&
        among(input.LoadBalancerIds, balancer.id) &&
        among(input.LoadBalancerNames, balancer.name) &&
        among(input.VpcIds, balancer.vpcId) &&
        is(input.LoadBalancerStatus, balancer.status) &&
        is(input.AddressType, balancer.addressType) &&
        is(input.DNSName, balancer.dnsName) &&
        is(input.ResourceGroupId, balancer.resourceGroupId) &&
        (input.ZoneId === undefined || balancer.zones.some((zone) => zone.ZoneId === input.ZoneId)) &&
        hasTags(balancer.tags, input.Tag),
    );
  const { entries, answer } = pageOf(matching, input);
  return { LoadBalancers: entries.map(balancerView), ...answer };
}

export function enableDeletionProtection(call: Call, cloud: Cloud): unknown {
  return protect(call, cloud, true);
}

export function disableDeletionProtection(call: Call, cloud: Cloud): unknown {
  return protect(call, cloud, false);
}

function protect(call: Call, cloud: Cloud, on: boolean): { readonly JobId: string } {
  const input = call.params as unknown as { readonly ResourceId: string };
  const balancer = balancerById(cloud, call, input.ResourceId);
  refuseUnlessFree(balancer);
  endDryRun(call);
  balancer.deletionProtection = on;
  const JobId = startJob(cloud, albOf(cloud), call, {
    resourceType: 'loadbalancer',
    resourceId: balancer.id,
    operateType: 'Update',
    takesMs: 1000,
    done: () => undefined,
  });
  return { JobId };
}

export function updateLoadBalancerAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as {
    readonly LoadBalancerId: string;
    readonly LoadBalancerName?: string;
    readonly ModificationProtectionConfig?: { readonly Status?: string };
  };
  const balancer = balancerById(cloud, call, input.LoadBalancerId);
  refuseUnlessFree(balancer);
  checkName('LoadBalancerName', input.LoadBalancerName);
  endDryRun(call);
  const JobId = startJob(cloud, albOf(cloud), call, {
    resourceType: 'loadbalancer',
    resourceId: balancer.id,
    operateType: 'Update',
    takesMs: 3000,
    balancer,
    done: () => {
      balancer.name = input.LoadBalancerName ?? balancer.name;
      balancer.modificationProtection =
        input.ModificationProtectionConfig?.Status ?? balancer.modificationProtection;
    },
  });
  return { JobId };
}

/** Removes a balancer and whatever listeners it still has. */
export function deleteLoadBalancer(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly LoadBalancerId: string };
  const state = albOf(cloud);
  const balancer = balancerById(cloud, call, input.LoadBalancerId);
  if (balancer.deletionProtection) {
    throw new ApiError(
      'OperationDenied.DeletionProtectionEnabled',
      400,
      `The deletion protection of ${balancer.id} is enabled.`,
    );
  }
  refuseUnlessFree(balancer);
  endDryRun(call);
  balancer.status = 'Deleting';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'loadbalancer',
    resourceId: balancer.id,
    operateType: 'Delete',
    takesMs: cloud.durations.albDelete,
    done: () => {
      for (const listener of state.listeners.bearing(balancer.id)) {
        state.listeners.delete(listener.id);
        for (const rule of state.rules.bearing(listener.id)) state.rules.delete(rule.id);
      }
      state.loadBalancers.delete(balancer.id);
      detach(cloud, balancer.id);
    },
  });
  return { JobId };
}

function refuseUnlessFree(balancer: LoadBalancer): void {
  if (balancer.status === 'Active' && balancer.busy === undefined) return;
  throw new ApiError(
    'IncorrectStatus.LoadBalancer',
    400,
    `The status of ${balancer.id} [${balancer.status}] is incorrect.`,
  );
}

/** Zones of one region differ in their last letter only. */
function sameRegion(zone: string, other: string): boolean {
  return zone.slice(0, -1) === other.slice(0, -1);
}

interface Mapping {
  readonly ZoneId: string;
  readonly VSwitchId: string;
  readonly AllocationId?: string;
}

/** At least two zones that take ALB, each with a ready vSwitch of this VPC in that zone. */
function checkZones(call: Call, cloud: Cloud, input: BalancerInput): readonly Mapping[] {
  const mappings = (input.ZoneMappings ?? []).map((given): Mapping => {
    if (given.ZoneId === undefined || given.VSwitchId === undefined) {
      throw new ApiError('MissingParameter', 400, 'Each of ZoneMappings needs ZoneId and VSwitchId.');
    }
    return {
      ZoneId: given.ZoneId,
      VSwitchId: given.VSwitchId,
      ...(given.AllocationId === undefined ? {} : { AllocationId: given.AllocationId }),
    };
  });
  const offered = albZones(cloud, call);
  // A region of a single zone takes load balancers in that one.
  const ofRegion = offered.filter((zone) => mappings.every((mapping) => sameRegion(mapping.ZoneId, zone)));
  const least = ofRegion.length === 1 ? 1 : 2;
  const zones = new Set(mappings.map((mapping) => mapping.ZoneId));
  if (zones.size < least || zones.size !== mappings.length || mappings.length > 10) {
    throw new ApiError(
      'InvalidParameter.ZoneMappings',
      400,
      `ZoneMappings must name from ${least} to 10 different zones, not ${zones.size}.`,
    );
  }
  for (const mapping of mappings) {
    if (!offered.includes(mapping.ZoneId)) {
      throw new ApiError(
        'ResourceNotFound.Zone',
        404,
        `The zone ${mapping.ZoneId} does not offer application load balancers.`,
      );
    }
    const vSwitch = requireVSwitch(cloud, mapping.VSwitchId);
    if (vSwitch.vpcId !== input.VpcId) {
      throw new ApiError('Mismatch.VpcId', 400, `The vSwitch ${mapping.VSwitchId} is not in ${input.VpcId}.`);
    }
    if (vSwitch.zoneId !== mapping.ZoneId) {
      throw new ApiError(
        'Mismatch.ZoneIdAndVSwitchId',
        400,
        `The vSwitch ${mapping.VSwitchId} is in ${vSwitch.zoneId}, not in ${mapping.ZoneId}.`,
      );
    }
  }
  return mappings;
}
