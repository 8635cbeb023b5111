import { notFound } from '../api-error.ts';
import { type Call, isElsewhere, needText } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { ecsState, type InstanceEntry, type KeyPairEntry, type SecurityGroupEntry } from './state.ts';

/** All instances, those that are being released included. */
export function entriesOf(cloud: Cloud): readonly InstanceEntry[] {
  return [...ecsState(cloud).instances.values()];
}

/** Instances of one VPC, vSwitch, security group or key pair (`region/name`), oldest first. */
export function instancesOf(cloud: Cloud, id: string): readonly InstanceEntry[] {
  return ecsState(cloud).instances.bearing(id);
}

/** The instance; undefined when there is none (any more). */
export function instance(cloud: Cloud, id: string): InstanceEntry | undefined {
  return ecsState(cloud).instances.get(id);
}

export function securityGroup(cloud: Cloud, id: string): SecurityGroupEntry | undefined {
  return ecsState(cloud).groups.get(id);
}

export function keyPair(cloud: Cloud, regionId: string, name: string): KeyPairEntry | undefined {
  return ecsState(cloud).keyPairs.get(`${regionId}/${name}`);
}

/** The instance that a call names in `InstanceId`. @throws ApiError InvalidInstanceId.NotFound */
export function needInstance(
  cloud: Cloud,
  call: Call,
  id = needText(call.params, 'InstanceId'),
): InstanceEntry {
  const entry = instance(cloud, id);
  if (entry === undefined || isElsewhere(call, entry))
    throw notFound('InvalidInstanceId.NotFound', `instance ${id}`);
  return entry;
}

/** ISO time without fractions, as ECS answers it: `2026-01-02T03:04:05Z`, or to the minute. */
export function isoTime(date: Date, to: 'second' | 'minute' = 'second'): string {
  return `${date.toISOString().slice(0, to === 'minute' ? 16 : 19)}Z`;
}

/** Turns a pattern with `*` into a test; without `*` names must be equal. */
export function nameMatcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  const test = new RegExp(`^${parts.join('.*')}$`, 'is');
  return (name) => test.test(name);
}
