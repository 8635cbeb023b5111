import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Type of one request field. */
export type FieldType =
  | 'string'
  | 'number'
  /** As `number`, whole: the SDK packages do not tell these apart. */
  | 'integer'
  | 'boolean'
  /** Taken as it comes: maps and fields that the SDK leaves open. */
  | 'any'
  | { readonly list: FieldType }
  | { readonly block: Fields };

/** Fields by wire name. */
export type Fields = Readonly<Record<string, FieldType>>;

/** What the models of an SDK do not say: required fields, allowed values, limits. Paths are as `SystemDisk.Size`. */
export interface Rules {
  readonly required?: readonly string[];
  /** At least one of each group. */
  readonly oneOf?: readonly (readonly string[])[];
  readonly allowed?: Readonly<Record<string, readonly string[]>>;
  /** Inclusive bounds of numbers. */
  readonly range?: Readonly<Record<string, readonly [number, number]>>;
  /** Most items of a list. */
  readonly most?: Readonly<Record<string, number>>;
  /** Text that must match; the hint says what is expected. */
  readonly form?: Readonly<
    Record<string, { readonly match: RegExp; readonly hint: string; readonly code?: string }>
  >;
}

/** All that is known of an action's request. */
export interface RequestModel {
  readonly fields: Fields;
  readonly rules?: Rules;
}

const require = createRequire(import.meta.url);

/**
 * Reader of the request models that an SDK package ships, loaded one file at a time.
 *
 * @param packageName `@alicloud/ecs20140526`
 * @returns a function from action to its fields; undefined when the package has no such action. Actions without
 * parameters have no request class: they are known by their answer and have no fields.
 */
export function sdkFields(packageName: string): (action: string) => Fields | undefined {
  const folder = join(dirname(require.resolve(packageName)), 'models');
  const files = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.js'))
      .map((file) => [file.toLowerCase(), join(folder, file)]),
  );
  const known = new Map<string, Fields | undefined>();

  function read(action: string): Fields | undefined {
    const name = action.toLowerCase();
    // The shrunk form is the wire form: objects that travel as JSON text.
    const file = files.get(`${name}shrinkrequest.js`) ?? files.get(`${name}request.js`);
    if (file === undefined) return files.has(`${name}response.js`) ? {} : undefined;
    const exported: unknown = require(file);
    const wanted = file.slice(file.lastIndexOf('/') + 1, -3).toLowerCase();
    const model = Object.entries(exported as Record<string, unknown>).find(
      ([key]) => key.toLowerCase() === wanted,
    );
    return model === undefined ? undefined : fieldsOf(model[1]);
  }

  return (action) => {
    if (!known.has(action)) known.set(action, read(action));
    return known.get(action);
  };
}

interface ModelClass {
  names(): Record<string, string>;
  types(): Record<string, unknown>;
}

function isModelClass(value: unknown): value is ModelClass {
  return typeof value === 'function' && 'names' in value && 'types' in value;
}

function fieldsOf(model: unknown): Fields {
  if (!isModelClass(model)) return {};
  const types = model.types();
  return Object.fromEntries(
    Object.entries(model.names()).map(([property, wire]) => [wire, typeOf(types[property])]),
  );
}

function typeOf(type: unknown): FieldType {
  if (type === 'string' || type === 'number' || type === 'boolean') return type;
  if (isModelClass(type)) return { block: fieldsOf(type) };
  if (typeof type === 'object' && type !== null && 'type' in type && type.type === 'array') {
    return { list: 'itemType' in type ? typeOf(type.itemType) : 'any' };
  }
  return 'any';
}
