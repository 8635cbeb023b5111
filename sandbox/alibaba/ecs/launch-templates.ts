import { ApiError, notFound, quotaExceeded } from '../api-error.ts';
import { type Call, needText, number, type Params, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { inRegion } from '../table.ts';
import { newTags } from '../tags.ts';
import { checkUserData } from './launch-checks.ts';
import { ecsState, type TemplateEntry, type TemplateVersion } from './state.ts';

/** Parameters that are about the template or the call, not about the instances. */
const NOT_DATA = new Set([
  'RegionId',
  'LaunchTemplateName',
  'LaunchTemplateId',
  'VersionDescription',
  'TemplateTag',
  'TemplateResourceGroupId',
  'OwnerId',
  'OwnerAccount',
  'ResourceOwnerAccount',
  'ResourceOwnerId',
  'Action',
  'Version',
]);

/** Which version of which template. */
export interface TemplateChoice {
  readonly regionId: string;
  readonly id?: string;
  readonly name?: string;
  /** A number, `Default` (also when left out) or `Latest`. */
  readonly version?: string;
}

/** A version found. `data` holds parameters under their wire names, to be read with `readLaunch`. */
export interface ResolvedTemplate {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly data: Params;
}

/** @throws ApiError InvalidLaunchTemplate.NotFound, InvalidLaunchTemplateVersion.NotFound */
export function resolveTemplate(cloud: Cloud, choice: TemplateChoice): ResolvedTemplate {
  const entry = find(cloud, choice);
  const wanted = choice.version ?? 'Default';
  const number =
    wanted === 'Default' ? entry.defaultVersion : wanted === 'Latest' ? entry.latest : Number(wanted);
  const version = entry.versions.get(number);
  if (version === undefined) {
    throw notFound(
      'InvalidLaunchTemplateVersion.NotFound',
      `version ${wanted} of launch template ${entry.id}`,
    );
  }
  return { id: entry.id, name: entry.name, version: version.number, data: version.data };
}

/** The template itself; undefined when there is none. */
export function template(
  cloud: Cloud,
  choice: Pick<TemplateChoice, 'regionId' | 'id' | 'name'>,
): TemplateEntry | undefined {
  return ecsState(cloud)
    .templates.narrowed(choice.id ?? choice.name)
    .find(
      (entry) =>
        entry.regionId === choice.regionId &&
        (choice.id === undefined ? entry.name === choice.name : entry.id === choice.id),
    );
}

function find(cloud: Cloud, choice: TemplateChoice): TemplateEntry {
  const entry = template(cloud, choice);
  if (entry === undefined) {
    throw notFound('InvalidLaunchTemplate.NotFound', `launch template ${choice.id ?? choice.name ?? ''}`);
  }
  return entry;
}

/** The template that a call names by id or name. */
export function needTemplate(call: Call, cloud: Cloud): TemplateEntry {
  const id = text(call.params, 'LaunchTemplateId');
  const name = text(call.params, 'LaunchTemplateName');
  if (id === undefined && name === undefined) {
    throw new ApiError('MissingParameter', 400, 'LaunchTemplateId or LaunchTemplateName must be given.');
  }
  return find(cloud, {
    regionId: call.regionId,
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
  });
}

/** CreateLaunchTemplate: what the template names is not looked up, as in the real service. */
export function createLaunchTemplate(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const { templates } = ecsState(cloud);
  const name = needText(params, 'LaunchTemplateName');
  if (template(cloud, { regionId, name }) !== undefined) {
    throw new ApiError(
      'LaunchTemplateName.Duplicated',
      400,
      `The launch template name ${name} is already in use.`,
    );
  }
  const quota = cloud.settings.quotas.launchTemplates;
  if (templates.count(inRegion(regionId)) >= quota)
    throw quotaExceeded('LaunchTemplateLimitExceed', 'launch templates', quota);
  const first = newVersion(call, cloud, 1);
  const entry: TemplateEntry = {
    id: cloud.newId('lt', regionId),
    regionId,
    name,
    createdAt: cloud.clock.now(),
    visibleAt: first.visibleAt,
    tags: newTags(params, 'TemplateTag'),
    versions: new Map([[1, first]]),
    latest: 1,
    defaultVersion: 1,
  };
  templates.set(entry.id, entry);
  return { LaunchTemplateId: entry.id, LaunchTemplateVersionNumber: 1 };
}

export function createLaunchTemplateVersion(call: Call, cloud: Cloud): object {
  const entry = needTemplate(call, cloud);
  const quota = cloud.settings.quotas.launchTemplateVersions;
  if (entry.versions.size >= quota) {
    throw quotaExceeded('LaunchTemplateVersionLimitExceed', 'versions of a launch template', quota);
  }
  const version = newVersion(call, cloud, entry.latest + 1);
  entry.versions.set(version.number, version);
  entry.latest = version.number;
  return { LaunchTemplateId: entry.id, LaunchTemplateVersionNumber: version.number };
}

function newVersion(call: Call, cloud: Cloud, number: number): TemplateVersion {
  checkUserData(text(call.params, 'UserData') ?? '');
  newTags(call.params);
  return {
    number,
    description: text(call.params, 'VersionDescription') ?? '',
    createdAt: cloud.clock.now(),
    visibleAt: cloud.visibleAt(0),
    data: Object.fromEntries(Object.entries(call.params).filter(([name]) => !NOT_DATA.has(name))),
  };
}

export function modifyLaunchTemplateDefaultVersion(call: Call, cloud: Cloud): object {
  const entry = needTemplate(call, cloud);
  const version = number(call.params, 'DefaultVersionNumber') ?? 0;
  if (!entry.versions.has(version)) {
    throw notFound(
      'InvalidLaunchTemplateVersion.NotFound',
      `version ${version} of launch template ${entry.id}`,
    );
  }
  entry.defaultVersion = version;
  return { LaunchTemplateId: entry.id };
}

/** DeleteLaunchTemplateVersion: the default version cannot go. */
export function deleteLaunchTemplateVersion(call: Call, cloud: Cloud): object {
  const entry = needTemplate(call, cloud);
  const versions = texts(call.params, 'DeleteVersion').map(Number);
  if (versions.includes(entry.defaultVersion)) {
    throw new ApiError(
      'InvalidParameter.DefaultVersion',
      403,
      `Version ${entry.defaultVersion} is the default version of ${entry.id} and cannot be deleted.`,
    );
  }
  for (const version of versions) {
    if (!entry.versions.has(version)) {
      throw notFound(
        'InvalidLaunchTemplateVersion.NotFound',
        `version ${version} of launch template ${entry.id}`,
      );
    }
  }
  for (const version of versions) entry.versions.delete(version);
  return { LaunchTemplateId: entry.id };
}

export function deleteLaunchTemplate(call: Call, cloud: Cloud): object {
  const entry = needTemplate(call, cloud);
  ecsState(cloud).templates.delete(entry.id);
  return { LaunchTemplateId: entry.id };
}
