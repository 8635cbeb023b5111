import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { Table } from '../table.ts';
import { checkTags, tagsAsked } from '../tags.ts';
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

const CODES = {
  key: 'IllegalParam.TagKey',
  value: 'IllegalParam.TagValue',
  twice: 'IllegalParam.TagKey',
  count: 'QuotaExceeded.TagsNum',
};

/** Checked tags of a create call. */
export function newTags(tags: readonly Partial<Tag>[] = []): Tag[] {
  checkTags(tags, CODES);
  return tags.map(({ Key = '', Value = '' }) => ({ Key, Value }));
}

/** TagResources: of several resources all are tagged or none. */
export function tagResources(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as TagsInput;
  const tags = newTags(input.Tag);
  const resources = chosen(call, cloud, input);
  for (const resource of resources) {
    const present = resource.tags.map((tag) => tag.Key);
    checkTags(tags, CODES, present);
  }
  for (const resource of resources) {
    for (const tag of tags) {
      const before = resource.tags.findIndex((one) => one.Key === tag.Key);
      if (before >= 0) resource.tags.splice(before, 1);
      resource.tags.push(tag);
    }
    tableOf(cloud, input).remark(resource.id);
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
    tableOf(cloud, input).remark(resource.id);
  }
  return {};
}

export function listTagResources(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as TagsInput;
  if ((input.ResourceId ?? []).length === 0 && (input.Tag ?? []).length === 0) {
    throw new ApiError('MissingParameter', 400, 'ResourceId or Tag is required.');
  }
  const rows = (input.ResourceId ? chosen(call, cloud, input) : tagged(call, cloud, input))
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
  const table = tableOf(cloud, input);
  return (input.ResourceId ?? []).map((id) => {
    const found = table.get(id);
    if (found && isInRegion(cloud, call, found)) return found;
    throw new ApiError('ResourceNotFound', 404, `The specified resource ${id} is not found.`);
  });
}

/** Those that may have the wanted tags. */
function tagged(call: Call, cloud: Cloud, input: TagsInput): Tagged[] {
  return tableOf(cloud, input)
    .narrowed(...tagsAsked(call.params))
    .filter((resource) => isInRegion(cloud, call, resource));
}

function tableOf(
  cloud: Cloud,
  { ResourceType }: TagsInput,
): Pick<Table<Tagged>, 'get' | 'narrowed' | 'remark'> {
  const state = albOf(cloud);
  switch (ResourceType.toLowerCase()) {
    case 'loadbalancer':
      return state.loadBalancers;
    case 'servergroup':
      return state.serverGroups;
    case 'listener':
      return state.listeners;
    case 'rule':
      return state.rules;
    case 'acl':
    case 'securitypolicy':
      // There are none here.
      return new Table<Tagged>(() => []);
    default:
      throw new ApiError('InvalidParameter', 400, `ResourceType ${ResourceType} is not supported.`);
  }
}
