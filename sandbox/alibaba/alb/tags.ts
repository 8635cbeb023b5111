import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { albOf, hasTags, type Page, pageOf } from './lookup.ts';
import type { Tag } from './state.ts';
import { isInRegion } from './surroundings.ts';

interface TagsInput extends Page {
  readonly ResourceType: string;
  readonly ResourceId?: readonly string[];
  readonly Tag?: readonly Tag[];
  readonly TagKey?: readonly string[];
  readonly All?: boolean;
}

interface Tagged {
  readonly id: string;
  readonly regionId: string;
  readonly tags: Tag[];
}

/** Tags a resource may have. */
const MOST_TAGS = 20;

export function tagResources(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as TagsInput;
  const tags = input.Tag ?? [];
  checkTags(tags);
  for (const resource of chosen(call, cloud, input)) {
    for (const tag of tags) {
      const before = resource.tags.findIndex((one) => one.Key === tag.Key);
      if (before >= 0) resource.tags.splice(before, 1);
      resource.tags.push({ Key: tag.Key, Value: tag.Value ?? '' });
    }
    if (resource.tags.length > MOST_TAGS) {
      throw new ApiError('QuotaExceeded.TagsNum', 400, `${resource.id} has more than ${MOST_TAGS} tags.`);
    }
  }
  return {};
}

export function unTagResources(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as TagsInput;
  for (const resource of chosen(call, cloud, input)) {
    const kept = resource.tags.filter(
      (tag) =>
        input.All !== true &&
        !(input.TagKey ?? []).includes(tag.Key) &&
        !(input.Tag ?? []).some((one) => one.Key === tag.Key && one.Value === tag.Value),
    );
    resource.tags.splice(0, resource.tags.length, ...kept);
  }
  return {};
}

export function listTagResources(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as TagsInput;
  if ((input.ResourceId ?? []).length === 0 && (input.Tag ?? []).length === 0) {
    throw new ApiError('MissingParameter', 400, 'ResourceId or Tag is required.');
  }
  const rows = (input.ResourceId ? chosen(call, cloud, input) : all(call, cloud, input.ResourceType))
    .filter((resource) => hasTags(resource.tags, input.Tag))
    .flatMap((resource) =>
      resource.tags.map((tag) => ({
        ResourceType: input.ResourceType,
        ResourceId: resource.id,
        TagKey: tag.Key,
        TagValue: tag.Value,
      })),
    );
  const { entries, answer } = pageOf(rows, input);
  return { TagResources: entries, ...answer };
}

function chosen(call: Call, cloud: Cloud, input: TagsInput): Tagged[] {
  const resources = all(call, cloud, input.ResourceType);
  return (input.ResourceId ?? []).map((id) => {
    const found = resources.find((resource) => resource.id === id);
    if (found) return found;
    throw new ApiError('ResourceNotFound', 404, `The specified resource ${id} is not found.`);
  });
}

function all(call: Call, cloud: Cloud, type: string): Tagged[] {
  const state = albOf(cloud);
  const kinds: Record<string, Iterable<Tagged>> = {
    loadbalancer: state.loadBalancers.values(),
    servergroup: state.serverGroups.values(),
    listener: state.listeners.values(),
    rule: state.rules.values(),
    acl: [],
    securitypolicy: [],
  };
  const kind = kinds[type.toLowerCase()];
  if (kind === undefined)
    throw new ApiError('InvalidParameter', 400, `ResourceType ${type} is not supported.`);
  return [...kind].filter((resource) => isInRegion(cloud, call, resource));
}

/** @throws ApiError for keys that the tag rules forbid */
export function checkTags(tags: readonly Tag[]): void {
  for (const { Key, Value } of tags) {
    const reserved = /^(aliyun|acs:)/i.test(Key) || /https?:\/\//.test(Key);
    if (Key === '' || Key.length > 128 || (Value ?? '').length > 128 || reserved) {
      throw new ApiError('IllegalParam.TagKey', 400, `The tag ${Key} is not allowed.`);
    }
  }
}
