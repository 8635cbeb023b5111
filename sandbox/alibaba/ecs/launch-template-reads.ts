import { type Call, flag, number, type Params, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { numberedPage } from '../page.ts';
import { matchesTags, tagKeyValues, tagsAsked } from '../tags.ts';
import { needTemplate } from './launch-templates.ts';
import { isoTime } from './lookup.ts';
import { ecsState, type TemplateEntry, type TemplateVersion } from './state.ts';

export function describeLaunchTemplates(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = texts(params, 'LaunchTemplateId');
  const names = texts(params, 'LaunchTemplateName');
  const all = ecsState(cloud)
    .templates.narrowed(ids, names, ...tagsAsked(params, 'TemplateTag'))
    .filter(
      (entry) =>
        entry.regionId === regionId &&
        (ids.length === 0 ? isVisible(entry) : ids.includes(entry.id)) &&
        (names.length === 0 || names.includes(entry.name)) &&
        matchesTags(entry.tags, params, 'TemplateTag'),
    );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 50 });
  return {
    ...answer,
    LaunchTemplateSets: {
      LaunchTemplateSet: items.map((entry) => ({
        LaunchTemplateId: entry.id,
        LaunchTemplateName: entry.name,
        DefaultVersionNumber: entry.defaultVersion,
        LatestVersionNumber: latestShown(entry),
        CreatedBy: call.accountId,
        CreateTime: isoTime(entry.createdAt),
        ModifiedTime: isoTime(entry.createdAt),
        ResourceGroupId: '',
        Tags: { Tag: tagKeyValues(entry.tags) },
      })),
    },
  };
}

/** The newest version, but for those that lists do not show yet: they are the last ones, and the first is always told. */
function latestShown({ versions, latest }: TemplateEntry): number {
  const hidden = [...versions.values()].filter((version) => !isVisible(version));
  return hidden.reduce((least, version) => Math.min(least, Math.max(version.number - 1, 1)), latest);
}

export function describeLaunchTemplateVersions(call: Call, cloud: Cloud): object {
  const { params } = call;
  const entry = needTemplate(call, cloud);
  const numbers = texts(params, 'LaunchTemplateVersion').map(Number);
  const all = [...entry.versions.values()].filter(
    (version) =>
      (numbers.length === 0 ? isVisible(version) : numbers.includes(version.number)) &&
      version.number >= (number(params, 'MinVersion') ?? 0) &&
      version.number <= (number(params, 'MaxVersion') ?? Number.POSITIVE_INFINITY) &&
      (flag(params, 'DefaultVersion') !== true || version.number === entry.defaultVersion),
  );
  const { items, answer } = numberedPage(
    all.toSorted((a, b) => b.number - a.number),
    params,
    { usual: 10, most: 50 },
  );
  const isDetailed = flag(params, 'DetailFlag') ?? false;
  return {
    ...answer,
    LaunchTemplateVersionSets: {
      LaunchTemplateVersionSet: items.map((version) => view(call, entry, version, isDetailed)),
    },
  };
}

function view(call: Call, entry: TemplateEntry, version: TemplateVersion, isDetailed: boolean): object {
  return {
    LaunchTemplateId: entry.id,
    LaunchTemplateName: entry.name,
    VersionNumber: version.number,
    DefaultVersion: version.number === entry.defaultVersion,
    VersionDescription: version.description,
    CreatedBy: call.accountId,
    CreateTime: isoTime(version.createdAt),
    ModifiedTime: isoTime(version.createdAt),
    ...(isDetailed ? { LaunchTemplateData: dataView(version.data) } : {}),
  };
}

/** Lists are wrapped and renamed in answers; everything else keeps its name. */
function dataView(data: Params): object {
  const { Tag, SecurityGroupIds, DataDisk, SystemDisk, NetworkInterface, ...rest } = data;
  const disk = SystemDisk as Params | undefined;
  return {
    ...rest,
    ...(disk === undefined ? {} : { SystemDisk: { ...disk, ...sizeOf(disk) } }),
    ...(SecurityGroupIds === undefined ? {} : { SecurityGroupIds: { SecurityGroupId: SecurityGroupIds } }),
    Tags: { InstanceTag: Tag ?? [] },
    DataDisks: { DataDisk: DataDisk ?? [] },
    NetworkInterfaces: { NetworkInterface: NetworkInterface ?? [] },
  };
}

/** Sizes are numbers in answers, whatever they were sent as. */
function sizeOf(disk: Params): object {
  const size = number(disk, 'Size');
  return size === undefined ? {} : { Size: size };
}
