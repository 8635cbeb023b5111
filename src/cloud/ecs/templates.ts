import type { Line } from '../calling/line.ts';
import { gone, idIn, orNothing } from '../calling/outcome.ts';
import { byNumber } from '../calling/paging.ts';
import { fromTagList, toTagList, toWireTags } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

export interface LaunchTemplate {
  readonly launchTemplateId: string;
  readonly launchTemplateName: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly createdAt: string | undefined;
  /** Of the template itself. */
  readonly tags: Tags;
}

/** What the instances of a template version are made of. */
export interface TemplateContent {
  readonly imageId: string;
  readonly instanceType: string;
  readonly securityGroupId: string;
  readonly keyPairName: string;
  readonly diskGiB: number;
  /** Default `cloud_essd`. */
  readonly diskCategory?: string | undefined;
  /** Mbit/s; 0 gives no public address. */
  readonly bandwidthMbps: number;
  /** Base64, 16 KiB at most before encoding. */
  readonly userData?: string | undefined;
  readonly instanceName?: string | undefined;
  /** Of the instances, their disks and interfaces. */
  readonly instanceTags: Tags;
}

export interface TemplateVersion {
  readonly version: number;
  readonly isDefault: boolean;
  readonly description: string | undefined;
  readonly createdAt: string | undefined;
  readonly imageId: string | undefined;
  readonly instanceType: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly keyPairName: string | undefined;
  readonly diskGiB: number | undefined;
  readonly diskCategory: string | undefined;
  /** False: it stays, and costs, when the instance goes. */
  readonly diskGoes: boolean | undefined;
  /** How many besides the system disk; undefined: not told. */
  readonly dataDisks: number | undefined;
  readonly bandwidthMbps: number | undefined;
  /** `PayByTraffic`, `PayByBandwidth`. */
  readonly bandwidthCharge: string | undefined;
  /** `NoSpot`, `SpotAsPriceGo`, … */
  readonly spotStrategy: string | undefined;
  /** Base64. */
  readonly userData: string | undefined;
  readonly instanceTags: Tags;
}

export interface Templates {
  /** By the template's own tags, by exact names or by ids (DescribeLaunchTemplates). */
  listTemplates(input: {
    readonly tags?: Tags | undefined;
    readonly names?: readonly string[] | undefined;
    readonly ids?: readonly string[] | undefined;
  }): Promise<readonly LaunchTemplate[]>;
  /** All versions with their content, newest first; of one that is gone, none (DescribeLaunchTemplateVersions). */
  templateVersions(launchTemplateId: string): Promise<readonly TemplateVersion[]>;
  /** Nothing of the content is checked by the cloud until an instance is started (CreateLaunchTemplate; no token). */
  createTemplate(input: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly tags: Tags;
    readonly content: TemplateContent;
  }): Promise<{ readonly launchTemplateId: string; readonly version: number }>;
  /** Nothing is inherited: the content is the whole of it (CreateLaunchTemplateVersion; no token). @returns the number */
  createTemplateVersion(input: {
    readonly launchTemplateId: string;
    readonly description?: string | undefined;
    readonly content: TemplateContent;
  }): Promise<number>;
  /** The default version cannot go. */
  deleteTemplateVersions(launchTemplateId: string, versions: readonly number[]): Promise<void>;
  /** With all versions; gone already is success (DeleteLaunchTemplate). */
  deleteTemplate(launchTemplateId: string): Promise<void>;
}

const PAGE = 50;

export function createTemplates(line: Line<'ecs'>): Templates {
  const { regionId } = line;
  return {
    listTemplates: async ({ tags, names, ids }) => {
      const all = await byNumber(PAGE, async (pageNumber) => {
        const answer = await line.call('DescribeLaunchTemplates', {
          regionId,
          launchTemplateName: names && [...names],
          launchTemplateId: ids && [...ids],
          templateTag: toTagList(tags),
          pageNumber,
          pageSize: PAGE,
        });
        return { items: answer.launchTemplateSets?.launchTemplateSet ?? [], total: answer.totalCount };
      });
      return all.map((one) => ({
        launchTemplateId: one.launchTemplateId ?? '',
        launchTemplateName: one.launchTemplateName ?? '',
        defaultVersion: one.defaultVersionNumber ?? 1,
        latestVersion: one.latestVersionNumber ?? 1,
        createdAt: one.createTime,
        tags: fromTagList(one.tags?.tag),
      }));
    },
    async templateVersions(launchTemplateId) {
      const all = await byNumber(PAGE, async (pageNumber) => {
        const answer = await orNothing(
          line.call('DescribeLaunchTemplateVersions', {
            regionId,
            launchTemplateId,
            detailFlag: true,
            pageNumber,
            pageSize: PAGE,
          }),
        );
        if (answer === undefined) return { items: [], total: 0 };
        const sets = answer.launchTemplateVersionSets?.launchTemplateVersionSet ?? [];
        return { items: sets, total: answer.totalCount };
      });
      const versions = all.map((one): TemplateVersion => {
        const content = one.launchTemplateData;
        return {
          version: one.versionNumber ?? 0,
          isDefault: one.defaultVersion ?? false,
          description: one.versionDescription,
          createdAt: one.createTime,
          imageId: content?.imageId,
          instanceType: content?.instanceType,
          securityGroupIds: content?.securityGroupId
            ? [content.securityGroupId]
            : (content?.securityGroupIds?.securityGroupId ?? []),
          keyPairName: content?.keyPairName,
          diskGiB: content?.systemDisk?.size,
          diskCategory: content?.systemDisk?.category,
          diskGoes: content?.systemDisk?.deleteWithInstance,
          dataDisks: content?.dataDisks?.dataDisk?.length,
          bandwidthMbps: content?.internetMaxBandwidthOut,
          bandwidthCharge: content?.internetChargeType,
          spotStrategy: content?.spotStrategy,
          userData: content?.userData,
          instanceTags: fromTagList(content?.tags?.instanceTag),
        };
      });
      return versions.toSorted((a, b) => b.version - a.version);
    },
    async createTemplate({ name, description, tags, content }) {
      const answer = await line.callByForm('CreateLaunchTemplate', {
        RegionId: regionId,
        LaunchTemplateName: name,
        VersionDescription: description,
        TemplateTag: toWireTags(tags),
        ...wireOf(content),
      });
      return {
        launchTemplateId: idIn(
          answer['LaunchTemplateId'] as string | undefined,
          'ecs',
          'CreateLaunchTemplate',
        ),
        version: Number(answer['LaunchTemplateVersionNumber'] ?? 1),
      };
    },
    async createTemplateVersion({ launchTemplateId, description, content }) {
      const answer = await line.callByForm('CreateLaunchTemplateVersion', {
        RegionId: regionId,
        LaunchTemplateId: launchTemplateId,
        VersionDescription: description,
        ...wireOf(content),
      });
      const version = answer['LaunchTemplateVersionNumber'];
      return Number(
        idIn(version === undefined ? undefined : String(version), 'ecs', 'CreateLaunchTemplateVersion'),
      );
    },
    deleteTemplateVersions: (launchTemplateId, versions) =>
      gone(
        line.call('DeleteLaunchTemplateVersion', {
          regionId,
          launchTemplateId,
          deleteVersion: [...versions],
        }),
      ),
    deleteTemplate: (launchTemplateId) =>
      gone(line.call('DeleteLaunchTemplate', { regionId, launchTemplateId })),
  };
}

/** By form body: user data holds the database's password, which has no place in a URL. */
function wireOf(content: TemplateContent) {
  return {
    ImageId: content.imageId,
    InstanceType: content.instanceType,
    SecurityGroupId: content.securityGroupId,
    KeyPairName: content.keyPairName,
    NetworkType: 'vpc',
    SystemDisk: {
      Category: content.diskCategory ?? 'cloud_essd',
      Size: content.diskGiB,
      DeleteWithInstance: true,
    },
    InternetChargeType: 'PayByTraffic',
    InternetMaxBandwidthOut: content.bandwidthMbps,
    InstanceName: content.instanceName,
    UserData: content.userData,
    Tag: toWireTags(content.instanceTags),
  };
}
