/** Finding things in the memory of Auto Scaling, with the errors of the API when they are not there. */
import { randomBytes } from 'node:crypto';
import { ApiError } from '../api-error.ts';
import { type Call, isElsewhere } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { EssState, type ScalingGroup, type ScalingRule } from './state.ts';

const states = new WeakMap<Cloud, EssState>();

/** The Auto Scaling of a cloud, made on first use. */
export function essOf(cloud: Cloud): EssState {
  const state = states.get(cloud) ?? new EssState();
  states.set(cloud, state);
  return state;
}

/** @throws ApiError InvalidScalingGroupId.NotFound */
export function groupById(cloud: Cloud, call: Call, id: string): ScalingGroup {
  const group = essOf(cloud).groups.get(id);
  if (group && !isElsewhere(call, group)) return group;
  throw new ApiError(
    'InvalidScalingGroupId.NotFound',
    404,
    `The specified scaling group ${id} does not exist.`,
  );
}

/** A group that takes changes: neither Deleting nor, where asked, Inactive. */
export function groupInState(
  cloud: Cloud,
  call: Call,
  id: string,
  states_: readonly ScalingGroup['state'][] = ['Active', 'Inactive'],
): ScalingGroup {
  const group = groupById(cloud, call, id);
  if (states_.includes(group.state)) return group;
  throw new ApiError(
    'IncorrectScalingGroupStatus',
    400,
    `The current status of scaling group ${id} [${group.state}] does not support this action.`,
  );
}

/** @throws ApiError InvalidScalingRuleId.NotFound */
export function ruleById(cloud: Cloud, call: Call, id: string): ScalingRule {
  const rule = essOf(cloud).rules.get(id);
  if (rule && !isElsewhere(call, rule)) return rule;
  throw new ApiError(
    'InvalidScalingRuleId.NotFound',
    404,
    `The specified scaling rule ${id} does not exist.`,
  );
}

/** A new id: the kind's prefix and 20 letters or digits. */
export function newId(prefix: string): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return `${prefix}-${[...randomBytes(17)].map((byte) => letters[byte % letters.length]).join('')}`;
}

export interface Pages {
  readonly PageNumber?: number;
  readonly PageSize?: number;
}

/** One numbered page of a list. */
export function pageOf<T>(entries: readonly T[], pages: Pages, most = 50) {
  const PageNumber = pages.PageNumber ?? 1;
  const PageSize = pages.PageSize ?? 10;
  if (PageNumber < 1 || PageSize < 1 || PageSize > most) {
    throw new ApiError(
      'InvalidParameter',
      400,
      `PageSize must be from 1 to ${most} and PageNumber at least 1.`,
    );
  }
  return {
    entries: entries.slice((PageNumber - 1) * PageSize, PageNumber * PageSize),
    answer: { TotalCount: entries.length, PageNumber, PageSize },
  };
}

/** Whether a filter is empty or names the value. */
export function among(filter: readonly string[] | undefined, value: string): boolean {
  return filter === undefined || filter.length === 0 || filter.includes(value);
}

/** Times as Auto Scaling prints them: UTC, to the second. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** @throws ApiError InvalidParameter when the number is outside the range */
export function within(name: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw new ApiError('InvalidParameter', 400, `${name} must be from ${min} to ${max}, not ${value}.`);
}

/** @throws ApiError InvalidParameter when the value is not among those allowed */
export function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new ApiError('InvalidParameter', 400, `${name} must be one of ${allowed.join(', ')}, not ${value}.`);
}

/** A name: 2 to 64 characters, a letter or digit first, then letters, digits, `_`, `-`, `.`. */
export function checkName(parameter: string, name: string | undefined): void {
  if (name === undefined || /^[\p{L}\p{N}][\p{L}\p{N}._-]{1,63}$/u.test(name)) return;
  throw new ApiError('InvalidParameter', 400, `The value ${name} of ${parameter} is not a valid name.`);
}
