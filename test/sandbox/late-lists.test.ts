/** Lists of what is new: usually they show it at once, and late where the settings say so. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { addZone } from '../../sandbox/alibaba/alidns/lookup.ts';
import { type MadeCertificate, makeCertificate } from '../../sandbox/certificates.ts';
import { type CloudWorld, startWorld } from './alibaba-world.ts';

const RegionId = 'eu-central-1';
const TAG = [{ Key: 'ams-cluster', Value: 'live' }];
const ECS = '2014-05-26';
const VPC = '2016-04-28';
const ESS = '2022-02-22';
const CAS = '2020-04-07';
const DNS = '2015-01-09';
/** Simulated; in real time it is longer than any test, and shorter than `MUCH_LATER_MS`. */
const VERY_LATE_MS = 36_000_000;
const MUCH_LATER_MS = 600_000;

let world: CloudWorld;
let certificate: MadeCertificate;

beforeAll(async () => {
  world = await startWorld();
  certificate = await makeCertificate({ names: ['live.example.com'] });
});
beforeEach(async () => {
  await world.server.reset();
  addZone(world.server.cloud, 'example.com');
});
afterEach(() => vi.useRealTimers());
afterAll(() => world.close());

test('usually lists show what is new, a scaling group a second later', async () => {
  const made = await makeOneOfEach();

  const { scalingGroup, ...others } = listings(made);
  for (const [kind, listing] of Object.entries(others))
    expect(await idsIn(listing), kind).toEqual([made[kind]]);
  await expect.poll(() => idsIn(scalingGroup)).toEqual([made['scalingGroup']]);
});

describe('where lists are later than usual', () => {
  beforeEach(() => {
    world.server.cloud.settings.visibleAfterMs = VERY_LATE_MS;
  });

  test('they show nothing that is new, whatever it is, until its time has come', async () => {
    const made = await makeOneOfEach();

    for (const [kind, listing] of Object.entries(listings(made)))
      expect(await idsIn(listing), kind).toEqual([]);
    vi.setSystemTime(Date.now() + MUCH_LATER_MS);
    for (const [kind, listing] of Object.entries(listings(made)))
      expect(await idsIn(listing), kind).toEqual([made[kind]]);
  });

  test('who asks by id is answered at once', async () => {
    const made = await makeOneOfEach();

    for (const [kind, listing] of Object.entries(byId(made)))
      expect(await idsIn(listing), kind).toEqual([made[kind]]);
    const detail = await world.call(CAS, 'GetUserCertificateDetail', { CertId: made['certificate'] });
    expect(detail['Id']).toBe(made['certificate']);
    const record = await world.call(DNS, 'DescribeDomainRecordInfo', { RecordId: made['record'] });
    expect(record['RecordId']).toBe(made['record']);
  });

  test('a launch template tells of a new version as late', async () => {
    world.server.cloud.settings.visibleAfterMs = 0;
    const made = await makeOneOfEach();
    world.server.cloud.settings.visibleAfterMs = VERY_LATE_MS;
    await world.call(ECS, 'CreateLaunchTemplateVersion', { RegionId, LaunchTemplateId: made['template'] });
    const { template, version } = listings(made);
    const [api, action, filter, path] = template;
    const latest: Listing = [api, action, filter, path, 'LatestVersionNumber'];

    expect([await idsIn(latest), await idsIn(version)]).toEqual([[1], [1]]);
    vi.setSystemTime(Date.now() + MUCH_LATER_MS);
    expect([await idsIn(latest), await idsIn(version)]).toEqual([[2], [2, 1]]);
  });
});

/** Ids by kind. */
type Made = Readonly<Record<string, unknown>>;

async function makeOneOfEach(): Promise<Made> {
  const { call, server } = world;
  const network = { RegionId, Tag: TAG };
  const { VpcId } = await call(VPC, 'CreateVpc', { ...network, CidrBlock: '10.0.0.0/16' });
  await server.cloud.settle();
  const place = { VpcId, ZoneId: `${RegionId}a`, CidrBlock: '10.0.0.0/24' };
  const { VSwitchId } = await call(VPC, 'CreateVSwitch', { ...network, ...place });
  await server.cloud.settle();
  const { SecurityGroupId } = await call(ECS, 'CreateSecurityGroup', { ...network, VpcId });
  const { KeyPairName } = await call(ECS, 'CreateKeyPair', { ...network, KeyPairName: 'live' });
  const { LaunchTemplateId } = await call(ECS, 'CreateLaunchTemplate', {
    RegionId,
    LaunchTemplateName: 'live-edge',
    TemplateTag: TAG,
    ImageId: 'ubuntu_22_04_x64_20G_alibase_20251015.vhd',
    InstanceType: 'ecs.c7.large',
    SecurityGroupId,
  });
  const pair = { Name: 'live', Cert: certificate.chainPem, Key: certificate.keyPem };
  const { CertId } = await call(CAS, 'UploadUserCertificate', pair, 'body');
  const { RecordId } = await call(DNS, 'AddDomainRecord', {
    DomainName: 'example.com',
    RR: 'live',
    Type: 'CNAME',
    Value: 'alb-1.eu-central-1.alb.aliyuncs.com',
  });
  const { ScalingGroupId } = await call(ESS, 'CreateScalingGroup', {
    RegionId,
    MinSize: 0,
    MaxSize: 1,
    LaunchTemplateId,
    LaunchTemplateVersion: '1',
    VSwitchIds: [VSwitchId],
    Tags: TAG,
  });
  const { ScalingRuleId } = await call(ESS, 'CreateScalingRule', {
    RegionId,
    ScalingGroupId,
    ScalingRuleType: 'TargetTrackingScalingRule',
    MetricName: 'CpuUtilization',
    TargetValue: 60,
  });
  return {
    vpc: VpcId,
    vSwitch: VSwitchId,
    securityGroup: SecurityGroupId,
    keyPair: KeyPairName,
    template: LaunchTemplateId,
    version: 1,
    certificate: CertId,
    record: RecordId,
    recordOfHost: RecordId,
    scalingGroup: ScalingGroupId,
    scalingRule: ScalingRuleId,
  };
}

/** A list: version of the API, action, filter, where it is in the answer, and what each entry's id is called. */
type Listing = readonly [string, string, object, string, string];

function listings(made: Made) {
  const tagged = { RegionId, Tag: TAG };
  const named = { RegionId, LaunchTemplateName: ['live-edge'] };
  const versions = { RegionId, LaunchTemplateId: made['template'] };
  const rules = { RegionId, ScalingGroupId: made['scalingGroup'] };
  return {
    vpc: [VPC, 'DescribeVpcs', tagged, 'Vpcs.Vpc', 'VpcId'],
    vSwitch: [VPC, 'DescribeVSwitches', tagged, 'VSwitches.VSwitch', 'VSwitchId'],
    securityGroup: [ECS, 'DescribeSecurityGroups', tagged, 'SecurityGroups.SecurityGroup', 'SecurityGroupId'],
    keyPair: [ECS, 'DescribeKeyPairs', tagged, 'KeyPairs.KeyPair', 'KeyPairName'],
    template: [
      ECS,
      'DescribeLaunchTemplates',
      named,
      'LaunchTemplateSets.LaunchTemplateSet',
      'LaunchTemplateId',
    ],
    version: [
      ECS,
      'DescribeLaunchTemplateVersions',
      versions,
      'LaunchTemplateVersionSets.LaunchTemplateVersionSet',
      'VersionNumber',
    ],
    certificate: [
      CAS,
      'ListUserCertificateOrder',
      { OrderType: 'UPLOAD' },
      'CertificateOrderList',
      'CertificateId',
    ],
    record: [DNS, 'DescribeDomainRecords', { DomainName: 'example.com' }, 'DomainRecords.Record', 'RecordId'],
    recordOfHost: [
      DNS,
      'DescribeSubDomainRecords',
      { SubDomain: 'live.example.com' },
      'DomainRecords.Record',
      'RecordId',
    ],
    scalingGroup: [ESS, 'DescribeScalingGroups', { RegionId, Tags: TAG }, 'ScalingGroups', 'ScalingGroupId'],
    scalingRule: [ESS, 'DescribeScalingRules', rules, 'ScalingRules', 'ScalingRuleId'],
  } as const satisfies Readonly<Record<string, Listing>>;
}

/** The same lists of one thing that is named. */
function byId(made: Made): Readonly<Record<string, Listing>> {
  const all = listings(made);
  const asking = ([version, action, filter, path, id]: Listing, more: object): Listing => [
    version,
    action,
    { ...filter, ...more },
    path,
    id,
  ];
  return {
    vpc: asking(all.vpc, { VpcId: made['vpc'] }),
    vSwitch: asking(all.vSwitch, { VSwitchId: made['vSwitch'] }),
    securityGroup: asking(all.securityGroup, { SecurityGroupIds: JSON.stringify([made['securityGroup']]) }),
    keyPair: asking(all.keyPair, { KeyPairName: made['keyPair'] }),
    template: asking(all.template, { LaunchTemplateId: [made['template']] }),
    version: asking(all.version, { LaunchTemplateVersion: [1] }),
    scalingRule: asking(all.scalingRule, { ScalingRuleIds: [made['scalingRule']] }),
  };
}

async function idsIn([version, action, filter, path, id]: Listing): Promise<unknown[]> {
  const answer = await world.call(version, action, { ...filter });
  const rows = path
    .split('.')
    .reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>>)[name], answer);
  return (rows as Readonly<Record<string, unknown>>[]).map((row) => row[id]);
}
