import { expect, it } from 'vitest';
import { resourceTags } from '../../../src/cluster/names.ts';
import { dnsRecord } from '../../../src/jobs/resources/dns-record.ts';
import { visitStep } from '../../../src/jobs/steps/visit.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, refuse, wireServers } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const open = wireServers();
const spec = aSpec();
const BALANCER = 'alb-1.eu-central-1.alb.aliyuncs.com';

/** A zone in which nothing is yet, and the load balancer that the name shall lead to. */
async function openZone(remarksRefused: number) {
  const record = { RecordId: '1', RR: 'live', Type: 'CNAME', Value: BALANCER, Status: 'ENABLE', Remark: '' };
  const tags = Object.entries(resourceTags('live-eu', 'load-balancer', 'op-1'));
  const balancer = {
    LoadBalancerId: 'alb-1',
    DNSName: BALANCER,
    Tags: tags.map(([Key, Value]) => ({ Key, Value })),
  };
  const there = { record: false, balancer: true };
  let left = remarksRefused;
  const server = await open(({ action, query, form }, response) => {
    const isRemark = action === 'UpdateDomainRecordRemark';
    if (isRemark && left > 0) {
      left -= 1;
      return refuse(response, 400, 'Throttling.User');
    }
    if (isRemark) record.Remark = { ...query, ...form }['Remark'] ?? '';
    if (action === 'AddDomainRecord') there.record = true;
    json(response, 200, {
      RequestId: 'r',
      RecordId: record.RecordId,
      DomainName: 'example.com',
      RR: record.RR,
      TotalCount: there.record ? 1 : 0,
      DomainRecords: { Record: there.record ? [record] : [] },
      LoadBalancers: there.balancer ? [balancer] : [],
    });
  });
  const step = planStep('dns-record');
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, new Keys('dns-record'), 'a key for tests only'),
    step,
    spec,
    now: 1_000,
    outputs: { 'load-balancer': { dnsName: BALANCER } },
  });
  return { server, record, there, ctx, visit: () => visitStep(dnsRecord, step, ctx) };
}

it('a record whose mark got lost is marked after all, and known when its load balancer is gone', async () => {
  const zone = await openZone(1);

  await expect(zone.visit()).rejects.toMatchObject({ code: 'cloud_throttled' });
  expect(zone.there.record).toBe(true);
  expect(await zone.visit()).toMatchObject({ done: true });
  expect(zone.record.Remark).toBe('ams-cluster=live-eu');

  zone.there.balancer = false;
  expect(await dnsRecord.observe(zone.ctx)).toMatchObject([{ id: '1', ours: true }]);
});

it('a record is marked once, and what people wrote on it stays', async () => {
  const zone = await openZone(0);
  const remarks = () => zone.server.seen.filter(({ action }) => action === 'UpdateDomainRecordRemark').length;

  await zone.visit();
  expect(await zone.visit()).toMatchObject({ done: true });
  expect(remarks()).toBe(1);

  zone.record.Remark = 'the concert of May';
  expect(await zone.visit()).toMatchObject({ done: true });
  expect([remarks(), zone.record.Remark]).toEqual([1, 'the concert of May']);
});
