/** Tags as names and values. */
export type Tags = Readonly<Record<string, string>>;

/** A tag as requests take it (`Tag.N.Key`, `Tag.N.Value`). */
export function toTagList(
  tags: Tags | undefined,
): { readonly key: string; readonly value: string }[] | undefined {
  return tags && Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** The same under wire names, for calls by form body. */
export function toWireTags(
  tags: Tags | undefined,
): { readonly Key: string; readonly Value: string }[] | undefined {
  return tags && Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value }));
}

interface AnyTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly tagKey?: string | undefined;
  readonly tagValue?: string | undefined;
}

/** Tags of an answer; ECS and ESS say `TagKey`, VPC and ALB `Key`. */
export function fromTagList(list: readonly AnyTag[] | undefined): Tags {
  return Object.fromEntries(
    (list ?? []).flatMap((tag) => {
      const key = tag.key ?? tag.tagKey;
      return key === undefined ? [] : [[key, tag.value ?? tag.tagValue ?? '']];
    }),
  );
}
