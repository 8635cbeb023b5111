import type { Doc } from './state.ts';

function isDoc(value: unknown): value is Doc {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function at(doc: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (isDoc(value) || Array.isArray(value) ? (value as Doc)[key] : undefined),
      doc,
    );
}

function comparable(value: unknown): number | string {
  if (Object.prototype.toString.call(value) === '[object Date]') return Number(value);
  return typeof value === 'number' ? value : String(value);
}

function same(left: unknown, right: unknown): boolean {
  if (left === right || (left === undefined && right === null)) return true;
  if (Array.isArray(left) && !Array.isArray(right)) return left.some((item) => same(item, right));
  if (typeof left !== 'object' && typeof right !== 'object') return false;
  if (left === null || right === null) return false;
  return (
    JSON.stringify(left) === JSON.stringify(right) ||
    (String(left) === String(right) && !isDoc(left) && !isDoc(right))
  );
}

function operator(value: unknown, name: string, wanted: unknown, all: Doc): boolean {
  switch (name) {
    case '$eq':
      return same(value, wanted);
    case '$ne':
      return !same(value, wanted);
    case '$gt':
      return value !== undefined && comparable(value) > comparable(wanted);
    case '$gte':
      return value !== undefined && comparable(value) >= comparable(wanted);
    case '$lt':
      return value !== undefined && comparable(value) < comparable(wanted);
    case '$lte':
      return value !== undefined && comparable(value) <= comparable(wanted);
    case '$in':
      return (wanted as unknown[]).some((item) => same(value, item));
    case '$nin':
      return !(wanted as unknown[]).some((item) => same(value, item));
    case '$exists':
      return (value !== undefined) === Boolean(wanted);
    case '$regex':
      return new RegExp(wanted as string, String(all['$options'] ?? '')).test(String(value));
    case '$options':
      return true;
    case '$not':
      return !test(value, wanted);
    default:
      throw new Error(`unknown operator: ${name}`);
  }
}

function test(value: unknown, wanted: unknown): boolean {
  if (Object.prototype.toString.call(wanted) === '[object RegExp]')
    return (wanted as RegExp).test(String(value));
  if (isDoc(wanted) && Object.keys(wanted).some((key) => key.startsWith('$')))
    return Object.entries(wanted).every(([name, operand]) => operator(value, name, operand, wanted));
  return same(value, wanted);
}

/** Whether a document meets a MongoDB filter. */
export function matches(doc: Doc, filter: Doc): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    if (key === '$and') return (wanted as Doc[]).every((part) => matches(doc, part));
    if (key === '$or') return (wanted as Doc[]).some((part) => matches(doc, part));
    if (key === '$nor') return !(wanted as Doc[]).some((part) => matches(doc, part));
    return test(at(doc, key), wanted);
  });
}

/** Applies a projection of included or excluded top-level fields. */
export function project(doc: Doc, projection: Doc | undefined): Doc {
  if (projection === undefined || Object.keys(projection).length === 0) return doc;
  const wanted = Object.entries(projection).filter(([key, on]) => key !== '_id' && Boolean(on));
  const keepId = projection['_id'] === undefined || Boolean(projection['_id']);
  return Object.fromEntries(
    Object.entries(doc).filter(([key]) => {
      if (key === '_id') return keepId;
      if (wanted.length > 0) return wanted.some(([name]) => name === key);
      return projection[key] === undefined || Boolean(projection[key]);
    }),
  );
}

/** Sorts documents by a MongoDB sort document. */
export function sortBy(docs: readonly Doc[], sort: Doc | undefined): Doc[] {
  const keys = Object.entries(sort ?? {});
  return [...docs].sort((left, right) => {
    for (const [key, direction] of keys) {
      const [a, b] = [comparable(at(left, key)), comparable(at(right, key))];
      if (a !== b) return (a < b ? -1 : 1) * Number(direction);
    }
    return 0;
  });
}

/** Applies an update document (`$set`, `$unset`, `$inc`, `$push`) or a replacement in place. */
export function updated(doc: Doc, change: Doc): void {
  const operators = Object.keys(change).filter((key) => key.startsWith('$'));
  if (operators.length === 0) {
    for (const key of Object.keys(doc)) if (key !== '_id') delete doc[key];
    Object.assign(doc, change);
    return;
  }
  const part = (name: string): [string, unknown][] => Object.entries((change[name] as Doc | undefined) ?? {});
  for (const [key, value] of [...part('$set'), ...part('$setOnInsert')]) doc[key] = value;
  for (const [key] of part('$unset')) delete doc[key];
  for (const [key, by] of part('$inc')) doc[key] = Number(doc[key] ?? 0) + Number(by);
  for (const [key, value] of part('$push'))
    doc[key] = [...((doc[key] as unknown[] | undefined) ?? []), value];
}
