/** Plugs the simulated ECS into Auto Scaling. */
import { ApiError } from '../api-error.ts';
import { block, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { launchInstances } from '../ecs/launch.ts';
import { readLaunch } from '../ecs/launch-spec.ts';
import { type ResolvedTemplate, resolveTemplate, template } from '../ecs/launch-templates.ts';
import { instance } from '../ecs/lookup.ts';
import { terminateInstances } from '../ecs/terminate.ts';
import { checkSoon } from './controller.ts';
import { type LaunchRequest, plugEcs } from './ecs.ts';
import { essOf } from './lookup.ts';

/** Connects both, and lets a group look at once when one of its machines changes. */
export function bindEcs(cloud: Cloud): void {
  plugEcs(cloud, {
    launch(request) {
      const found = templateOf(cloud, request);
      const spec = readLaunch(request.regionId, {
        ...found.data,
        VSwitchId: request.vSwitchId,
        ...(request.instanceType === undefined ? {} : { InstanceType: request.instanceType }),
      });
      const { 'acs:autoscaling:scalingGroupId': groupId = '', ...own } = request.tags;
      const [made] = launchInstances(
        cloud,
        { ...spec, amount: 1, tags: new Map([...spec.tags, ...Object.entries(own)]) },
        { 'acs:autoscaling:scalingGroupId': groupId },
      );
      if (made === undefined) throw new Error('A launch of one instance made none.');
      return {
        instanceId: made.id,
        zoneId: made.zoneId,
        ip: made.privateIp,
        templateVersion: String(found.version),
      };
    },
    machine(id) {
      const entry = instance(cloud, id);
      if (entry === undefined || entry.isReleasing) return undefined;
      return { status: entry.status, zoneId: entry.zoneId, vSwitchId: entry.vSwitchId, ip: entry.privateIp };
    },
    async terminate(id) {
      const entry = instance(cloud, id);
      if (entry === undefined || entry.isReleasing) return;
      // An instance that is still Pending cannot be released yet.
      while (entry.status === 'Pending' && !cloud.isClosed()) await cloud.clock.sleep(1000);
      if (cloud.isClosed()) return;
      await terminateInstances(cloud, [entry], { force: true, ignoreProtection: true });
    },
    template(regionId, id, version) {
      const entry = template(cloud, { regionId, id });
      if (entry === undefined) return undefined;
      const number =
        version === 'Default' ? entry.defaultVersion : version === 'Latest' ? entry.latest : Number(version);
      if (!entry.versions.has(number)) return 'no-version';
      const { data } = resolveTemplate(cloud, { regionId: entry.regionId, id, version });
      const imageId = text(data, 'ImageId') ?? text(block(data, 'Image'), 'ImageId');
      const instanceType = text(data, 'InstanceType');
      return {
        ...(imageId === undefined ? {} : { imageId }),
        ...(instanceType === undefined ? {} : { instanceType }),
        hasSecurityGroup:
          text(data, 'SecurityGroupId') !== undefined || texts(data, 'SecurityGroupIds').length > 0,
      };
    },
  });
  cloud.on('instance', ({ instanceId, status }) => {
    if (status !== 'Stopped' && status !== 'Released') return;
    const group = essOf(cloud).groups.get(essOf(cloud).instances.get(instanceId)?.groupId ?? '');
    if (group?.state === 'Active') checkSoon(cloud, group);
  });
}

/** Of what ECS does not find Auto Scaling tells by codes of its own. */
const OWN_CODES: Readonly<Record<string, string>> = {
  'InvalidLaunchTemplate.NotFound': 'LaunchTemplateSet.NotFound',
  'InvalidLaunchTemplateVersion.NotFound': 'LaunchTemplateVersionSet.NotFound',
};

/** @throws ApiError LaunchTemplateSet.NotFound, LaunchTemplateVersionSet.NotFound */
function templateOf(cloud: Cloud, request: LaunchRequest): ResolvedTemplate {
  const { regionId, templateId: id, templateVersion: version } = request;
  try {
    return resolveTemplate(cloud, { regionId, id, version });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(OWN_CODES[error.code] ?? error.code, error.status, error.message);
  }
}
