/**
 * What Auto Scaling needs of ECS and VPC. The instances themselves come through a port that is plugged in when
 * the cloud starts, so that the two products do not import each other in a circle.
 */
import { ApiError } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { vSwitch } from '../vpc/lookup.ts';
import type { VSwitchEntry } from '../vpc/state.ts';
import type { ScalingGroup } from './state.ts';

/** An ECS instance as Auto Scaling sees it. */
export interface Machine {
  readonly status: string;
  readonly zoneId: string;
  readonly vSwitchId: string;
  readonly ip: string;
}

export interface LaunchRequest {
  readonly regionId: string;
  readonly templateId: string;
  /** A number, `Default` or `Latest`. */
  readonly templateVersion: string;
  readonly vSwitchId: string;
  /** Instead of the template's own. */
  readonly instanceType: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Launched {
  readonly instanceId: string;
  readonly zoneId: string;
  readonly ip: string;
  /** The version that `Default` or `Latest` meant. */
  readonly templateVersion: string;
}

/** ECS, from Auto Scaling's side. Refusals are `ApiError`s with the codes of ECS. */
export interface EcsPort {
  launch(request: LaunchRequest): Promise<Launched> | Launched;
  /** Undefined once the instance is gone. */
  machine(instanceId: string): Machine | undefined;
  /** Releases an instance, running or not; an unknown one is fine. */
  terminate(instanceId: string): Promise<void> | void;
  /** What of a template is there; undefined when there is no such template or version. */
  template(
    regionId: string,
    id: string,
    version: string,
  ):
    | { readonly imageId?: string; readonly instanceType?: string; readonly hasSecurityGroup: boolean }
    | 'no-version'
    | undefined;
}

const ports = new WeakMap<Cloud, EcsPort>();

/** Tells Auto Scaling of a cloud where its instances come from. */
export function plugEcs(cloud: Cloud, port: EcsPort): void {
  ports.set(cloud, port);
}

function ecsOf(cloud: Cloud): EcsPort {
  const port = ports.get(cloud);
  if (port) return port;
  throw new ApiError('ResourceNotAvailable.ECS', 400, 'ECS is not available in this cloud.');
}

/** Launches one instance of a group into a vSwitch, with the tags that mark it as the group's. */
export async function launch(
  cloud: Cloud,
  group: ScalingGroup,
  attempt: { readonly vSwitchId: string; readonly instanceType: string | undefined },
): Promise<Launched> {
  const propagated = group.tags.filter((tag) => tag.Propagate).map((tag) => [tag.Key, tag.Value] as const);
  return ecsOf(cloud).launch({
    regionId: group.regionId,
    templateId: group.templateId,
    templateVersion: group.templateVersion,
    ...attempt,
    tags: { ...Object.fromEntries(propagated), 'acs:autoscaling:scalingGroupId': group.id },
  });
}

export function machine(cloud: Cloud, instanceId: string): Machine | undefined {
  return ecsOf(cloud).machine(instanceId);
}

export async function terminate(cloud: Cloud, instanceId: string): Promise<void> {
  await ecsOf(cloud).terminate(instanceId);
}

/** Zones of vSwitches, in the order given; those that are gone are left out. */
export function vSwitchZones(
  cloud: Cloud,
  ids: readonly string[],
): { readonly id: string; readonly zoneId: string }[] {
  return ids.flatMap((id) => {
    const found = vSwitch(cloud, id);
    return found ? [{ id, zoneId: found.zoneId }] : [];
  });
}

/** @throws ApiError InvalidVSwitchId.NotFound or IncorrectVSwitchStatus */
export function requireVSwitch(cloud: Cloud, regionId: string, id: string): VSwitchEntry {
  const found = vSwitch(cloud, id);
  if (found === undefined || found.regionId !== regionId) {
    throw new ApiError('InvalidVSwitchId.NotFound', 404, `The vSwitch ${id} does not exist.`);
  }
  if (found.status !== 'Available') {
    throw new ApiError(
      'IncorrectVSwitchStatus',
      400,
      `The status of vSwitch ${id} [${found.status}] is incorrect.`,
    );
  }
  return found;
}

/** Checks that a launch template is there and names image, instance type and security group. */
export function checkTemplate(
  cloud: Cloud,
  regionId: string,
  wanted: { readonly id: string; readonly version: string; readonly hasOverrides: boolean },
): void {
  const found = ecsOf(cloud).template(regionId, wanted.id, wanted.version);
  if (found === undefined) {
    throw new ApiError('LaunchTemplateSet.NotFound', 404, `The launch template ${wanted.id} does not exist.`);
  }
  if (found === 'no-version') {
    throw new ApiError(
      'LaunchTemplateVersionSet.NotFound',
      404,
      `The launch template ${wanted.id} has no version ${wanted.version}.`,
    );
  }
  const lacks = (what: string) =>
    new ApiError(`TemplateMissingParameter.${what}`, 400, `The template lacks ${what}.`);
  if (found.imageId === undefined) throw lacks('ImageId');
  if (found.instanceType === undefined && !wanted.hasOverrides) throw lacks('InstanceTypes');
  if (!found.hasSecurityGroup) throw lacks('SecurityGroup');
}
