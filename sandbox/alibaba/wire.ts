import { ApiError, invalidParameter, missingParameter } from './api-error.ts';
import type { Params, Value } from './call.ts';
import type { ProductCodes } from './product.ts';
import type { Fields, FieldType, RequestModel, Rules } from './request-model.ts';

/** Parameters that any action takes: those of the old query signature. RegionId only where the model has it. */
const COMMON = new Set(
  (
    'Action Version Format AccessKeyId Signature SignatureMethod SignatureVersion SignatureNonce SignatureType ' +
    'Timestamp SecurityToken AcceptLanguage'
  ).split(' '),
);

interface Tree {
  [name: string]: Tree | string;
}

/**
 * Turns flat wire parameters (`Tag.1.Key=a`) into nested ones, converted and checked by the action's model.
 *
 * @throws ApiError for unknown, missing, ill-typed and out-of-range parameters.
 */
export function readParams(
  flat: ReadonlyMap<string, string>,
  model: RequestModel,
  codes: ProductCodes,
  refuseUnknown: boolean,
): Params {
  const tree: Tree = Object.create(null) as Tree;
  for (const [path, value] of flat) plant(tree, path, value);
  const params: Record<string, Value> = {};
  for (const [name, raw] of Object.entries(tree)) {
    const type = model.fields[name] ?? (COMMON.has(name) ? 'any' : undefined);
    if (type === undefined) {
      if (refuseUnknown) throw unknown(name);
      continue;
    }
    params[name] = convert(raw, type, name, codes, refuseUnknown);
  }
  if (model.rules) check(params, model.rules, codes);
  return params;
}

function plant(tree: Tree, path: string, value: string): void {
  const names = path.split('.');
  let place = tree;
  for (const name of names.slice(0, -1)) {
    const next = place[name];
    if (typeof next === 'object') {
      place = next;
      continue;
    }
    const made: Tree = Object.create(null) as Tree;
    place[name] = made;
    place = made;
  }
  place[names.at(-1) ?? path] = value;
}

function unknown(path: string): ApiError {
  return new ApiError('InvalidParameter', 400, `The parameter ${path} is not supported by this action.`);
}

function convert(
  raw: Tree | string,
  type: FieldType,
  path: string,
  codes: ProductCodes,
  refuseUnknown: boolean,
): Value {
  const wrong = (expected: string) =>
    invalidParameter(path, typeof raw === 'string' ? raw : 'a nested value', expected, codes.invalid(path));
  if (type === 'any') return typeof raw === 'string' ? raw : loose(raw);
  if (type === 'string') {
    if (typeof raw === 'string') return raw;
    throw wrong('a text');
  }
  if (type === 'number' || type === 'integer') {
    const form = type === 'integer' ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/;
    if (typeof raw === 'string' && form.test(raw)) return Number(raw);
    throw wrong(type === 'integer' ? 'a whole number' : 'a number');
  }
  if (type === 'boolean') {
    if (typeof raw === 'string' && /^(true|false)$/i.test(raw)) return raw.toLowerCase() === 'true';
    throw wrong('true or false');
  }
  if (typeof raw === 'string')
    throw wrong('list' in type ? `a list, as ${path}.1` : `fields, as ${path}.Name`);
  if ('list' in type) {
    return indexed(raw, path, wrong).map((item, at) =>
      convert(item, type.list, `${path}.${at + 1}`, codes, refuseUnknown),
    );
  }
  return convertBlock(raw, type.block, path, codes, refuseUnknown);
}

function convertBlock(
  raw: Tree,
  fields: Fields,
  path: string,
  codes: ProductCodes,
  refuseUnknown: boolean,
): Params {
  const block: Record<string, Value> = {};
  for (const [name, value] of Object.entries(raw)) {
    const field = fields[name];
    if (field !== undefined) block[name] = convert(value, field, `${path}.${name}`, codes, refuseUnknown);
    else if (refuseUnknown) throw unknown(`${path}.${name}`);
  }
  return block;
}

/** Items in the order of their numbers, which begin with 1. */
function indexed(raw: Tree, path: string, wrong: (expected: string) => ApiError): (Tree | string)[] {
  const entries = Object.entries(raw);
  if (entries.some(([index]) => !/^[1-9]\d*$/.test(index))) throw wrong(`a list, as ${path}.1`);
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
}

function loose(raw: Tree): Value {
  const entries = Object.entries(raw);
  const inner = (value: Tree | string): Value => (typeof value === 'string' ? value : loose(value));
  if (entries.length > 0 && entries.every(([index]) => /^[1-9]\d*$/.test(index))) {
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => inner(value));
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, inner(value)]));
}

/** All values at a path, through lists: `Permissions.PortRange` gives one for each rule. */
function valuesAt(value: Value | undefined, names: readonly string[]): Value[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item: Value) => valuesAt(item, names));
  const [name, ...rest] = names;
  if (name === undefined) return value === '' ? [] : [value];
  return typeof value === 'object' ? valuesAt((value as Params)[name], rest) : [];
}

function check(params: Params, rules: Rules, codes: ProductCodes): void {
  const at = (path: string) => valuesAt(params, path.split('.'));
  for (const path of rules.required ?? []) {
    const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : undefined;
    // A field inside a block or list is required of each one that was sent.
    const wanted = parent === undefined ? 1 : at(parent).length;
    if (at(path).length < wanted) throw missingParameter(path, codes.missing(path));
  }
  for (const group of rules.oneOf ?? []) {
    if (group.every((path) => at(path).length === 0)) {
      throw missingParameter(group.join(' or '), codes.missing(group[0] ?? ''));
    }
  }
  for (const [path, allowed] of Object.entries(rules.allowed ?? {})) {
    const bad = at(path).find((value) => !allowed.includes(String(value)));
    if (bad !== undefined)
      throw invalidParameter(path, bad, `one of ${allowed.join(', ')}`, codes.invalid(path));
  }
  for (const [path, [least, most]] of Object.entries(rules.range ?? {})) {
    const bad = at(path).find((value) => !(Number(value) >= least && Number(value) <= most));
    if (bad !== undefined) throw invalidParameter(path, bad, `${least} to ${most}`, codes.invalid(path));
  }
  for (const [path, most] of Object.entries(rules.most ?? {})) {
    const count = at(path).length;
    if (count > most) throw invalidParameter(path, count, `at most ${most} items`, codes.invalid(path));
  }
  for (const [path, form] of Object.entries(rules.form ?? {})) {
    const bad = at(path).find((value) => !form.match.test(String(value)));
    if (bad !== undefined) throw invalidParameter(path, bad, form.hint, form.code ?? codes.invalid(path));
  }
}
