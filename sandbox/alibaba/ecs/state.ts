import type { Params } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import type { Listed } from '../listed.ts';
import { inRegion, Table } from '../table.ts';
import { tagMarks, type Tags } from '../tags.ts';
import { placeIn } from '../vpc/state.ts';

export type InstanceStatus = 'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped';

/** A disk of an instance. */
export interface DiskEntry {
  readonly id: string;
  readonly regionId: string;
  readonly zoneId: string;
  readonly type: 'system' | 'data';
  readonly category: string;
  readonly sizeGiB: number;
  readonly performanceLevel: string;
  readonly deleteWithInstance: boolean;
  readonly createdAt: Date;
  readonly tags: Tags;
  /** Undefined once its instance is gone. */
  instanceId: string | undefined;
}

/** An ECS instance. */
export interface InstanceEntry extends Listed {
  readonly id: string;
  readonly regionId: string;
  readonly zoneId: string;
  readonly vpcId: string;
  readonly vSwitchId: string;
  readonly interfaceId: string;
  readonly privateIp: string;
  readonly publicIp: string | undefined;
  /** An elastic address that somebody bound to it. */
  readonly elasticIp?: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly keyPairName: string | undefined;
  readonly internetMaxBandwidthOut: number;
  readonly internetChargeType: string;
  readonly loginAsNonRoot: boolean;
  readonly ramRoleName: string;
  readonly serialNumber: string;
  readonly createdAt: Date;
  readonly tags: Tags;
  name: string;
  hostName: string;
  description: string;
  /** Base64. */
  userData: string;
  securityGroupIds: readonly string[];
  status: InstanceStatus;
  deletionProtection: boolean;
  startedAt: Date | undefined;
  /** When the Cloud Assistant agent starts to answer. */
  assistantAt: number;
  isReleasing: boolean;
  /** Counts state changes: a timed one that finds another number gives up. */
  generation: number;
}

export interface SecurityRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  /** Upper case: TCP, UDP, ICMP, GRE, ALL. */
  readonly protocol: string;
  readonly portRange: string;
  /** Of IPv4 or of IPv6; empty where a group or a prefix list is named. */
  readonly cidrIp: string;
  readonly groupId: string;
  readonly prefixListId: string;
  readonly policy: 'Accept' | 'Drop';
  readonly priority: number;
  readonly description: string;
  readonly createdAt: Date;
}

export interface SecurityGroupEntry extends Listed {
  readonly id: string;
  readonly regionId: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'normal' | 'enterprise';
  /** Made by a product for itself. */
  readonly serviceManaged: boolean;
  readonly createdAt: Date;
  readonly tags: Tags;
  innerAccessPolicy: 'Accept' | 'Drop';
  rules: readonly SecurityRule[];
}

export interface KeyPairEntry extends Listed {
  readonly id: string;
  readonly regionId: string;
  readonly name: string;
  /** One OpenSSH line. */
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAt: Date;
  readonly tags: Tags;
}

export interface TemplateVersion extends Listed {
  readonly number: number;
  readonly description: string;
  readonly createdAt: Date;
  readonly data: Params;
}

export interface TemplateEntry extends Listed {
  readonly id: string;
  readonly regionId: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly tags: Tags;
  readonly versions: Map<number, TemplateVersion>;
  latest: number;
  defaultVersion: number;
}

/** One command on one instance. */
export interface InvocationResult {
  readonly instanceId: string;
  status: string;
  recordStatus: 'Running' | 'Finished' | 'Failed' | 'Stopped';
  exitCode: number | undefined;
  output: string;
  dropped: number;
  errorCode: string;
  errorInfo: string;
  startedAt: Date;
  finishedAt: Date | undefined;
}

export interface Invocation {
  readonly id: string;
  readonly commandId: string;
  readonly regionId: string;
  readonly name: string;
  readonly tags: Tags;
  readonly createdAt: Date;
  readonly results: readonly InvocationResult[];
}

/** The memory of the ECS product. */
export interface EcsState {
  readonly instances: Table<InstanceEntry>;
  readonly disks: Table<DiskEntry>;
  /** Those of the account's own are marked by their region. */
  readonly groups: Table<SecurityGroupEntry>;
  /** By `region/name`. */
  readonly keyPairs: Table<KeyPairEntry>;
  readonly templates: Table<TemplateEntry>;
  readonly invocations: Table<Invocation>;
}

const states = new WeakMap<Cloud, EcsState>();

/** The ECS product of a cloud, made on first use. */
export function ecsState(cloud: Cloud): EcsState {
  const known = states.get(cloud);
  if (known !== undefined) return known;
  const made: EcsState = {
    instances: new Table((entry) => [
      inRegion(entry.regionId),
      typeIn(entry.regionId, entry.instanceType),
      entry.vpcId,
      entry.vSwitchId,
      ...entry.securityGroupIds,
      ...(entry.keyPairName === undefined ? [] : [`${entry.regionId}/${entry.keyPairName}`]),
      placeIn(entry.vpcId, entry.privateIp),
      ...(entry.publicIp === undefined ? [] : [entry.publicIp]),
      ...tagMarks(entry.tags),
    ]),
    disks: new Table((entry) => [
      ...(entry.instanceId === undefined ? [] : [entry.instanceId]),
      ...tagMarks(entry.tags),
    ]),
    groups: new Table((entry) => [
      entry.vpcId,
      ...(entry.serviceManaged ? [] : [inRegion(entry.regionId)]),
      ...tagMarks(entry.tags),
    ]),
    keyPairs: new Table((entry) => [
      inRegion(entry.regionId),
      entry.name,
      entry.name.toUpperCase(),
      ...tagMarks(entry.tags),
    ]),
    templates: new Table((entry) => [inRegion(entry.regionId), entry.name, ...tagMarks(entry.tags)]),
    invocations: new Table((entry) => [
      ...entry.results.map((result) => result.instanceId),
      ...tagMarks(entry.tags),
    ]),
  };
  states.set(cloud, made);
  return made;
}

/** The mark of instances of a type. */
export function typeIn(regionId: string, instanceType: string): string {
  return `${instanceType} in ${regionId}`;
}
