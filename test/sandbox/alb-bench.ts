import * as $alb from '@alicloud/alb20200616';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { startWorld, type World } from './alb-world.ts';

/** An account, anew for each test of a file, and the load balancers, listeners and groups made in it. */
export function albBench() {
  let world: World;

  beforeEach(async () => {
    world = await startWorld();
  });

  afterEach(async () => {
    await world.server.close();
  });

  async function createBalancer(
    zones = [
      ['a', 'a'],
      ['b', 'b'],
    ],
    clientToken?: string,
    edition = 'Standard',
    tag: { key: string; value?: string }[] = [{ key: 'ams-cluster', value: 'one' }],
  ) {
    const answer = await world.alb.createLoadBalancer(
      new $alb.CreateLoadBalancerRequest({
        loadBalancerName: 'ams-one',
        loadBalancerEdition: edition,
        addressType: 'Internet',
        loadBalancerBillingConfig: { payType: 'PostPay' },
        vpcId: 'vpc-1',
        zoneMappings: zones.map(([zone, vSwitch]) => ({
          zoneId: `eu-central-1${zone}`,
          vSwitchId: `vsw-${vSwitch}`,
        })),
        tag,
        ...(clientToken === undefined ? {} : { clientToken }),
      }),
    );
    return answer.body?.loadBalancerId ?? '';
  }

  async function attribute(loadBalancerId: string) {
    const answer = await world.alb.getLoadBalancerAttribute(
      new $alb.GetLoadBalancerAttributeRequest({ loadBalancerId }),
    );
    return answer.body ?? new $alb.GetLoadBalancerAttributeResponseBody({});
  }

  async function active(id: string): Promise<void> {
    await vi.waitFor(async () => expect((await attribute(id)).loadBalancerStatus).toBe('Active'), 5000);
  }

  async function createGroup(drains = false): Promise<string> {
    const answer = await world.alb.createServerGroup(
      new $alb.CreateServerGroupRequest({
        serverGroupName: 'origin',
        vpcId: 'vpc-1',
        healthCheckConfig: { healthCheckEnabled: true, healthCheckCodes: ['http_2xx', 'http_3xx'] },
        ...(drains
          ? { connectionDrainConfig: { connectionDrainEnabled: true, connectionDrainTimeout: 60 } }
          : {}),
      }),
    );
    return answer.body?.serverGroupId ?? '';
  }

  async function available(id: string): Promise<void> {
    await vi.waitFor(async () => {
      const answer = await world.alb.listServerGroups(
        new $alb.ListServerGroupsRequest({ serverGroupIds: [id] }),
      );
      expect(answer.body?.serverGroups?.[0]?.serverGroupStatus).toBe('Available');
    }, 5000);
  }

  async function createListener(
    loadBalancerId: string,
    serverGroupId: string,
    port: number,
    certificateId?: string,
  ) {
    const answer = await world.alb.createListener(
      new $alb.CreateListenerRequest({
        loadBalancerId,
        listenerProtocol: certificateId === undefined ? 'HTTP' : 'HTTPS',
        listenerPort: port,
        defaultActions: [
          { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } },
        ],
        ...(certificateId === undefined ? {} : { certificates: [{ certificateId }] }),
      }),
    );
    return answer.body?.listenerId ?? '';
  }

  return {
    get world() {
      return world;
    },
    createBalancer,
    attribute,
    active,
    createGroup,
    available,
    createListener,
  };
}
