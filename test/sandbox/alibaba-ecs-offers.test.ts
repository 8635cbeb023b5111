import { beforeEach, expect, test } from 'vitest';
import * as $Ecs from '@alicloud/ecs20140526';
import { ecsBench, IMAGE, regionId } from './alibaba-ecs-bench.ts';
import { type CloudWorld, refusal } from './alibaba-world.ts';

const own = ecsBench();
const { run } = own;
let world: CloudWorld;

beforeEach(() => {
  ({ world } = own);
});

test('images: marketplace ones show only when asked for, system ones are dated', async () => {
  const list = async (filter: Record<string, unknown>) => {
    const { body } = await world.ecs.describeImages(
      new $Ecs.DescribeImagesRequest({ regionId, pageSize: 100, ...filter }),
    );
    return body?.images?.image ?? [];
  };
  world.server.cloud.settings.subscribedProducts = [];

  const usual = await list({});
  const market = await list({ imageOwnerAlias: 'marketplace', imageName: '*Ant*Media*Enterprise*' });
  const ubuntu = await list({ imageOwnerAlias: 'system', imageName: 'ubuntu_22_04_x64*' });
  const imageId = `${IMAGE},${market[0]?.imageId}`;

  expect(usual.map((one) => one.imageOwnerAlias)).not.toContain('marketplace');
  expect(market.map((one) => one.imageVersion)).toContain('3.0.3');
  expect(market.every((one) => one.isSubscribed === false)).toBe(true);
  expect(ubuntu.map((one) => one.imageId)).toContain(IMAGE);
  expect((await list({ imageId })).map((one) => one.imageId)).toEqual([IMAGE]);
  expect(await list({ imageId, imageOwnerAlias: 'marketplace' })).toEqual([market[0]]);
  await refusal(run({ imageId: market[0]?.imageId, dryRun: true }), 'ImageNotSubscribed');
});

test('stock, types and prices are told', async () => {
  world.server.cloud.settings.soldOut = [{ zoneId: 'eu-central-1b', instanceType: 'ecs.c7.xlarge' }];

  const stock = await world.ecs.describeAvailableResource(
    new $Ecs.DescribeAvailableResourceRequest({
      regionId,
      destinationResource: 'InstanceType',
      instanceType: 'ecs.c7.xlarge',
    }),
  );
  const price = await world.ecs.describePrice(
    new $Ecs.DescribePriceRequest({
      regionId,
      instanceType: 'ecs.c7.xlarge',
      amount: 2,
      systemDisk: { category: 'cloud_essd', size: 40 },
    }),
  );

  expect(stock.body?.availableZones?.availableZone?.map((zone) => zone.status)).toEqual([
    'Available',
    'SoldOut',
    'Available',
  ]);
  expect(price.body?.priceInfo?.price).toMatchObject({ currency: 'USD', tradePrice: 0.372 });
  await refusal(
    world.ecs.describePrice(new $Ecs.DescribePriceRequest({ regionId, instanceType: 'ecs.none' })),
    'InvalidInstanceType.ValueNotSupported',
  );
});

test('which system disks there are is told for an instance type alone', async () => {
  const disks = (more: Record<string, string> = {}) =>
    world.ecs.describeAvailableResource(
      new $Ecs.DescribeAvailableResourceRequest({ regionId, destinationResource: 'SystemDisk', ...more }),
    );

  await refusal(disks(), 'MissingParameter');
  const [zone] = (await disks({ instanceType: 'ecs.c7.xlarge' })).body?.availableZones?.availableZone ?? [];
  const [offer] = zone?.availableResources?.availableResource ?? [];
  expect(offer?.supportedResources?.supportedResource?.map((disk) => disk.value)).toContain('cloud_essd');
});
