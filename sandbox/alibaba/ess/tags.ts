/** Tags of scaling groups (2022-02-22). */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { tagsAsked } from '../tags.ts';
import { essOf, groupById, oneOf } from './lookup.ts';
import type { GroupTag, ScalingGroup } from './state.ts';

interface TagsInput {
  readonly ResourceType: string;
  readonly ResourceIds?: readonly string[];
  readonly Tags?: readonly { readonly Key: string; readonly Value?: string; readonly Propagate?: boolean }[];
  readonly TagKeys?: readonly string[];
  readonly All?: boolean;
  readonly NextToken?: string;
}

const PAGE = 50;

export function tagResources(call: Call, cloud: Cloud): unknown {
  const input = read(call);
  for (const group of chosen(call, cloud, input)) {
    for (const tag of input.Tags ?? []) {
      drop(group, (one) => one.Key === tag.Key);
      group.tags.push({ Key: tag.Key, Value: tag.Value ?? '', Propagate: tag.Propagate ?? false });
    }
    essOf(cloud).groups.remark(group.id);
    if (group.tags.length > 20)
      throw new ApiError('InvalidParameter', 400, `${group.id} takes at most 20 tags.`);
  }
  return {};
}

export function untagResources(call: Call, cloud: Cloud): unknown {
  const input = read(call);
  for (const group of chosen(call, cloud, input)) {
    drop(group, (tag) => input.All === true || (input.TagKeys ?? []).includes(tag.Key));
    essOf(cloud).groups.remark(group.id);
  }
  return {};
}

export function listTagResources(call: Call, cloud: Cloud): unknown {
  const input = read(call);
  if ((input.ResourceIds ?? []).length === 0 && (input.Tags ?? []).length === 0) {
    throw new ApiError('MissingParameter', 400, 'ResourceIds or Tags is required.');
  }
  const groups = input.ResourceIds
    ? chosen(call, cloud, input)
    : essOf(cloud)
        .groups.narrowed(...tagsAsked(call.params, 'Tags'))
        .filter((group) => group.regionId === call.regionId);
  const rows = groups
    .filter((group) =>
      (input.Tags ?? []).every((wanted) =>
        group.tags.some(
          (tag) => tag.Key === wanted.Key && (wanted.Value === undefined || tag.Value === wanted.Value),
        ),
      ),
    )
    .flatMap((group) =>
      group.tags.map((tag) => ({
        ResourceType: 'scalinggroup',
        ResourceId: group.id,
        TagKey: tag.Key,
        TagValue: tag.Value,
        Propagate: tag.Propagate,
      })),
    );
  const from = Number(input.NextToken ?? 0) || 0;
  return {
    TagResources: rows.slice(from, from + PAGE),
    ...(from + PAGE < rows.length ? { NextToken: String(from + PAGE) } : {}),
  };
}

function read(call: Call): TagsInput {
  const input = call.params as unknown as TagsInput;
  oneOf('ResourceType', input.ResourceType.toLowerCase(), ['scalinggroup']);
  return input;
}

function chosen(call: Call, cloud: Cloud, input: TagsInput): ScalingGroup[] {
  return (input.ResourceIds ?? []).map((id) => groupById(cloud, call, id));
}

function drop(group: ScalingGroup, which: (tag: GroupTag) => boolean): void {
  const kept = group.tags.filter((tag) => !which(tag));
  group.tags.splice(0, group.tags.length, ...kept);
}
