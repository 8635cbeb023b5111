/** Finding things in the ALB's memory, with the errors of the API when they are not there. */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import {
  AlbState,
  type Listener,
  type LoadBalancer,
  type Rule,
  type ServerGroup,
  type Tag,
} from './state.ts';

const states = new WeakMap<Cloud, AlbState>();

/** The ALB of a cloud, made on first use. */
export function albOf(cloud: Cloud): AlbState {
  const state = states.get(cloud) ?? new AlbState();
  states.set(cloud, state);
  return state;
}

export function balancerById(cloud: Cloud, _call: Call, id: string): LoadBalancer {
  return found(albOf(cloud).loadBalancers.get(id), 'LoadBalancer', id);
}

export function listenerById(cloud: Cloud, _call: Call, id: string): Listener {
  return found(albOf(cloud).listeners.get(id), 'Listener', id);
}

export function serverGroupById(cloud: Cloud, _call: Call, id: string): ServerGroup {
  return found(albOf(cloud).serverGroups.get(id), 'ServerGroup', id);
}

export function ruleById(cloud: Cloud, _call: Call, id: string): Rule {
  return found(albOf(cloud).rules.get(id), 'Rule', id);
}

function found<T>(entry: T | undefined, kind: string, id: string): T {
  if (entry === undefined) {
    throw new ApiError(`ResourceNotFound.${kind}`, 404, `The specified resource ${id} is not found.`);
  }
  return entry;
}

/** The balancer of a listener, free for a write. */
export function freeBalancer(cloud: Cloud, listener: Listener): LoadBalancer {
  const balancer = albOf(cloud).loadBalancers.get(listener.loadBalancerId);
  if (balancer === undefined) {
    throw new ApiError(
      'ResourceNotFound.LoadBalancer',
      404,
      `The specified resource ${listener.loadBalancerId} is not found.`,
    );
  }
  if (balancer.status !== 'Active' && balancer.status !== 'Configuring') {
    throw new ApiError(
      'IncorrectStatus.LoadBalancer',
      400,
      `The status of ${balancer.id} [${balancer.status}] is incorrect.`,
    );
  }
  if (listener.status !== 'Running' && listener.status !== 'Stopped') {
    throw new ApiError(
      'IncorrectStatus.Listener',
      400,
      `The status of ${listener.id} [${listener.status}] is incorrect.`,
    );
  }
  if (balancer.busy !== undefined) {
    throw new ApiError(
      'ResourceInConfiguring.Listener',
      409,
      `The specified resource ${listener.id} is in configuring.`,
    );
  }
  return balancer;
}

export interface Page {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** One page of a list, with the token of the next. */
export function pageOf<T>(entries: readonly T[], page: Page, most = 100) {
  const size = page.MaxResults ?? 20;
  if (size < 1 || size > most) {
    throw new ApiError('InvalidParameter', 400, `MaxResults must be from 1 to ${most}, not ${size}.`);
  }
  const from = page.NextToken === undefined || page.NextToken === '' ? 0 : offsetOf(page.NextToken);
  const next = from + size < entries.length ? { NextToken: tokenOf(from + size) } : {};
  return {
    entries: entries.slice(from, from + size),
    answer: { TotalCount: entries.length, MaxResults: size, ...next },
  };
}

function tokenOf(offset: number): string {
  return Buffer.from(`page:${offset}`).toString('base64url');
}

function offsetOf(token: string): number {
  const offset = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset === undefined) throw new ApiError('InvalidParameter', 400, 'NextToken is not one of ours.');
  return Number(offset);
}

/** Whether all wanted tags are there, key and value. A tag without a value asks for the key alone. */
export function hasTags(tags: readonly Tag[], wanted: readonly Partial<Tag>[] | undefined): boolean {
  return (wanted ?? []).every((one) =>
    tags.some((tag) => tag.Key === one.Key && (one.Value === undefined || tag.Value === one.Value)),
  );
}

/** Whether a filter is empty or names the value. */
export function among(filter: readonly string[] | undefined, value: string): boolean {
  return filter === undefined || filter.length === 0 || filter.includes(value);
}
