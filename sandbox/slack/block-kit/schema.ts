import { isJson } from '../json.ts';
import type { Json } from '../json.ts';

/** Where blocks are shown; each surface takes other blocks. */
export type Surface = 'message' | 'modal' | 'home';

/** One refusal, at a JSON pointer (RFC 6901) from the root of the request. */
export interface Problem {
  readonly pointer: string;
  readonly text: string;
}

/** The place being checked, and the list its refusals go to. */
export interface Place {
  readonly pointer: string;
  readonly surface: Surface;
  readonly problems: Problem[];
}

/** Adds what is wrong with a value to the place's problems; adds nothing when all is well. */
export type Check = (value: unknown, at: Place) => void;

/** A check of several fields of one object together. */
export type Rule = (value: Json, at: Place) => void;

interface Field {
  readonly check: Check;
  readonly required: boolean;
}

/** Notes one refusal. */
export function refuse(at: Place, text: string): void {
  at.problems.push({ pointer: at.pointer, text });
}

/** The place of a member or an array item. */
export function inside(at: Place, key: string | number): Place {
  return { ...at, pointer: `${at.pointer}/${key}` };
}

export function need(check: Check): Field {
  return { check, required: true };
}

export function may(check: Check): Field {
  return { check, required: false };
}

/** A string of `min` to `max` characters, both included. */
export function string(min: number, max: number): Check {
  return (value, at) => {
    if (typeof value !== 'string') return refuse(at, 'must be a string');
    if (value.length < min) refuse(at, `must be more than ${min - 1} characters`);
    if (value.length > max) refuse(at, `must be less than ${max + 1} characters`);
  };
}

/** A string that a pattern accepts; `says` is the refusal. */
export function matching(pattern: RegExp, says: string): Check {
  return (value, at) => {
    if (typeof value !== 'string') return refuse(at, 'must be a string');
    if (!pattern.test(value)) refuse(at, says);
  };
}

export function boolean(): Check {
  return (value, at) => {
    if (typeof value !== 'boolean') refuse(at, 'must be a boolean');
  };
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max: number): Check {
  return (value, at) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return refuse(at, 'must be an integer');
    if (value < min) refuse(at, `must be greater than or equal to ${min}`);
    if (value > max) refuse(at, `must be less than or equal to ${max}`);
  };
}

export function number(): Check {
  return (value, at) => {
    if (typeof value !== 'number') refuse(at, 'must be a number');
  };
}

export function oneOf(...values: readonly (string | number)[]): Check {
  return (value, at) => {
    if (!values.some((one) => one === value)) refuse(at, `must be a valid enum value: ${values.join(', ')}`);
  };
}

/** An array of `min` to `max` items, each checked. */
export function array(check: Check, min: number, max: number): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return refuse(at, 'must provide an array');
    if (value.length < min) refuse(at, `no fewer than ${min} items allowed`);
    if (value.length > max) refuse(at, `no more than ${max} items allowed`);
    value.forEach((item, index) => check(item, inside(at, index)));
  };
}

/** An object with these fields and no others; rules run when the fields themselves are right. */
export function object(fields: Readonly<Record<string, Field>>, ...rules: readonly Rule[]): Check {
  return (value, at) => {
    if (!isJson(value)) return refuse(at, 'must provide an object');
    const before = at.problems.length;
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(fields, key)) refuse(at, `invalid additional property: ${key}`);
    }
    for (const [key, field] of Object.entries(fields)) {
      const given = value[key];
      if (given !== undefined) field.check(given, inside(at, key));
      else if (field.required) refuse(at, `missing required field: ${key}`);
    }
    if (at.problems.length === before) for (const rule of rules) rule(value, at);
  };
}

/** An object whose `type` chooses its check. */
export function byType(checks: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isJson(value)) return refuse(at, 'must provide an object');
    const type = value['type'];
    if (typeof type !== 'string') return refuse(at, 'missing required field: type');
    const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (check === undefined) return refuse(at, `unsupported type: ${type}`);
    check(value, at);
  };
}

/** Picks entries of a table of checks by name. */
export function pick(
  checks: Readonly<Record<string, Check>>,
  names: readonly string[],
): Record<string, Check> {
  return Object.fromEntries(Object.entries(checks).filter(([name]) => names.includes(name)));
}

/** Takes anything: for parts that Slack does not look into. */
export function anything(): Check {
  return () => undefined;
}
