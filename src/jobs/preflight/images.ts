import type { RegionCloud } from '../../cloud/cloud.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { Findings } from './findings.ts';

/** The image that the nodes boot from: a named one, else the newest subscribed Ant Media Enterprise one. */
export async function chooseNodeImage(
  region: RegionCloud,
  settings: Settings,
  named: string | undefined,
  findings: Findings,
): Promise<ClusterSpec['image'] | undefined> {
  const id = named ?? settings.image.id;
  const images = id
    ? await region.ecs.listImages({ imageIds: [id] })
    : await region.ecs.listImages({ owner: 'marketplace', imageName: settings.image.name });
  const fitting = images
    .filter((image) => image.status === 'Available' && image.architecture === 'x86_64')
    .filter((image) => !settings.image.productCode || id || image.productCode === settings.image.productCode)
    .filter((image) => id || !/community/i.test(image.imageName))
    .toSorted(
      (a, b) =>
        b.creationTime.localeCompare(a.creationTime) ||
        (b.imageVersion ?? '').localeCompare(a.imageVersion ?? ''),
    );
  const newest = fitting[0];
  if (!newest) {
    findings.problem(
      'image_unknown',
      id
        ? `There is no usable image ${id} in ${region.regionId}.`
        : `The Marketplace has no image "${settings.image.name}" in ${region.regionId}.`,
      'Image ids differ by region: name another with --image, or set image.id in ams.yaml.',
    );
    return undefined;
  }
  // A subscribed image wins over a newer one that nobody may start.
  const usable = fitting.find((image) => image.productCode === undefined || image.isSubscribed) ?? newest;
  if (usable.productCode !== undefined && !usable.isSubscribed) {
    findings.problem(
      'image_not_subscribed',
      `This account has no subscription to the Marketplace image ${usable.imageName} (product ${usable.productCode}).`,
      `Subscribe to product ${usable.productCode} in the Alibaba Cloud Marketplace with this account once, then try again.`,
    );
    return undefined;
  }
  if (/community/i.test(usable.imageName)) {
    findings.problem(
      'community_edition',
      `Image ${usable.imageId} (${usable.imageName}) is the Community Edition, which cannot form a cluster.`,
      'Choose an Enterprise image with --image.',
    );
    return undefined;
  }
  const { sizeGiB = 0 } = usable;
  if (sizeGiB > settings.nodes.diskGiB) {
    findings.problem(
      'disk_too_small',
      `Image ${usable.imageId} needs a disk of ${sizeGiB} GiB, and nodes get ${settings.nodes.diskGiB} GiB.`,
      `Set nodes.diskGiB in ams.yaml to ${sizeGiB} or more, or choose another image with --image.`,
    );
    return undefined;
  }
  // Anybody may share an image with any account, under any name; the plan shows that name.
  if (usable.owner === 'others') {
    findings.risk(
      `Image ${usable.imageId} ("${usable.imageName}") is of another account, which alone chose its name and what is in it: it gets the login of the database, and all that nodes may. Approve only if you know whose it is.`,
    );
  }
  return {
    imageId: usable.imageId,
    name: usable.imageName,
    ...(usable.productCode === undefined ? {} : { productCode: usable.productCode }),
  };
}

const VARIANT = /uefi|arm64|gpu|driver|container|docker|nvidia/i;

/** The newest plain system image of an Ubuntu release, which install_mongodb.sh supports: 22.04 or 24.04. */
export async function chooseUbuntuImage(
  region: RegionCloud,
  release: string,
  findings: Findings,
): Promise<string | undefined> {
  const pattern = `ubuntu_${release.replace('.', '_')}_x64*`;
  const images = await region.ecs.listImages({ owner: 'system', imageName: pattern });
  const newest = images
    .filter(
      (image) =>
        image.status === 'Available' && image.architecture === 'x86_64' && !VARIANT.test(image.imageName),
    )
    .toSorted(
      (a, b) => b.creationTime.localeCompare(a.creationTime) || b.imageName.localeCompare(a.imageName),
    )[0];
  if (newest) return newest.imageId;
  findings.problem(
    'image_unknown',
    `${region.regionId} has no Ubuntu ${release} system image.`,
    'Choose the other release with --ubuntu 22.04 or 24.04.',
  );
  return undefined;
}
