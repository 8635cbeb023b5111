import type { Line } from './calling/line.ts';
import { gone, idIn, orNothing } from './calling/outcome.ts';
import { byNumber } from './calling/paging.ts';
import { eachOnce } from './calling/each-once.ts';
import type { ClientOf } from './calling/sdk-clients.ts';
import type { AnswerOf } from './calling/sdk-types.ts';
import { fromTagList, toTagList } from './calling/tags.ts';
import type { Tags } from './calling/tags.ts';
import { listRegions, listZones } from './vpc-places.ts';
import type { Place } from './vpc-places.ts';

/** A VPC as lists show it. */
export interface VpcSummary {
  readonly vpcId: string;
  readonly name: string | undefined;
  /** `Pending`, `Available`, `Deleting`. */
  readonly status: string;
  readonly cidr: string;
  readonly vSwitchIds: readonly string[];
  readonly isDefault: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

/** A VPC with what still hangs in it. */
export interface VpcDetail extends VpcSummary {
  readonly cloudResources: readonly { readonly type: string; readonly count: number }[];
}

export interface VSwitch {
  readonly vSwitchId: string;
  readonly vpcId: string;
  readonly name: string | undefined;
  readonly zoneId: string;
  readonly cidr: string;
  /** `Pending`, `Available`. */
  readonly status: string;
  /** Free addresses. */
  readonly availableIps: number | undefined;
  readonly createdAt: string | undefined;
  readonly tags: Tags;
}

/** Networks (VPC 2016-04-28). Every method throws CloudError when the cloud refuses or does not answer. */
export interface Vpc {
  /** All that have all the tags; without tags, all of the region (DescribeVpcs). */
  listVpcs(input: { readonly tags?: Tags | undefined }): Promise<readonly VpcSummary[]>;
  /** One with its leftovers, or nothing (DescribeVpcAttribute). */
  vpc(vpcId: string): Promise<VpcDetail | undefined>;
  /** @returns the id of the VPC, which is `Pending` at first (CreateVpc) */
  createVpc(input: {
    readonly name: string;
    readonly cidr: string;
    readonly tags: Tags;
    readonly token: string;
  }): Promise<string>;
  /** Gone already is success (DeleteVpc). */
  deleteVpc(vpcId: string): Promise<void>;
  listVSwitches(input: {
    readonly vpcId?: string | undefined;
    readonly tags?: Tags | undefined;
    readonly ids?: readonly string[] | undefined;
  }): Promise<readonly VSwitch[]>;
  /** One after the other within a VPC. @returns the id (CreateVSwitch) */
  createVSwitch(input: {
    readonly name: string;
    readonly vpcId: string;
    readonly zoneId: string;
    readonly cidr: string;
    readonly tags: Tags;
    readonly token: string;
  }): Promise<string>;
  /** Gone already is success (DeleteVSwitch). */
  deleteVSwitch(vSwitchId: string): Promise<void>;
  /** Zones where vSwitches can be made (DescribeZones). */
  zones(): Promise<readonly { readonly zoneId: string; readonly name: string | undefined }[]>;
  regions(): Promise<readonly Place[]>;
  /** Adds tags to what exists; at most 50 ids (TagResources). */
  tag(input: {
    readonly type: 'VPC' | 'VSWITCH';
    readonly ids: readonly string[];
    readonly tags: Tags;
  }): Promise<void>;
}

const PAGE = 50;

/** @param line to VPC in the region */
export function createVpc(line: Line<'vpc'>): Vpc {
  const { regionId } = line;
  return {
    listVpcs: async ({ tags }) => {
      const all = await byNumber(PAGE, async (pageNumber) => {
        const answer = await line.call('DescribeVpcs', {
          regionId,
          tag: toTagList(tags),
          pageNumber,
          pageSize: PAGE,
        });
        return { items: answer.vpcs?.vpc ?? [], total: answer.totalCount };
      });
      return all.map(toVpc);
    },
    async vpc(vpcId) {
      const one = await orNothing(line.call('DescribeVpcAttribute', { regionId, vpcId }));
      if (!one?.vpcId) return undefined;
      return {
        ...toVpc(one),
        cloudResources: (one.cloudResources?.cloudResourceSetType ?? []).map((left) => ({
          type: left.resourceType ?? '',
          count: left.resourceCount ?? 0,
        })),
      };
    },
    async createVpc({ name, cidr, tags, token }) {
      const answer = await line.call('CreateVpc', {
        regionId,
        vpcName: name,
        cidrBlock: cidr,
        tag: toTagList(tags),
        clientToken: token,
      });
      return idIn(answer.vpcId, 'vpc', 'CreateVpc');
    },
    deleteVpc: (vpcId) => gone(line.call('DeleteVpc', { regionId, vpcId })),
    listVSwitches: async ({ vpcId, tags, ids }) => {
      const all = await byNumber(PAGE, async (pageNumber) => {
        const answer = await line.call('DescribeVSwitches', {
          regionId,
          vpcId,
          vSwitchId: ids?.join(','),
          tag: toTagList(tags),
          pageNumber,
          pageSize: PAGE,
        });
        return { items: answer.vSwitches?.vSwitch ?? [], total: answer.totalCount };
      });
      return all.map(toVSwitch);
    },
    async createVSwitch({ name, vpcId, zoneId, cidr, tags, token }) {
      const answer = await line.call('CreateVSwitch', {
        regionId,
        vSwitchName: name,
        vpcId,
        zoneId,
        cidrBlock: cidr,
        tag: toTagList(tags),
        clientToken: token,
      });
      return idIn(answer.vSwitchId, 'vpc', 'CreateVSwitch');
    },
    deleteVSwitch: (vSwitchId) => gone(line.call('DeleteVSwitch', { regionId, vSwitchId })),
    zones: () => listZones(line),
    regions: () => listRegions(line),
    async tag({ type, ids, tags }) {
      await line.call('TagResources', {
        regionId,
        resourceType: type,
        resourceId: [...ids],
        tag: toTagList(tags),
      });
    },
  };
}

type VpcRow = NonNullable<NonNullable<AnswerOf<ClientOf['vpc'], 'DescribeVpcs'>['vpcs']>['vpc']>[number];

const toVpc = eachOnce((one: VpcRow): VpcSummary => ({
  vpcId: one.vpcId ?? '',
  name: one.vpcName,
  status: one.status ?? '',
  cidr: one.cidrBlock ?? '',
  vSwitchIds: one.vSwitchIds?.vSwitchId ?? [],
  isDefault: one.isDefault ?? false,
  createdAt: one.creationTime,
  tags: fromTagList(one.tags?.tag),
}));

type VSwitchRow = NonNullable<
  NonNullable<AnswerOf<ClientOf['vpc'], 'DescribeVSwitches'>['vSwitches']>['vSwitch']
>[number];

const toVSwitch = eachOnce((one: VSwitchRow): VSwitch => ({
  vSwitchId: one.vSwitchId ?? '',
  vpcId: one.vpcId ?? '',
  name: one.vSwitchName,
  zoneId: one.zoneId ?? '',
  cidr: one.cidrBlock ?? '',
  status: one.status ?? '',
  availableIps: one.availableIpAddressCount,
  createdAt: one.creationTime,
  tags: fromTagList(one.tags?.tag),
}));
