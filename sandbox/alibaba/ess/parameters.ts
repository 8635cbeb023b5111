/** Request models of Auto Scaling (2022-02-22), whose SDK is not among the packages. */
import { TABLE } from './parameters-table.ts';
import type { Fields, FieldType, RequestModel } from '../request-model.ts';

/**
 * The table's notation: a type name; `[type]` for a list; an object for a block; `json` for a value that travels
 * as JSON text. A `!` after a name marks a required parameter.
 */
type Noted = string | readonly Noted[] | { readonly [name: string]: Noted };

const ACTIONS: Readonly<Record<string, Readonly<Record<string, Noted>>>> = TABLE;

/** The request model of an action, undefined when there is no such action. */
export function essModel(action: string): RequestModel | undefined {
  const noted = ACTIONS[action];
  if (noted === undefined) return undefined;
  const required = Object.keys(noted)
    .filter((name) => name.endsWith('!'))
    .map(plain);
  return { fields: fieldsOf(noted), rules: { required } };
}

function fieldsOf(noted: Readonly<Record<string, Noted>>): Fields {
  return Object.fromEntries(Object.entries(noted).map(([name, value]) => [plain(name), typeOf(value)]));
}

function typeOf(noted: Noted): FieldType {
  if (typeof noted === 'string') {
    if (noted === 'integer' || noted === 'number' || noted === 'boolean') return noted;
    return noted === 'json' ? 'any' : 'string';
  }
  if (isList(noted)) return { list: typeOf(noted[0] ?? 'string') };
  return { block: fieldsOf(noted) };
}

function isList(noted: readonly Noted[] | { readonly [name: string]: Noted }): noted is readonly Noted[] {
  return Array.isArray(noted);
}

function plain(name: string): string {
  return name.replace(/!$/, '');
}
