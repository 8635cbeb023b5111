import type { Line } from '../calling/line.ts';
import { byToken } from '../calling/paging.ts';

export interface NetworkInterface {
  readonly networkInterfaceId: string;
  /** `Primary`, `Secondary`. */
  readonly type: string | undefined;
  readonly status: string | undefined;
  readonly description: string | undefined;
  /** Belongs to another product (a load balancer). */
  readonly serviceManaged: boolean;
  readonly instanceId: string | undefined;
  readonly vSwitchId: string | undefined;
  readonly privateIp: string | undefined;
}

/** Who still has an interface in a vSwitch, group or VPC (ECS DescribeNetworkInterfaces). */
export async function listNetworkInterfaces(
  line: Line<'ecs'>,
  input: {
    readonly securityGroupId?: string | undefined;
    readonly vSwitchId?: string | undefined;
    readonly vpcId?: string | undefined;
    readonly instanceId?: string | undefined;
  },
): Promise<readonly NetworkInterface[]> {
  const all = await byToken(async (nextToken) => {
    const answer = await line.call('DescribeNetworkInterfaces', {
      regionId: line.regionId,
      ...input,
      maxResults: 500,
      nextToken,
    });
    return { items: answer.networkInterfaceSets?.networkInterfaceSet ?? [], nextToken: answer.nextToken };
  });
  return all.map((one) => ({
    networkInterfaceId: one.networkInterfaceId ?? '',
    type: one.type,
    status: one.status,
    description: one.description,
    serviceManaged: one.serviceManaged ?? false,
    instanceId: one.instanceId === '' ? undefined : one.instanceId,
    vSwitchId: one.vSwitchId,
    privateIp: one.privateIpAddress,
  }));
}
