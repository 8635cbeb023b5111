import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newSshKeyPair } from '../../../src/cloud/ssh.ts';
import { certificateName, resourceTags } from '../../../src/cluster/names.ts';
import { findClusters } from '../../../src/jobs/status/find-clusters.ts';
import { HERE, draft, planBench } from '../../support/plan-bench.ts';

/** What is found of clusters that nobody remembers and of which little is left. */
const bench = planBench();
const THERE = 'us-west-1';

/** Where it would be removed and which parts, or why it would not. */
async function removal(cluster: string): Promise<readonly string[]> {
  const prepared = await bench.plan(draft({ kind: 'destroy' }, { cluster }));
  if (!('plan' in prepared)) return prepared.problems.map((one) => one.message);
  const { regionId, plan } = prepared;
  return [regionId, ...plan.steps.filter((step) => step.action === 'remove').map((step) => step.part)];
}

async function keyPair(
  name: string,
  regionId: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const { publicKey } = await newSshKeyPair();
  await bench.cloud.in(regionId).ecs.importKeyPair({ name, publicKey, tags });
}

describe('the last that is left of a cluster', () => {
  it('a firewall in a VPC of others, is listed and removed', async () => {
    const { ecs, vpc } = bench.cloud.in(HERE);
    const vpcId = await vpc.createVpc({ name: 'team', cidr: '10.0.0.0/16', tags: {}, token: 'team' });
    await bench.world.alibaba.cloud.settle();
    await ecs.createSecurityGroup({
      name: 'walled-security-group-nodes',
      vpcId,
      tags: resourceTags('walled', 'security-group-nodes', 'op-lost'),
      token: 'walled',
    });

    expect((await findClusters(bench.cloud, [THERE, HERE])).clusters).toEqual([
      { cluster: 'walled', regionId: HERE },
    ]);
    expect(await removal('walled')).toEqual([HERE, 'security-group-nodes']);
  });

  it('a key pair, is removed in its region', async () => {
    await keyPair('keyed-key-pair', THERE, resourceTags('keyed', 'key-pair', 'op-lost'));

    expect(await removal('keyed')).toEqual([THERE, 'key-pair']);
  });

  it('a certificate, which lies in no region, is removed', async () => {
    const { chainPem, keyPem } = bench.world.certificate;
    const sha256 = new X509Certificate(chainPem).fingerprint256.replaceAll(':', '').toLowerCase();
    await bench.cloud.cas(HERE).upload({
      name: certificateName('sealed', sha256),
      chainPem,
      keyPem,
      tags: resourceTags('sealed', 'certificate', 'op-lost'),
    });

    expect(await removal('sealed')).toEqual([HERE, 'certificate']);
  });

  it('is none where only a tag of somebody names the cluster', async () => {
    await keyPair('bastion', HERE, { 'ams-cluster': 'named' });

    expect(await removal('named')).toEqual(['There is no cluster `named`.']);
  });

  it('may be there as long as it cannot be looked for', async () => {
    const fault = bench.world.alibaba.cloud.faults.plan({
      action: 'DescribeKeyPairs',
      when: 'before',
      kind: 'code',
      code: 'Forbidden.RAM',
      status: 403,
      times: Infinity,
    });

    expect(await removal('hidden')).toEqual(['I do not find the cluster `hidden`.']);
    fault.cancel();
  });
});
