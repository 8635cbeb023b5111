import { afterAll, beforeAll, expect, it } from 'vitest';
import { PRODUCTS } from '../../sandbox/alibaba/products.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

let town: Town;

/** Codes that say that the caller wrote nonsense, whatever the product calls it. */
const NONSENSE =
  /^(Invalid|Missing|Malformed|Illegal|Unsupported|Idempotent|InvalidAction|SignatureDoesNotMatch)|NotSupported$|^IncorrectFormat|Format$/;
const READ = /^(Describe|List|Get|Query)/;

beforeAll(async () => {
  town = await openTown();
  await town.run('create-cluster live --edge 1 --edge-min 1');
  await town.run('scale edge 2 live');
  await town.dana.command('status live', { channel: town.channel });
  await town.next((message) => message.text.startsWith('live is'));
  await town.dana.command('test-fly live', { channel: town.channel });
  await town.next((message) => message.text.includes('test flight'));
  await town.run('destroy-cluster live --confirm live');
}, 150_000);

afterAll(() => town?.close());

function requests() {
  return town.world.alibaba.cloud.requests;
}

it('every request of a cluster’s whole life is understood by the cloud', () => {
  const refused = requests().filter((one) => NONSENSE.test(one.code));

  // Which of the types that one may fall back on a region sells is learned by asking for each of them.
  const words = refused.map((one) => `${one.action} ${one.code}`);
  expect(
    [...new Set(words)]
      .filter((one) => !ASKED_ON_PURPOSE.includes(one))
      // A neighbour that was removed between the list and the look at each.
      .filter((one) => !/^Describe\S+ .*NotFound$/.test(one)),
  ).toEqual([]);
  expect(requests().length).toBeGreaterThan(200);
  expect(new Set(requests().map((one) => one.product))).toEqual(
    new Set(['STS', 'BSS', 'VPC', 'ECS', 'ALB', 'CAS', 'ESS', 'CMS']),
  );
});

it('nothing is refused but what is in use for a moment, or gone when it is looked at', () => {
  const codes = requests()
    .filter((one) => one.code !== 'OK' && !NONSENSE.test(one.code))
    .map((one) => `${one.action} ${one.code}`);

  expect(
    [...new Set(codes)].filter(
      (one) => !/^Delete|DependencyViolation|Configuring|Incorrect|^Get.*NotFound/.test(one),
    ),
  ).toEqual([]);
});

it('each goes to the region of the cluster, and names zones, vSwitches and types of that region', () => {
  const { cloud } = town.world.alibaba;
  const zones = cloud.region('eu-central-1')?.zones ?? [];
  const named = requests().flatMap((one) => zonesIn(one.params));

  expect(new Set(requests().map((one) => one.regionId))).toEqual(new Set(['eu-central-1']));
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((zone) => !zones.includes(zone))).toEqual([]);
});

it('user data is base64 of a script or a cloud-config', () => {
  const sent = requests().flatMap((one) => {
    const text = one.params['UserData'];
    return typeof text === 'string' ? [text] : [];
  });

  expect(sent).toHaveLength(3);
  for (const text of sent) {
    expect(Buffer.from(text, 'base64').toString('base64')).toBe(text);
    expect(Buffer.from(text, 'base64').toString('utf8')).toMatch(/^(#!\/bin\/bash|#cloud-config)\n/);
    expect(Buffer.from(text, 'base64').length).toBeLessThan(16 * 1024);
  }
});

it('certificates are named to listeners by id and region', () => {
  const ids = requests()
    .filter((one) => one.action === 'CreateListener')
    .flatMap((one) => (one.params['Certificates'] as { CertificateId: string }[] | undefined) ?? [])
    .map((one) => one.CertificateId);

  expect(ids).toHaveLength(2);
  for (const id of ids) expect(id).toMatch(/^\d+-[a-z]+-[a-z]+-\d+$/);
});

it('whatever creates something carries a token where the action takes one, and no two creations share it', () => {
  const writes = requests().filter((one) => !READ.test(one.action));
  const takesToken = writes.filter((one) => {
    const product = PRODUCTS.find((each) => each.name === one.product);
    return 'ClientToken' in (product?.model(one.action)?.fields ?? {});
  });
  const creations = takesToken.filter((one) => /^(Create|RunInstances|Enable|Attach)/.test(one.action));
  const without = creations.filter((one) => typeof one.params['ClientToken'] !== 'string');
  const tokens = creations.filter((one) => one.code === 'OK').map((one) => String(one.params['ClientToken']));

  expect(creations.length).toBeGreaterThan(8);
  expect([...new Set(without.map((one) => one.action))]).toEqual([]);
  expect(new Set(tokens).size).toBe(tokens.length);
});

it('secrets travel in bodies: no address of a request holds a key, a password or user data', () => {
  const exposed = requests().filter((one) =>
    one.inQuery.some((name) => /^(UserData|Key|CommandContent|Cert)$/.test(name)),
  );

  expect([...new Set(exposed.map((one) => one.action))]).toEqual([]);
  expect(requests().some((one) => one.inQuery.includes('RegionId'))).toBe(true);
});

const ASKED_ON_PURPOSE = ['DescribeAvailableResource InvalidInstanceType.ValueNotSupported'];

function zonesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(zonesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'ZoneId' && typeof inner === 'string' ? [inner] : zonesIn(inner),
  );
}
