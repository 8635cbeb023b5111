import { afterAll, beforeAll, expect, test } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import type { World } from '../../sandbox/world.ts';
import { compare, holdings, partOf } from '../chaos/suite/inventory.ts';
import { inventory } from '../support/holdings.ts';
import { type CloudWorld, startWorld } from './alibaba-world.ts';

const DNS = '2015-01-09';
let world: CloudWorld;

beforeAll(async () => {
  world = await startWorld();
  addZone(world.server.cloud, 'example.com');
});
afterAll(() => world.close());

test('a DNS record that is left behind, or that went, is seen', async () => {
  const seen = { alibaba: world.server } as unknown as World;
  const add = (RR: string, Value: string) =>
    world.call(DNS, 'AddDomainRecord', { DomainName: 'example.com', RR, Type: 'CNAME', Value });
  const theirs = await add('www', 'www.example.net');
  const [before, heldBefore] = [inventory(seen), holdings(seen)];
  const { RecordId } = await add('live', 'alb-1.eu-central-1.alb.aliyuncs.com');
  await world.call(DNS, 'UpdateDomainRecordRemark', { RecordId, Remark: 'ams-cluster=live' });

  expect(inventory(seen)).toEqual([...before, String(RecordId)].toSorted());
  const [orphan, ...others] = compare(heldBefore, holdings(seen)).orphaned;
  expect([orphan, others]).toEqual([
    'DNS record live.example.com, live dns-record: 1, of no part of the plan',
    [],
  ]);
  expect(partOf('DNS record live.example.com, live dns-record')).toBe('dns-record');
  await world.call(DNS, 'DeleteDomainRecord', { RecordId: theirs['RecordId'] });
  expect(compare(heldBefore, holdings(seen)).lost).toEqual(['DNS record www.example.com: 0 of 1']);
  expect(inventory(seen)).toEqual([String(RecordId)]);
});
