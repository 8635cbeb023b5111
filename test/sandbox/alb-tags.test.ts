import * as $alb from '@alicloud/alb20200616';
import { beforeEach, describe, expect, test } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { albBench } from './alb-bench.ts';
import { codeOf, type World } from './alb-world.ts';

const own = albBench();
const { createBalancer, active, createGroup, available, createListener } = own;
let world: World;

beforeEach(() => {
  ({ world } = own);
});

describe('tags', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ key: `key-${at}`, value: 'x' }));
  const WRONG: readonly (readonly [string, { key: string; value?: string }[]])[] = [
    ['IllegalParam.TagKey', [{ key: 'acs:mine' }]],
    ['IllegalParam.TagKey', [{ key: 'k'.repeat(129) }]],
    ['IllegalParam.TagValue', [{ key: 'k', value: 'v'.repeat(129) }]],
    ['QuotaExceeded.TagsNum', many(21)],
  ];

  test('that no resource takes are refused by every create, which then makes nothing', async () => {
    const [balancer, group] = await Promise.all([createBalancer(), createGroup()]);
    await active(balancer);
    await available(group);
    const listenerId = await createListener(balancer, group, 80);
    await active(balancer);
    const { alb } = world;
    const { loadBalancers, serverGroups, listeners, rules } = albOf(world.server.cloud);
    const forward = {
      type: 'ForwardGroup',
      forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: group }] },
    };

    for (const [code, tag] of WRONG) {
      const creates = [
        () => createBalancer(undefined, undefined, 'Standard', tag),
        () =>
          alb.createServerGroup(
            new $alb.CreateServerGroupRequest({
              serverGroupName: 'edge',
              vpcId: 'vpc-1',
              healthCheckConfig: { healthCheckEnabled: true },
              tag,
            }),
          ),
        () =>
          alb.createListener(
            new $alb.CreateListenerRequest({
              loadBalancerId: balancer,
              listenerProtocol: 'HTTP',
              listenerPort: 5080,
              defaultActions: [forward],
              tag,
            }),
          ),
        () =>
          alb.createRule(
            new $alb.CreateRuleRequest({
              listenerId,
              priority: 1,
              ruleName: 'one-port',
              ruleConditions: [{ type: 'Path', pathConfig: { values: ['/*'] } }],
              ruleActions: [{ ...forward, order: 1 }],
              tag,
            }),
          ),
      ];
      for (const create of creates) expect(await codeOf(create())).toBe(code);
    }
    expect([loadBalancers.size, serverGroups.size, listeners.size, rules.size]).toEqual([1, 1, 1, 0]);
  });

  test('of several resources all are tagged, or none when one has too many tags', async () => {
    const ids = [await createBalancer(), await createBalancer()];
    const tag = (resourceId: string[], tags: { key: string; value: string }[]) =>
      world.alb.tagResources(
        new $alb.TagResourcesRequest({ resourceType: 'loadbalancer', resourceId, tag: tags }),
      );
    await tag(ids.slice(1), many(18));
    const [first, second] = ids.map((id) => albOf(world.server.cloud).loadBalancers.get(id)?.tags);

    expect(await codeOf(tag(ids, [...many(1), { key: 'a', value: 'x' }, { key: 'b', value: 'x' }]))).toBe(
      'QuotaExceeded.TagsNum',
    );
    expect(first).toEqual([{ Key: 'ams-cluster', Value: 'one' }]);
    expect(second).toHaveLength(19);
    await tag(ids, [...many(1), { key: 'a', value: 'x' }]);
    expect(first).toHaveLength(3);
    expect(second).toHaveLength(20);
  });
});
