import type { Line } from '../calling/line.ts';
import { gone, idIn } from '../calling/outcome.ts';
import { byToken, inRuns } from '../calling/paging.ts';
import { fromTagList, toTagList, toWireTags } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

export interface Instance {
  readonly instanceId: string;
  readonly name: string | undefined;
  /** `Pending`, `Starting`, `Running`, `Stopping`, `Stopped`. */
  readonly status: string;
  readonly zoneId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly keyPairName: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly vpcId: string | undefined;
  readonly vSwitchId: string | undefined;
  readonly privateIp: string | undefined;
  /** Its own public address, else that of its EIP. */
  readonly publicIp: string | undefined;
  /** The elastic address bound to it, which outlives it. */
  readonly elasticIp: string | undefined;
  readonly deletionProtection: boolean;
  /** Why the cloud holds it: `financial`, `security`, … */
  readonly locks: readonly string[];
  /** ISO 8601, UTC. */
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

/** What an instance is made of. */
export interface InstanceWish {
  readonly name: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly vSwitchId: string;
  readonly securityGroupId: string;
  readonly keyPairName: string;
  /** Its login is `ecs-user`, who has sudo, and not `root`. */
  readonly loginAsNonRoot?: boolean | undefined;
  readonly diskGiB: number;
  /** Default `cloud_essd`. */
  readonly diskCategory?: string | undefined;
  /** Mbit/s; 0 gives no public address. Traffic is paid by the GB. */
  readonly bandwidthMbps: number;
  /** Base64, 16 KiB at most before encoding. */
  readonly userData?: string | undefined;
  readonly tags: Tags;
  readonly token: string;
}

export interface Instances {
  listInstances(input: {
    readonly tags?: Tags | undefined;
    readonly instanceIds?: readonly string[] | undefined;
    readonly vpcId?: string | undefined;
    readonly securityGroupId?: string | undefined;
    readonly status?: string | undefined;
  }): Promise<readonly Instance[]>;
  /** One pay-as-you-go instance. Success is not existence: it may vanish again for want of stock. @returns its id */
  runInstance(input: InstanceWish): Promise<string>;
  /** Forced, running or not; gone already is success (DeleteInstance). */
  deleteInstance(instanceId: string): Promise<void>;
  setDeletionProtection(instanceId: string, on: boolean): Promise<void>;
}

export function createInstances(line: Line<'ecs'>): Instances {
  const { regionId } = line;
  return {
    async listInstances({ tags, instanceIds, vpcId, securityGroupId, status }) {
      // With an empty list of ids the API would answer with every instance.
      const runs = instanceIds === undefined ? [undefined] : inRuns(instanceIds, 100);
      const pages = await Promise.all(
        runs.map((ids) =>
          byToken(async (nextToken) => {
            const answer = await line.call('DescribeInstances', {
              regionId,
              instanceIds: ids && JSON.stringify(ids),
              vpcId,
              securityGroupId,
              status,
              tag: toTagList(tags),
              maxResults: 100,
              nextToken,
            });
            return { items: answer.instances?.instance ?? [], nextToken: answer.nextToken };
          }),
        ),
      );
      return pages.flat().map((one): Instance => ({
        instanceId: one.instanceId ?? '',
        name: one.instanceName,
        status: one.status ?? '',
        zoneId: one.zoneId ?? '',
        imageId: one.imageId ?? '',
        instanceType: one.instanceType ?? '',
        keyPairName: written(one.keyPairName),
        securityGroupIds: one.securityGroupIds?.securityGroupId ?? [],
        vpcId: written(one.vpcAttributes?.vpcId),
        vSwitchId: written(one.vpcAttributes?.vSwitchId),
        privateIp: written(
          one.vpcAttributes?.privateIpAddress?.ipAddress?.[0] ??
            one.networkInterfaces?.networkInterface?.[0]?.primaryIpAddress,
        ),
        publicIp: written(one.publicIpAddress?.ipAddress?.[0]) ?? written(one.eipAddress?.ipAddress),
        elasticIp: written(one.eipAddress?.ipAddress),
        deletionProtection: one.deletionProtection ?? false,
        locks: (one.operationLocks?.lockReason ?? []).flatMap((lock) =>
          lock.lockReason === undefined ? [] : [lock.lockReason],
        ),
        createdAt: one.creationTime,
        tags: fromTagList(one.tags?.tag),
      }));
    },
    async runInstance(input) {
      const answer = await line.callByForm('RunInstances', wireOf(regionId, input));
      const sets = answer['InstanceIdSets'] as { readonly InstanceIdSet?: readonly string[] } | undefined;
      return idIn(sets?.InstanceIdSet?.[0], 'ecs', 'RunInstances');
    },
    deleteInstance: (instanceId) => gone(line.call('DeleteInstance', { instanceId, force: true })),
    async setDeletionProtection(instanceId, on) {
      await line.call('ModifyInstanceAttribute', { instanceId, deletionProtection: on });
    },
  };
}

/** By form body: user data holds private keys, which have no place in a URL. */
function wireOf(regionId: string, input: InstanceWish) {
  return {
    RegionId: regionId,
    InstanceName: input.name,
    InstanceType: input.instanceType,
    ImageId: input.imageId,
    VSwitchId: input.vSwitchId,
    SecurityGroupId: input.securityGroupId,
    KeyPairName: input.keyPairName,
    ...(input.loginAsNonRoot === true ? { ImageOptions: { LoginAsNonRoot: true } } : {}),
    InstanceChargeType: 'PostPaid',
    SystemDisk: { Category: input.diskCategory ?? 'cloud_essd', Size: String(input.diskGiB) },
    InternetChargeType: 'PayByTraffic',
    InternetMaxBandwidthOut: input.bandwidthMbps,
    UserData: input.userData,
    Tag: toWireTags(input.tags),
    Amount: 1,
    ClientToken: input.token,
  };
}

function written(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
