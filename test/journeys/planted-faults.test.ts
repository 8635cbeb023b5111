import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { offers, openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';

/** Each fault strikes one cluster, found by the names of its machines; all clusters are made in one town. */
let town: Town;

beforeAll(async () => {
  town = await openTown();
}, 60_000);

afterAll(() => town.close());

const SMALL = '--origin 1 --edge 1 --edge-min 1';

/** Creates a cluster and returns how the operation's message reads at its end. */
async function create(name: string, more = ''): Promise<string> {
  const plan = await town.plan(`create-cluster ${name} ${SMALL} ${more}`);
  return oneLine(offers(plan, 'Approve') ? await town.approve(plan) : plan);
}

function oneLine(message: Parameters<Town['world']['slack']['render']>[0]): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

async function flown(name: string): Promise<string> {
  await town.dana.command(`test-fly ${name}`, { channel: town.channel });
  return oneLine(
    await town.next(
      (message) => message.text.includes(`${name} failed`) || message.text.includes(`${name} passed`),
    ),
  );
}

describe('a fault is named with its fix, and the operation does not end well', () => {
  it('a node that stays standalone', async () => {
    town.world.machines.faults.staysStandalone({ name: 'alone-edge*' });

    expect(await create('alone')).toMatch(
      /Failed: .*\(10\.0\.\d+\.\d+\) runs but did not join the cluster.*release the node/,
    );
  }, 150_000);

  it('a node missing from the node list', async () => {
    town.world.machines.faults.missingFromNodeList({ name: 'unlisted-origin*' });

    expect(await create('unlisted')).toMatch(/Failed: .*did not join the cluster/);
  }, 150_000);

  it('a closed port between nodes', async () => {
    town.world.machines.faults.nodePortClosed({ name: 'shut-origin*' });

    expect(await create('shut')).toMatch(/Failed: .*TCP 5000 from node .* is closed.*Open TCP 5000/);
  }, 150_000);

  it('an application that is not deployed', async () => {
    for (const app of ['WebRTCAppEE', 'live', 'LiveApp'])
      town.world.machines.faults.appMissing({ name: 'bare-*' }, app);

    expect(await create('bare')).toMatch(
      /Failed: .*None of the applications WebRTCAppEE, live, LiveApp is deployed/,
    );
  }, 150_000);

  it('a database that listens on loopback only', async () => {
    town.world.machines.faults.mongodLoopbackOnly({ name: 'deaf-*' });

    expect(await create('deaf')).toMatch(/Failed: .*(loopback|127\.0\.0\.1|0\.0\.0\.0)/);
  }, 150_000);

  it("somebody else's resource under the same name", async () => {
    const cloud = createCloud({
      endpoint: town.world.alibaba.url,
      credentials: { accessKeyId: 'sandbox-key-id', accessKeySecret: 'sandbox-key-secret' },
    });
    const { publicKey } = newSshKeyPair();
    await cloud.in('eu-central-1').ecs.importKeyPair({ name: 'taken-key-pair', publicKey, tags: {} });

    expect(await create('taken')).toMatch(
      /Cannot create cluster taken .*Somebody else's key pair taken-key-pair.*another name/,
    );
  }, 150_000);

  it('server groups swapped between listeners', async () => {
    await create('swap');
    const alb = albOf(town.world.alibaba.cloud);
    const mine = [...alb.listeners.values()].filter(
      (listener) => alb.loadBalancers.get(listener.loadBalancerId)?.name === 'swap-load-balancer',
    );
    const at = (port: number) => mine.find((listener) => listener.port === port);
    const [https, play] = [at(443), at(5443)];
    if (!https || !play) throw new Error('there are no listeners');
    [https.defaultActions, play.defaultActions] = [play.defaultActions, https.defaultActions];

    expect(await flown('swap')).toMatch(/port 443 leads to the edge nodes instead of the origin nodes/);
    await town.dana.command('status swap', { channel: town.channel });
    const status = await town.next((message) => message.text.startsWith('swap '));
    expect(oneLine(status)).toMatch(/Port 443 does not lead to the origin nodes/);
  }, 150_000);
});

describe('a bad certificate is refused before anybody is asked', () => {
  it.each([
    [
      'an expired one',
      { names: ['*.live.example.com'], notBefore: new Date(Date.now() - 40 * 86_400_000), days: 30 },
      /expired/,
    ],
    ['half a chain', { names: ['*.live.example.com'], chain: false }, /intermediate|chain/i],
    ['one of another name', { names: ['other.example.org'] }, /covers other\.example\.org but not/],
  ])(
    '%s',
    async (_what, options, words) => {
      const made = await makeCertificate(options);
      const other = await openTown({ certificate: made });
      const writes = () =>
        other.world.alibaba.cloud.requests.filter((one) => /^(Create|Run|Import|Upload)/.test(one.action));

      const refused = await other.plan(`create-cluster live ${SMALL}`);

      expect(other.world.slack.render(refused).replace(/\s+/g, ' ')).toMatch(words);
      expect(refused.text).toContain('Cannot create cluster live');
      expect(writes()).toEqual([]);
      await other.close();
    },
    60_000,
  );
});
