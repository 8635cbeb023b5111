import { expect, it } from 'vitest';
import type { Cost } from '../../../src/cluster/plan.ts';
import { Settings } from '../../../src/cluster/settings.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { costOfCreate, costOfScale } from '../../../src/jobs/preflight/cost.ts';
import type { Tools } from '../../../src/jobs/steps/step-context.ts';
import { json, refuse, wireServers } from '../../cloud/wire-server.ts';
import type { Reply } from '../../cloud/wire-server.ts';
import { aSpec } from '../resources/spec.ts';

/** What approvers are told where the price service tells little. */
const open = wireServers();
const ALB_HOUR = 0.15;
const PRICE = { Currency: 'CNY', TradePrice: 1.5 };
const SOLD = { imageId: 'm-node', name: 'Ant Media Enterprise', productCode: 'cmjj00012345' };
const LICENCES = ['Ant Media licence of the origin node', 'Ant Media licence of the edge nodes'];

async function tools(reply: Reply, site: Settings['site'] = 'international'): Promise<Tools> {
  const settings = Settings.parse({ site, prices: { albPerHour: ALB_HOUR } });
  return { cloud: (await open(reply)).cloud(), settings } as unknown as Tools;
}

const told =
  (price: object, related: object = {}): Reply =>
  (_call, response) =>
    json(response, 200, { RequestId: 'r', PriceInfo: { Price: price, ...related } });

async function costOf(spec: ClusterSpec, reply: Reply, site?: Settings['site']): Promise<Cost> {
  return costOfCreate(spec, await tools(reply, site));
}

const pricesOf = ({ lines }: Cost) => new Map(lines.map(({ what, perHour }) => [what, perHour]));

it.each([
  ['china', 'CNY'],
  ['international', 'USD'],
] as const)('is of the currency of site %s where no price is told', async (site, currency) => {
  const none: Reply = (_call, response) => refuse(response, 404, 'PriceNotFound');

  expect(await costOf(aSpec(), none, site)).toMatchObject({ currency });
});

it('has the currency of the prices, whatever the site', async () => {
  expect(await costOf(aSpec(), told(PRICE))).toMatchObject({ currency: 'CNY' });
});

it('is not 0 where the answer holds an empty price', async () => {
  const cost = await costOf(aSpec(), told({ Currency: 'USD', TradePrice: null }));

  expect([...pricesOf(cost).values()]).toEqual([undefined, undefined, undefined, ALB_HOUR]);
});

it('names the licence of a Marketplace image as not known where only the machine has a price', async () => {
  const cost = await costOf(aSpec({ image: SOLD }), told(PRICE));

  expect([...pricesOf(cost)].filter(([, perHour]) => perHour === undefined)).toEqual(
    LICENCES.map((what) => [what, undefined]),
  );
  expect(cost.notIncluded.join()).toContain(`${LICENCES[0]}: its price could not be read`);
});

it.each([
  ['a free Marketplace image', SOLD, { RelatedPrice: { MarketplaceImagePrice: { TradePrice: 0 } } }],
  ['an image of the team', { imageId: 'm-own', name: 'own' }, {}],
])('has no licence of %s', async (_what, image, related) => {
  const cost = await costOf(aSpec({ image }), told(PRICE, related));

  expect(cost.lines.map(({ what }) => what).join()).not.toContain('licence');
});

it('says that it leaves out what auto-scaling adds, as far as it may', async () => {
  const fixed = { ...aSpec().origin, max: 1 };

  expect((await costOf(aSpec(), told(PRICE))).notIncluded).toContain(
    'nodes that auto-scaling adds (up to 10 origin and 10 edge nodes)',
  );
  expect((await costOf(aSpec({ origin: fixed }), told(PRICE))).notIncluded).toContain(
    'nodes that auto-scaling adds (up to 10 edge nodes)',
  );
});

it('says of fewer nodes what they cost', async () => {
  const { lines } = await costOfScale(aSpec(), 'edge', -2, await tools(told(PRICE)));

  expect(lines.map(({ count, perHour }) => [count, perHour])).toEqual([[-2, -3]]);
});
