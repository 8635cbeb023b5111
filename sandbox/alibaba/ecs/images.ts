import { createHash } from 'node:crypto';
import { invalidParameter } from '../api-error.ts';
import { type Call, commaTexts, text } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { numberedPage } from '../page.ts';
import { instanceType } from './instance-types.ts';
import { nameMatcher } from './lookup.ts';

/** An image on offer in one region. */
export interface Image {
  readonly id: string;
  readonly name: string;
  readonly owner: 'system' | 'marketplace' | 'others';
  readonly family: string;
  readonly version: string;
  readonly productCode: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly sizeGiB: number;
  /** ISO, UTC. */
  readonly createdAt: string;
  readonly kind: 'ubuntu' | 'ams';
  /** `22.04` */
  readonly osRelease: string;
  readonly amsVersion: string | undefined;
  readonly amsEdition: string | undefined;
  /** US dollars an hour on top of the instance. */
  readonly hourUsd: number;
}

/** Product codes of the marketplace offers. */
const ENTERPRISE_CODE = 'cmjj00051822';
const COMMUNITY_CODE = 'cmjj00051823';

const SYSTEM: readonly (readonly [string, string, readonly string[]])[] = [
  ['18.04', 'x64', ['20240312', '20250217']],
  ['20.04', 'x64', ['20250115', '20250821']],
  ['22.04', 'x64', ['20250815', '20250917', '20251015']],
  ['22.04', 'x64_uefi', ['20251020']],
  ['22.04', 'arm64', ['20251015']],
  ['24.04', 'x64', ['20250917', '20251015']],
  ['24.04', 'arm64', ['20251015']],
];

const OFFERS: readonly (readonly [string, string, string, number])[] = [
  ['Enterprise', '2.12.0', '2024-12-05T08:10:00Z', 0.2],
  ['Enterprise', '2.14.0', '2025-06-11T09:20:00Z', 0.2],
  ['Enterprise', '3.0.1', '2026-02-03T07:30:00Z', 0.2],
  ['Enterprise', '3.0.3', '2026-07-14T10:05:00Z', 0.2],
  ['Community', '3.0.3', '2026-07-16T10:05:00Z', 0],
];

function systemImages(): Image[] {
  return SYSTEM.flatMap(([osRelease, variant, dates]) =>
    dates.map((date): Image => {
      const release = osRelease.replace('.', '_');
      const id = `ubuntu_${release}_${variant}_20G_${variant.endsWith('uefi') ? 'uefi_' : ''}alibase_${date}.vhd`;
      return {
        id,
        name: id,
        owner: 'system',
        family: `acs:ubuntu_${release}_${variant}`,
        version: '',
        productCode: '',
        architecture: variant === 'arm64' ? 'arm64' : 'x86_64',
        sizeGiB: 20,
        createdAt: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T06:00:00Z`,
        kind: 'ubuntu',
        osRelease,
        amsVersion: undefined,
        amsEdition: undefined,
        hourUsd: 0,
      };
    }),
  );
}

function marketplaceImages(cloud: Cloud, regionId: string): Image[] {
  const code = cloud.region(regionId)?.code ?? 'xx0';
  return OFFERS.map(([edition, version, createdAt, hourUsd]) => {
    const digest = createHash('sha256').update(`${regionId}/${edition}/${version}`).digest('hex');
    return {
      id: `m-${code}${BigInt(`0x${digest}`).toString(36).slice(0, 17)}`,
      name: `Ant Media Server ${edition} ${version}`,
      owner: 'marketplace',
      family: '',
      version,
      productCode: edition === 'Enterprise' ? ENTERPRISE_CODE : COMMUNITY_CODE,
      architecture: 'x86_64',
      sizeGiB: 20,
      createdAt,
      kind: 'ams',
      osRelease: '22.04',
      amsVersion: version,
      amsEdition: `${edition} Edition`,
      hourUsd,
    };
  });
}

const catalogues = new WeakMap<Cloud, Map<string, readonly Image[]>>();

/** Every image of a region. */
function imagesIn(cloud: Cloud, regionId: string): readonly Image[] {
  const regions = catalogues.get(cloud) ?? new Map<string, readonly Image[]>();
  catalogues.set(cloud, regions);
  const images = regions.get(regionId) ?? [...systemImages(), ...marketplaceImages(cloud, regionId)];
  regions.set(regionId, images);
  return images;
}

/** Has another account share an image of its own with this one, called as it likes. @returns its id */
export function shareImage(cloud: Cloud, regionId: string, name: string): string {
  const images = imagesIn(cloud, regionId);
  const like = images.findLast((one) => one.amsEdition === 'Enterprise Edition');
  if (like === undefined) throw new Error(`there is no image in ${regionId}`);
  const id = `m-shared${images.length}`;
  const shared: Image = { ...like, id, name, owner: 'others', productCode: '', hourUsd: 0 };
  catalogues.get(cloud)?.set(regionId, [...images, shared]);
  return id;
}

/** The image of that id in the region; marketplace ids hold in one region alone. */
export function image(cloud: Cloud, regionId: string, id: string): Image | undefined {
  return imagesIn(cloud, regionId).find((one) => one.id === id);
}

export function isSubscribed(cloud: Cloud, one: Image): boolean {
  if (one.owner !== 'marketplace') return false;
  return cloud.settings.subscribedProducts?.includes(one.productCode) ?? true;
}

/** DescribeImages. Without an owner it does not show marketplace images, not even by their ids. */
export function describeImages(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const owner = text(params, 'ImageOwnerAlias');
  const ids = commaTexts(params, 'ImageId', 100);
  const states = (text(params, 'Status') ?? 'Available').split(',');
  const runsOn = text(params, 'InstanceType');
  const type = runsOn === undefined ? undefined : instanceType(runsOn);
  if (runsOn !== undefined && type === undefined) {
    throw invalidParameter('InstanceType', runsOn, undefined, 'InvalidInstanceType.ValueNotSupported');
  }
  const matches = nameMatcher(text(params, 'ImageName'));
  const architecture = text(params, 'Architecture');
  const family = text(params, 'ImageFamily');
  const all = imagesIn(cloud, regionId).filter(
    (one) =>
      (owner === undefined ? one.owner !== 'marketplace' : one.owner === owner) &&
      (ids === undefined || ids.includes(one.id)) &&
      (states.includes('Available') || states.includes('ALL')) &&
      (text(params, 'OSType') ?? 'linux') === 'linux' &&
      matches(one.name) &&
      (family === undefined || one.family === family) &&
      (architecture === undefined || one.architecture === architecture) &&
      (type === undefined || (type.architecture === 'ARM') === (one.architecture === 'arm64')),
  );
  const { items, answer } = numberedPage(all, params, { usual: 10, most: 100 });
  return { RegionId: regionId, ...answer, Images: { Image: items.map((one) => view(cloud, one)) } };
}

/** DescribeImageFromFamily: the newest image of a family. */
export function describeImageFromFamily(call: Call, cloud: Cloud): object {
  const family = text(call.params, 'ImageFamily');
  const newest = imagesIn(cloud, call.regionId)
    .filter((one) => one.family === family)
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
  return { Image: newest === undefined ? {} : view(cloud, newest) };
}

function view(cloud: Cloud, one: Image): object {
  return {
    ImageId: one.id,
    ImageName: one.name,
    ImageVersion: one.version,
    ImageFamily: one.family,
    ImageOwnerAlias: one.owner,
    ProductCode: one.productCode,
    IsSubscribed: isSubscribed(cloud, one),
    OSName: `Ubuntu  ${one.osRelease} 64位`,
    OSNameEn: `Ubuntu  ${one.osRelease} 64 bit`,
    OSType: 'linux',
    Platform: 'Ubuntu',
    Architecture: one.architecture,
    Size: one.sizeGiB,
    CreationTime: one.createdAt,
    Status: 'Available',
    Usage: 'none',
    Usable: true,
    Progress: '100%',
    IsSupportCloudinit: true,
    IsSupportIoOptimized: true,
    LoginAsNonRootSupported: true,
    IsPublic: one.owner === 'system',
    IsCopied: false,
    Description:
      one.kind === 'ams' ? `Ant Media Server ${one.amsEdition ?? ''} on Ubuntu ${one.osRelease}` : '',
    SupplierName: one.owner === 'marketplace' ? 'Ant Media' : '',
    Tags: { Tag: [] },
    DiskDeviceMappings: { DiskDeviceMapping: [] },
  };
}
