import { ApiError } from './api-error.ts';
import { blocks, type Params, type Tag, tagsOf, text, texts } from './call.ts';
import { tokenPage } from './page.ts';
import type { AnyOf, Table } from './table.ts';

/** Tags of one resource, in the order they were set. */
export type Tags = Map<string, string>;

const MOST_TAGS = 20;
const LONGEST = 128;
const ADDRESS = /https?:\/\//;

/** What is answered to tags that break a rule, by products that say nothing else. */
const CODES = {
  key: 'InvalidTagKey.Malformed',
  value: 'InvalidTagValue.Malformed',
  twice: 'Duplicate.TagKey',
  count: 'InvalidTagCount',
};

/**
 * Checks tags as every product does: the form of keys and values, each key once, not too many on one resource.
 *
 * @param own codes of the product
 * @param present keys that the resource has already
 * @throws ApiError with one of the codes
 */
export function checkTags(
  added: readonly Partial<Tag>[],
  own: Partial<typeof CODES> = {},
  present: Iterable<string> = [],
): void {
  const codes = { ...CODES, ...own };
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of added) {
    if (Key === '' || Key.length > LONGEST || /^(acs:|aliyun)/i.test(Key) || ADDRESS.test(Key))
      throw new ApiError(codes.key, 400, `The tag key "${Key}" is malformed.`);
    if (Value.length > LONGEST || ADDRESS.test(Value))
      throw new ApiError(codes.value, 400, `The value of the tag "${Key}" is malformed.`);
    if (seen.has(Key)) throw new ApiError(codes.twice, 400, `The tag key "${Key}" is given twice.`);
    seen.add(Key);
  }
  if (new Set([...present, ...seen]).size > MOST_TAGS)
    throw new ApiError(codes.count, 400, `A resource takes at most ${MOST_TAGS} tags.`);
}

/** Checked tags of a create call. */
export function newTags(params: Params, name = 'Tag'): Tags {
  const added = tagsOf(params, name);
  checkTags(added);
  return new Map(added.map(({ Key, Value }) => [Key, Value]));
}

/** Whether a resource has every tag that the call filters by; a filter without a value asks for the key alone. */
export function matchesTags(tags: Tags, params: Params, name = 'Tag'): boolean {
  return filtersOf(params, name).every(
    ([key, value]) => tags.has(key) && (value === undefined || tags.get(key) === value),
  );
}

type Filter = readonly [key: string, value: string | undefined];

/** Each call is compared with everything of its kind: its filters are read once. */
const filters = new WeakMap<Params, Map<string, readonly Filter[]>>();

function filtersOf(params: Params, name: string): readonly Filter[] {
  const known = filters.get(params) ?? new Map<string, readonly Filter[]>();
  filters.set(params, known);
  const read = known.get(name);
  if (read) return read;
  const wanted = blocks(params, name).map((one): Filter => {
    const value = one['Value'];
    return [text(one, 'Key') ?? '', value === undefined ? undefined : String(value)];
  });
  known.set(name, wanted);
  return wanted;
}

/** Marks of a resource by its tags. */
export function tagMarks(tags: Tags | readonly Tag[]): readonly string[] {
  const list = tags instanceof Map ? keyValues(tags) : tags;
  return list.map(({ Key, Value }) => `${Key}=${Value}`);
}

/** The marks of what the call filters by; a filter without a value narrows nothing. */
export function tagsAsked(params: Params, name = 'Tag'): readonly AnyOf[] {
  return filtersOf(params, name).map(([key, value]) => (value === undefined ? undefined : `${key}=${value}`));
}

/** `{TagKey, TagValue}`, as ECS and ESS answer. */
export function tagKeyValues(tags: Tags): { TagKey: string; TagValue: string }[] {
  return [...tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

/** `{Key, Value}`, as VPC and ALB answer. */
export function keyValues(tags: Tags): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** A resource that the tagging calls reach. */
interface Tagged {
  readonly id: string;
  readonly regionId: string;
  readonly tags: Tags;
}

/** Resources by the ids that the tagging calls give them. */
export type TaggedTable = Pick<Table<Tagged>, 'get' | 'narrowed' | 'remark'>;

/** Everything of a resource type, as the tagging calls name it. */
export type TaggedOf = (resourceType: string, regionId: string) => TaggedTable | undefined;

const NOT_FOUND = 'InvalidResourceId.NotFound';

/** Changes the tags of the resources that the call names, once all of them are found and none refuses. */
function change(
  params: Params,
  regionId: string,
  find: TaggedOf,
  work: (tags: Tags) => void,
  check: (tags: Tags) => void = () => undefined,
): void {
  const all = find(text(params, 'ResourceType') ?? '', regionId);
  const chosen = texts(params, 'ResourceId').map((id) => {
    const found = all?.get(id);
    if (found === undefined || found.regionId !== regionId)
      throw new ApiError(NOT_FOUND, 404, `The specified ResourceId ${id} is not found.`);
    return found;
  });
  for (const resource of chosen) check(resource.tags);
  for (const resource of chosen) {
    work(resource.tags);
    all?.remark(resource.id);
  }
}

/** TagResources. */
export function tagResources(params: Params, regionId: string, find: TaggedOf): object {
  const added = tagsOf(params);
  change(
    params,
    regionId,
    find,
    (tags) => {
      for (const { Key, Value } of added) tags.set(Key, Value);
    },
    (tags) => checkTags(added, {}, tags.keys()),
  );
  return {};
}

/** UntagResources, UnTagResources. */
export function untagResources(params: Params, regionId: string, find: TaggedOf): object {
  const keys = texts(params, 'TagKey');
  change(params, regionId, find, (tags) => {
    if (params['All'] === true && keys.length === 0) tags.clear();
    for (const key of keys) tags.delete(key);
  });
  return {};
}

/** ListTagResources of ECS and VPC: by ids, by tags, or both. */
export function listTagResources(params: Params, regionId: string, find: TaggedOf): object {
  const ids = texts(params, 'ResourceId');
  const filters = blocks(params, 'Tag');
  if (ids.length === 0 && filters.length === 0) {
    throw new ApiError('MissingParameter.ResourceIdOrTag', 400, 'ResourceId.N or Tag.N must be given.');
  }
  const type = text(params, 'ResourceType') ?? '';
  const rows = (find(type, regionId)?.narrowed(ids, ...tagsAsked(params)) ?? [])
    .filter((resource) => resource.regionId === regionId)
    .filter((resource) => ids.length === 0 || ids.includes(resource.id))
    .filter((resource) => matchesTags(resource.tags, params))
    .flatMap((resource) =>
      tagKeyValues(resource.tags).map((tag) => ({ ResourceType: type, ResourceId: resource.id, ...tag })),
    );
  const { items, answer } = tokenPage(rows, params, { usual: 50, most: 50 });
  return { TagResources: { TagResource: items }, NextToken: answer.NextToken };
}
