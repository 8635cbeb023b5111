import * as $cas from '@alicloud/cas20200407';
import * as $dns from '@alicloud/alidns20150109';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { casOf } from '../../sandbox/alibaba/cas/lookup.ts';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { codeOf, startWorld, type World } from './alb-world.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  addZone(world.server.cloud, 'example.com');
});

afterEach(async () => {
  await world.server.close();
});

test('CAS reads what is in a certificate and keeps the private key to itself when asked', async () => {
  const made = await makeCertificate({ names: ['live.example.com', '*.example.net'] });
  const id = (await upload('one', made.chainPem, made.keyPem)).body?.certId ?? 0;

  const detail = await world.cas.getUserCertificateDetail(
    new $cas.GetUserCertificateDetailRequest({ certId: id, certFilter: true }),
  );

  expect(detail.body).toMatchObject({
    name: 'one',
    common: 'live.example.com',
    sans: 'live.example.com,*.example.net',
    expired: false,
    certIdentifier: `${id}-ap-southeast-1`,
  });
  expect(detail.body?.key).toBeUndefined();
});

test('CAS refuses a foreign key, garbage, and a name that is taken', async () => {
  const [made, other] = await Promise.all(
    ['a.example.com', 'b.example.com'].map((name) => makeCertificate({ names: [name] })),
  );
  if (!made || !other) throw new Error('no certificates');
  await upload('one', made.chainPem, made.keyPem);

  expect(await codeOf(upload('two', made.chainPem, other.keyPem))).toBe('CertKeyNotMatch');
  expect(await codeOf(upload('two', 'hello', made.keyPem))).toBe('InvalidParameter.Cert');
  expect(
    await codeOf(upload('two', made.chainPem, made.keyPem.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))),
  ).toBe('InvalidParameter.Key');
  expect(await codeOf(upload('one', other.chainPem, other.keyPem))).toBe('NameRepeat');
});

test('CAS takes tags that any resource takes, and no others', async () => {
  const made = await makeCertificate({ names: ['a.example.com'] });
  const twenty = Array.from({ length: 20 }, (_, at) => ({ key: `key-${at}`, value: 'x' }));

  for (const [code, tags] of [
    ['InvalidTagKey.Malformed', [{ key: 'aliyun-mine' }]],
    ['InvalidTagValue.Malformed', [{ key: 'k', value: 'v'.repeat(129) }]],
    ['InvalidTagCount', [...twenty, { key: 'more' }]],
  ] as const)
    expect(await codeOf(upload('one', made.chainPem, made.keyPem, tags))).toBe(code);
  const certId = (await upload('one', made.chainPem, made.keyPem, twenty)).body?.certId ?? 0;
  expect(casOf(world.server.cloud).certificates.get(certId)?.tags).toHaveLength(20);
});

test('CAS lists uploads only when asked for them, and hides expired ones', async () => {
  const good = await makeCertificate({ names: ['a.example.com'] });
  const old = await makeCertificate({ names: ['b.example.com'], notBefore: new Date('2020-01-01'), days: 1 });
  await upload('good', good.chainPem, good.keyPem);
  await upload('old', old.chainPem, old.keyPem);
  const names = async (request: object) => {
    const answer = await world.cas.listUserCertificateOrder(
      new $cas.ListUserCertificateOrderRequest(request),
    );
    return answer.body?.certificateOrderList?.map((entry) => entry.name) ?? [];
  };

  expect(await names({})).toEqual([]);
  expect(await names({ orderType: 'UPLOAD' })).toEqual(['good']);
  expect(await names({ orderType: 'UPLOAD', status: 'EXPIRED' })).toEqual(['old']);
});

test('alidns adds a CNAME once, and nothing beside it', async () => {
  const first = await add('live', 'CNAME', 'alb-1.eu-central-1.alb.aliyuncs.com.');

  expect(await codeOf(add('live', 'CNAME', 'alb-1.eu-central-1.alb.aliyuncs.com'))).toBe(
    'DomainRecordDuplicate',
  );
  expect(await codeOf(add('live', 'A', '192.0.2.1'))).toBe('DomainRecordConflict');
  const listed = await world.dns.describeSubDomainRecords(
    new $dns.DescribeSubDomainRecordsRequest({ subDomain: 'live.example.com' }),
  );
  expect(listed.body?.domainRecords?.record?.[0]).toMatchObject({
    recordId: first.body?.recordId,
    value: 'alb-1.eu-central-1.alb.aliyuncs.com',
    status: 'ENABLE',
  });
  const large = new $dns.DescribeSubDomainRecordsRequest({ subDomain: 'live.example.com', pageSize: 101 });
  expect(await codeOf(world.dns.describeSubDomainRecords(large))).toBe('InvalidParameter');
});

test('alidns knows its zones and splits names by them', async () => {
  const main = await world.dns.getMainDomainName(
    new $dns.GetMainDomainNameRequest({ inputString: 'a.b.example.com' }),
  );

  expect(main.body).toMatchObject({ domainName: 'example.com', RR: 'a.b' });
  const request = new $dns.AddDomainRecordRequest({
    domainName: 'other.org',
    RR: 'a',
    type: 'A',
    value: '192.0.2.1',
  });
  expect(await codeOf(world.dns.addDomainRecord(request))).toBe('InvalidDomainName.NoExist');
});

function upload(
  name: string,
  cert: string,
  key: string,
  tags: readonly { readonly key: string; readonly value?: string }[] = [],
) {
  return world.cas.uploadUserCertificate(
    new $cas.UploadUserCertificateRequest({ name, cert, key, tags: [...tags] }),
  );
}

function add(RR: string, type: string, value: string) {
  return world.dns.addDomainRecord(
    new $dns.AddDomainRecordRequest({ domainName: 'example.com', RR, type, value }),
  );
}
