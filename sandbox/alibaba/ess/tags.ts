/** Tags of scaling groups (2022-02-22). */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { checkTags, tagsAsked } from '../tags.ts';
import { essOf, groupById, oneOf } from './lookup.ts';
import type { GroupTag, ScalingGroup } from './state.ts';

interface TagsInput {
  readonly ResourceType: string;
  readonly ResourceIds?: readonly string[];
  readonly Tags?: readonly Partial<GroupTag>[];
  readonly TagKeys?: readonly string[];
  readonly All?: boolean;
  readonly NextToken?: string;
}

const PAGE = 50;

const CODES = { count: 'InvalidParameter' };

/** Checked tags of a create call. */
export function newTags(tags: readonly Partial<GroupTag>[] = []): GroupTag[] {
  checkTags(tags, CODES);
  return tags.map(({ Key = '', Value = '', Propagate = false }) => ({ Key, Value, Propagate }));
}

/** TagResources: of several groups all are tagged or none. */
export function tagResources(call: Call, cloud: Cloud): unknown {
  const input = read(call);
  const tags = newTags(input.Tags);
  const groups = chosen(call, cloud, input);
  for (const group of groups) {
    const present = group.tags.map((tag) => tag.Key);
    checkTags(tags, CODES, present);
  }
  for (const group of groups) {
    for (const tag of tags) {
      drop(group, (one) => one.Key === tag.Key);
      group.tags.push(tag);
    }
    essOf(cloud).groups.remark(group.id);
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
