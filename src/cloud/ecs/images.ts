import type { Line } from '../calling/line.ts';
import { byNumber, inRuns } from '../calling/paging.ts';

export interface Image {
  readonly imageId: string;
  readonly imageName: string;
  readonly imageVersion: string | undefined;
  readonly imageFamily: string | undefined;
  /** `system`, `self`, `others`, `marketplace`. */
  readonly owner: string | undefined;
  /** Marketplace product, `cmjj…`; undefined for images that are none. */
  readonly productCode: string | undefined;
  /** Whether this account has accepted the Marketplace product. */
  readonly isSubscribed: boolean;
  /** `x86_64`, `arm64`. */
  readonly architecture: string;
  readonly osName: string | undefined;
  /** Least size of the system disk. */
  readonly sizeGiB: number | undefined;
  /** `Available` and others. */
  readonly status: string;
  /** ISO 8601, UTC. */
  readonly creationTime: string;
}

export interface Images {
  /**
   * Images of an owner by name (`*` stands for anything), or by id, Marketplace ones included (DescribeImages). Only
   * those that can be used (`Available`).
   */
  listImages(input: {
    readonly owner?: 'system' | 'self' | 'others' | 'marketplace' | undefined;
    readonly imageName?: string | undefined;
    readonly imageIds?: readonly string[] | undefined;
  }): Promise<readonly Image[]>;
}

const PAGE = 100;

export function createImages(line: Line<'ecs'>): Images {
  async function read(input: Parameters<Images['listImages']>[0]): Promise<readonly Image[]> {
    const all = await byNumber(PAGE, async (pageNumber) => {
      const answer = await line.call('DescribeImages', {
        regionId: line.regionId,
        imageOwnerAlias: input.owner,
        imageName: input.imageName,
        imageId: input.imageIds?.join(','),
        pageNumber,
        pageSize: PAGE,
      });
      return { items: answer.images?.image ?? [], total: answer.totalCount };
    });
    return all.map((one) => ({
      imageId: one.imageId ?? '',
      imageName: one.imageName ?? '',
      imageVersion: one.imageVersion,
      imageFamily: one.imageFamily,
      owner: one.imageOwnerAlias,
      productCode: one.productCode === '' ? undefined : one.productCode,
      isSubscribed: one.isSubscribed ?? false,
      architecture: one.architecture ?? '',
      osName: one.OSNameEn ?? one.OSName,
      sizeGiB: one.size,
      status: one.status ?? '',
      creationTime: one.creationTime ?? '',
    }));
  }
  return {
    async listImages(input) {
      const { imageIds, owner } = input;
      if (imageIds === undefined) return read(input);
      const found = (
        await Promise.all(inRuns(imageIds, PAGE).map((ids) => read({ ...input, imageIds: ids })))
      ).flat();
      if (owner !== undefined) return found;
      // Without an owner the API leaves the Marketplace out.
      const missing = imageIds.filter((id) => !found.some((image) => image.imageId === id));
      if (missing.length === 0) return found;
      const bought = await Promise.all(
        inRuns(missing, PAGE).map((ids) => read({ imageIds: ids, owner: 'marketplace' })),
      );
      return [...found, ...bought.flat()];
    },
  };
}
