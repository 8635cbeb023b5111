import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { shareImage } from '../../../sandbox/alibaba/ecs/images.ts';
import { ecsState } from '../../../sandbox/alibaba/ecs/state.ts';
import { essOf } from '../../../sandbox/alibaba/ess/lookup.ts';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import { certificateName, resourceTags } from '../../../src/cluster/names.ts';
import type { Wish } from '../../../src/cluster/operation.ts';
import { newSshKeyPair } from '../../../src/cloud/ssh.ts';
import { additionRisks } from '../../../src/jobs/preflight/capacity.ts';
import type { Prepared, ReadyPlan } from '../../../src/jobs/planning/prepared.ts';
import { CREATE, HERE, draft, planBench } from '../../support/plan-bench.ts';
import { runningInstance } from '../../support/running-instance.ts';
import { aSpec } from '../resources/spec.ts';

/** What the checks before approval tell, and what they let pass. */
const bench = planBench();
const { plan } = bench;

function readyOf(prepared: Prepared): ReadyPlan {
  if (!('plan' in prepared)) throw new Error(JSON.stringify(prepared));
  return prepared;
}

function taken(what: string): object {
  const message: unknown = expect.stringContaining(`Somebody else's ${what} is in the way`);
  return { problems: [{ code: 'name_taken', message }] };
}

describe('a name that the cluster would need and somebody else has', () => {
  it('is told of a scaling rule', async () => {
    const { rules } = essOf(bench.world.alibaba.cloud);
    const rule = {
      id: 'asr-theirs',
      ari: 'ari:acs:ess:theirs',
      regionId: HERE,
      groupId: 'asg-theirs',
      name: 'live-scaling-rule-edge',
      type: 'SimpleScalingRule',
      settings: {},
      visibleAt: 0,
    };
    rules.set(rule.id, rule);

    expect(await plan(draft(CREATE))).toMatchObject(taken('scaling rule live-scaling-rule-edge'));
    rules.delete(rule.id);
    expect(await plan(draft(CREATE))).toMatchObject({ problems: [] });
  });

  it('is told of a certificate with another content', async () => {
    const leaf = new X509Certificate(bench.world.certificate.chainPem);
    const name = certificateName('live', leaf.fingerprint256.replaceAll(':', '').toLowerCase());
    const { chainPem, keyPem } = await makeCertificate({ names: ['other.example.org'] });
    const cas = bench.cloud.cas(HERE);
    const certId = await cas.upload({ name, chainPem, keyPem });

    expect(await plan(draft(CREATE))).toMatchObject(taken(`certificate ${name}`));
    await cas.delete(certId);
    expect(await plan(draft(CREATE))).toMatchObject({ problems: [] });
  });
});

it('a certificate for another domain is told with each of its names once', async () => {
  const { chainPem, keyPem } = await makeCertificate({ names: ['other.example.org'] });
  const certId = await bench.cloud.cas(HERE).upload({ name: 'team', chainPem, keyPem });
  const wish: Wish = { kind: 'create', options: { ...CREATE.options, certificate: String(certId) } };

  expect(await plan(draft(wish))).toMatchObject({
    problems: [{ message: `Certificate ${certId} is for other.example.org, not for live.live.example.com.` }],
  });
});

it('a chain that no trusted root ends is a risk, and one that trustedRoots ends is none', async () => {
  const { chainPem, keyPem, caPem } = await makeCertificate({ names: ['live.live.example.com'] });
  process.env['ODD_CHAIN'] = chainPem;
  process.env['ODD_KEY'] = keyPem;
  process.env['ODD_ROOT'] = caPem;
  const odd = { chain: 'env:ODD_CHAIN', key: 'env:ODD_KEY' };
  const wish: Wish = { kind: 'create', options: { ...CREATE.options, certificate: 'odd' } };
  const risks = async (trustedRoots: string) =>
    readyOf(await plan(draft(wish), { certificates: { odd }, trustedRoots })).plan.risks.join(' ');
  process.env['OTHER_ROOT'] = rootCertificates[0];

  expect(await risks('env:ODD_ROOT')).not.toContain('chain leads to');
  expect(await risks('env:OTHER_ROOT')).toMatch(
    /Certificate "odd": its chain leads to "[^"]+", which is neither/,
  );
});

it('a certificate and a key pair that were made for another cluster are risks', async () => {
  const tags = resourceTags('first', 'theirs', 'op-first');
  const { chainPem, keyPem } = await makeCertificate({ names: ['live.live.example.com'] });
  const certId = await bench.cloud.cas(HERE).upload({ name: 'first-cert', chainPem, keyPem, tags });
  const { publicKey } = await newSshKeyPair();
  await bench.cloud.in(HERE).ecs.importKeyPair({ name: 'first-pair', publicKey, tags });
  const borrowed = { certificate: String(certId), keyPair: 'first-pair' };
  const wish: Wish = { kind: 'create', options: { ...CREATE.options, ...borrowed } };

  const { risks } = readyOf(await plan(draft(wish))).plan;

  expect(risks.join(' ')).toMatch(/Certificate \d+ was uploaded for cluster first and is deleted when/);
  expect(risks.join(' ')).toContain('Key pair first-pair was made for cluster first and is deleted when');
});

describe('of a scale it is a risk, and none where nodes go,', () => {
  const ask = (added: number) => additionRisks(bench.cloud, aSpec(), added, aSpec().edge);

  it('that the new nodes are beyond the vCPU quota', async () => {
    const { settings } = bench.world.alibaba.cloud;
    const { quotas } = settings;
    settings.quotas = { ...quotas, vCpus: 11 };
    const risks = await Promise.all([ask(3), ask(2), ask(-3)]);
    settings.quotas = quotas;

    const tooMany = expect.stringMatching(
      /^The new nodes need 12 vCPUs, .* quota has 11 left in eu-central-1/,
    );
    expect(risks).toEqual([[tooMany], [], []]);
  });

  it('that all types of the group are sold out in its zones', async () => {
    const { settings } = bench.world.alibaba.cloud;
    const { zones, edge } = aSpec();
    const sold = zones.flatMap((zoneId) =>
      edge.instanceTypes.map((instanceType) => ({ zoneId, instanceType })),
    );
    settings.soldOut = sold;
    const risks = await Promise.all([ask(1), ask(-1)]);
    settings.soldOut = sold.slice(1);
    const partly = await ask(1);
    settings.soldOut = [];

    const words = expect.stringMatching(/sold out in eu-central-1a, eu-central-1b just now: .* none of/);
    expect([...risks, partly]).toEqual([[words], [], []]);
  });

  it('that the account cannot pay', async () => {
    const { settings } = bench.world.alibaba.cloud;
    const { balanceUsd } = settings;
    settings.balanceUsd = -3;
    const risks = await Promise.all([ask(1), ask(-1)]);
    settings.balanceUsd = balanceUsd;

    expect(risks).toEqual([[expect.stringMatching(/balance is -3 USD: .* Top up the account first/)], []]);
  });
});

it('an image that another account shares is a risk, whatever it is called', async () => {
  const image = shareImage(bench.world.alibaba.cloud, HERE, 'Ant Media Server Enterprise 3.0.4');
  const wish = { kind: 'create', options: { ...CREATE.options, image } } satisfies Wish;

  const [shared, usual] = await Promise.all([plan(draft(wish)), plan(draft(CREATE))]);

  const words = `Image ${image} ("Ant Media Server Enterprise 3.0.4") is of another account`;
  expect(readyOf(shared).plan.risks.join(' ')).toContain(words);
  expect(readyOf(usual).plan.risks.join(' ')).not.toContain('another account');
});

it('a domain that no tag can keep is refused', async () => {
  const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`;
  const wish: Wish = { kind: 'create', options: { ...CREATE.options, domain } };

  expect(await plan(draft(wish))).toMatchObject({
    problems: expect.arrayContaining([expect.objectContaining({ code: 'domain_too_long' })]),
  });
});

it('a domain whose pattern grows too long with the name of the cluster is refused', async () => {
  const pattern = { domain: `${'a'.repeat(40)}-{cluster}.live.example.com` };
  const of = (cluster: string) => plan(draft(CREATE, { cluster }), pattern);

  expect(await of('a-name-of-thirty-letters-in-all')).toMatchObject({
    problems: expect.arrayContaining([expect.objectContaining({ code: 'bad_domain' })]),
  });
  expect(JSON.stringify(await of('live'))).not.toContain('bad_domain');
});

it('a create that carries on needs no quota for machines that it has already', async () => {
  const { cloud } = bench.world.alibaba;
  const { quotas } = cloud.settings;
  runningInstance(cloud, { id: 'i-carried', cluster: 'carried', part: 'node-edge' });
  // One origin and two edges of 4 vCPUs each.
  cloud.settings.quotas = { ...quotas, vCpus: 12 };
  const [carried, other] = [
    await plan(draft(CREATE, { cluster: 'carried' })),
    await plan(draft(CREATE, { cluster: 'other' })),
  ];
  cloud.settings.quotas = quotas;
  ecsState(cloud).instances.delete('i-carried');

  expect(JSON.stringify(carried)).not.toContain('quota_vcpu');
  expect(other).toMatchObject({ problems: [{ code: 'quota_vcpu' }] });
});

it('a VPC that was made for another cluster is a risk', async () => {
  const { vpc } = bench.cloud.in(HERE);
  const tags = { ...resourceTags('first', 'vpc', 'op-first') };
  const vpcId = await vpc.createVpc({ name: 'first-vpc', cidr: '10.9.0.0/16', tags, token: 'first vpc' });
  await bench.world.alibaba.cloud.settle();
  const wish: Wish = { kind: 'create', options: { ...CREATE.options, vpc: vpcId } };

  const { risks } = readyOf(await plan(draft(wish))).plan;

  expect(risks.join(' ')).toContain(`VPC ${vpcId} was made for cluster first, whose removal stops`);
});

describe('instance types', () => {
  it('that one zone has sold out are had in two others', async () => {
    const { settings } = bench.world.alibaba.cloud;
    settings.soldOut = [{ zoneId: 'eu-central-1a', instanceType: 'ecs.c7.xlarge' }];
    const { spec } = readyOf(await plan(draft(CREATE)));
    settings.soldOut = [];

    expect(spec?.zones).toEqual(['eu-central-1b', 'eu-central-1c']);
    expect(spec?.edge.instanceTypes[0]).toBe('ecs.c7.xlarge');
  });

  it('that are sold out in its zone do not move a create that carries on', async () => {
    const { vpc } = bench.cloud.in(HERE);
    const { cloud } = bench.world.alibaba;
    const tagsOf = (part: string) => ({ ...resourceTags('kept', part, 'op-lost') });
    const vpcId = await vpc.createVpc({
      name: 'kept-vpc',
      cidr: '10.0.0.0/16',
      tags: tagsOf('vpc'),
      token: 'kept vpc',
    });
    await cloud.settle();
    await vpc.createVSwitch({
      name: 'kept-vswitch-1',
      vpcId,
      zoneId: 'eu-central-1a',
      cidr: '10.0.0.0/24',
      tags: tagsOf('vswitch-1'),
      token: 'kept vswitch',
    });
    await cloud.settle();
    cloud.settings.soldOut = [{ zoneId: 'eu-central-1a', instanceType: 'ecs.c7.xlarge' }];
    const { spec } = readyOf(await plan(draft(CREATE, { cluster: 'kept' })));
    cloud.settings.soldOut = [];

    expect(spec?.zones).toEqual(['eu-central-1a', 'eu-central-1b']);
  });

  it('that the region does not have are passed over where ams.yaml names others', async () => {
    const edge = { instanceTypes: ['ecs.c99.mega', 'ecs.c6.xlarge'] };
    const prepared = readyOf(await plan(draft(CREATE), { edge }));

    expect(prepared.spec?.edge.instanceTypes).toEqual(['ecs.c6.xlarge']);
    expect(prepared.plan.risks.join(' ')).toMatch(/ecs\.c99\.mega is not sold .* begin with ecs\.c6\.xlarge/);
    expect(await plan(draft(CREATE), { edge: { instanceTypes: ['ecs.c99.mega'] } })).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ code: 'type_unknown' })]),
    });
  });
});

it('zones of a region with only one that does lead to another region, not to that one', async () => {
  const place = { region: 'me-central-1', zones: ['me-central-1a', 'me-central-1b'] };
  const wish: Wish = { kind: 'create', options: { ...CREATE.options, ...place } };

  expect(await plan(draft(wish))).toMatchObject({
    problems: expect.arrayContaining([
      expect.objectContaining({
        code: 'zone_unusable',
        hint: expect.stringMatching(/^Only me-central-1a does.* Choose another region/),
      }),
    ]),
  });
});

it('a domain that another cluster serves is a risk', async () => {
  const risks = async () => readyOf(await plan(draft(CREATE))).plan.risks.join(' ');

  expect(await risks()).not.toContain('serves');
  await bench.store.clusters.remember({
    cluster: 'first',
    regionId: HERE,
    domain: 'live.live.example.com',
  });
  expect(await risks()).toContain('Cluster first serves live.live.example.com too');
});
