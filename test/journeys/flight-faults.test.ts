import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { albOf } from '../../sandbox/alibaba/alb/lookup.ts';
import type { Listener } from '../../sandbox/alibaba/alb/state.ts';
import { casOf } from '../../sandbox/alibaba/cas/lookup.ts';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { makeCertificate } from '../../sandbox/certificates.ts';
import type { CertificateOptions } from '../../sandbox/certificates.ts';
import { operationIn } from '../chaos/suite/record.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** One healthy cluster, at which somebody tinkers by hand. */
let town: Town;
let seen: Watcher;

beforeAll(async () => {
  town = await openTown();
  seen = watch(town);
  await town.run('create-cluster live --origin 1 --edge 1 --edge-min 1');
}, 150_000);

afterAll(() => town.close());

function listener(port: number, cluster = 'live'): Listener | undefined {
  const alb = albOf(town.world.alibaba.cloud);
  return [...alb.listeners.values()].find(
    (one) =>
      one.port === port && alb.loadBalancers.get(one.loadBalancerId)?.name === `${cluster}-load-balancer`,
  );
}

function need(port: number): Listener {
  const found = listener(port);
  if (!found) throw new Error(`there is no listener on port ${port}`);
  return found;
}

function nodesGroup() {
  const groups = [...ecsState(town.world.alibaba.cloud).groups.values()];
  const found = groups.find((group) => group.name === 'live-security-group-nodes');
  if (!found) throw new Error('there is no security group of the nodes');
  return found;
}

const flown = () => seen.asked('test-fly live', /live (failed|passed)/);
const status = () => seen.asked('status live', /^live /);

/** Puts another certificate behind a listener, as somebody in the console would. Returns the way back. */
async function exchange(port: number, options: Partial<CertificateOptions>): Promise<() => void> {
  const cas = casOf(town.world.alibaba.cloud);
  const at = need(port);
  const [mine = ''] = at.certificateIds;
  const before = cas.byIdentifier(mine);
  if (!before) throw new Error('the listener has no certificate');
  const made = await makeCertificate({ names: ['*.live.example.com'], ...options });
  const id = before.id + 1_000 + cas.certificates.size;
  const identifier = `${id}-${cas.suffix}`;
  cas.certificates.set(id, { ...before, id, identifier, certPem: made.chainPem, keyPem: made.keyPem });
  at.certificateIds = [identifier];
  return () => {
    at.certificateIds = [mine];
  };
}

describe('what was changed by hand is named by test-fly, with its fix', () => {
  it('nothing, while nobody did', async () => {
    expect(await flown()).toContain('live passed its test flight');
  });

  it.each([443, 5443])('an expired certificate on port %i', async (port) => {
    const undo = await exchange(port, { notBefore: new Date(Date.now() - 40 * 86_400_000), days: 30 });

    const flight = await flown();
    const now = await status();
    undo();

    expect(flight).toContain(`certificate on port ${port} has expired; renew it and set the new one`);
    expect(now).toContain(`The certificate has expired (port ${port})`);
  });

  it('half a certificate chain', async () => {
    const undo = await exchange(5443, { chain: false });

    const flight = await flown();
    undo();

    expect(flight).toMatch(/chain on port 5443 is incomplete.*fullchain\.pem/);
    expect(flight).toContain('failed');
  });

  it('a certificate of another name', async () => {
    const undo = await exchange(443, { names: ['other.example.org'] });

    const flight = await flown();
    undo();

    expect(flight).toMatch(/certificate on port 443 does not cover live\.live\.example\.com/);
  });

  it('a closed port between nodes', async () => {
    const group = nodesGroup();
    const { rules } = group;
    group.rules = rules.filter((rule) => rule.portRange !== '5000/5000');
    group.innerAccessPolicy = 'Drop';

    const flight = await flown();
    group.rules = rules;
    group.innerAccessPolicy = 'Accept';

    expect(flight).toMatch(
      /Security group sg-\S+ does not let nodes reach one another on TCP 5000\. Add a rule for TCP 5000/,
    );
  });

  it('closed media ports', async () => {
    const group = nodesGroup();
    const { rules } = group;
    group.rules = rules.filter((rule) => rule.portRange !== '50000/60000');

    const flight = await flown();
    group.rules = rules;

    expect(flight).toMatch(/UDP 50000-60000 is closed in security group .*open it to 0\.0\.0\.0\/0/);
  });

  it('a stopped listener', async () => {
    const play = need(5443);
    play.status = 'Stopped';

    const [flight, now] = [await flown(), await status()];
    play.status = 'Running';

    expect(flight).toMatch(/port 5443; check that its listener runs/);
    expect(now).toMatch(/listener on port 5443 is stopped/);
  });

  it('swapped server groups', async () => {
    const [publish, play] = [need(443), need(5443)];
    [publish.defaultActions, play.defaultActions] = [play.defaultActions, publish.defaultActions];

    const [flight, now] = [await flown(), await status()];
    [publish.defaultActions, play.defaultActions] = [play.defaultActions, publish.defaultActions];

    expect(flight).toMatch(/port 443 leads to the edge nodes instead of the origin nodes/);
    expect(now).toMatch(/Port 443 does not lead to the origin nodes/);
  });

  it('a port of which half leads to the other group', async () => {
    const play = need(5443);
    const usual = play.defaultActions;
    const groups = [usual, need(443).defaultActions].map(
      ([action]) => action?.ForwardGroupConfig?.ServerGroupTuples?.[0]?.ServerGroupId ?? '',
    );
    const ServerGroupTuples = groups.map((ServerGroupId) => ({ ServerGroupId, Weight: 100 }));
    play.defaultActions = [{ Type: 'ForwardGroup', Order: 1, ForwardGroupConfig: { ServerGroupTuples } }];

    const flight = await flown();
    play.defaultActions = usual;

    expect(flight).toContain('live failed');
    expect(flight).toMatch(
      /port 5443 leads to the origin nodes, too \([12] of 3 answers\), instead of the edge/,
    );
  });

  it('a rule that answers in the place of the nodes', async () => {
    const alb = albOf(town.world.alibaba.cloud);
    const { id: listenerId, regionId, loadBalancerId } = need(5443);
    const id = 'rule-cover00000000001';
    const Content = '<!doctype html><html><body>We are back soon.</body></html>';
    alb.rules.set(id, {
      id,
      regionId,
      listenerId,
      loadBalancerId,
      name: 'back-soon',
      priority: 1,
      direction: 'Request',
      status: 'Available',
      tags: [],
      conditions: [{ Type: 'Path', PathConfig: { Values: ['/*/player.html', '/*/play.html'] } }],
      actions: [
        {
          Type: 'FixedResponse',
          Order: 1,
          FixedResponseConfig: { HttpCode: '200', ContentType: 'text/html', Content },
        },
      ],
    });

    const flight = await flown();
    alb.rules.delete(id);

    expect(flight).toContain('live failed');
    expect(flight).toMatch(
      /player\.html answers with a page that neither publishes nor plays: a rule of the/,
    );
  });

  it('a node that left the list', async () => {
    town.world.machines.faults.heartbeatStops({ name: 'live-edge*' });

    await expect
      .poll(flown, { timeout: 60_000, interval: 1_000 })
      .toMatch(
        /node i-\S+ \(10\.0\.\d+\.\d+\) runs but is not in the cluster's node list; release it in the ECS console/,
      );
    expect(await status()).toMatch(/runs but is not in the cluster/);
    town.world.machines.faults.clear();
    await expect.poll(flown, { timeout: 60_000, interval: 1_000 }).toContain('live passed its test flight');
  }, 130_000);
});

describe('what is changed by hand while the cluster is made fails its test flight', () => {
  it('swapped server groups', async () => {
    const plan = await seen.planned('swap');
    const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
      const [publish, play] = [listener(443, 'swap'), listener(5443, 'swap')];
      if (action !== 'DescribeScalingInstances' || !publish || !play) return;
      stop();
      [publish.defaultActions, play.defaultActions] = [play.defaultActions, publish.defaultActions];
    });

    const end = seen.words(await town.approve(plan));

    expect(end).toContain('Failed: create cluster swap');
    expect(end).toMatch(/(443|5443) (leads|does not lead) to the/);
    expect(end).not.toContain('?id=stream1');
  }, 150_000);
});

/** Answers of the cloud serve a first visit for 30 s. */
const AGED_MS = 60_000;

it('a cloud that refuses to tell for longer than a flight may settle is asked again, and no failure', async () => {
  const { cloud } = town.world.alibaba;
  const plan = await seen.planned('patient');
  const said = (step: string, words: string) =>
    town.products
      .flatMap(({ output }) => output)
      .some((line) => [operationIn(plan), `"${step}"`, words].every((part) => line.includes(part)));
  // While a flight may settle a refusal is one of its checks, from then on it is what the step met.
  const isOverdue = () => said('test-flight', 'cloud call refused');
  let refusals = 0;
  const stop = cloud.faults.decide(({ action, when }) => {
    if (when !== 'before') return undefined;
    if (action === 'RunCommand') return { action, when, kind: 'slow', delayMs: AGED_MS };
    // Once its nodes are there only the flight asks for the scaling groups.
    if (action !== 'DescribeScalingGroups' || isOverdue()) return undefined;
    if (!said('nodes-origin', 'step done') || !said('nodes-edge', 'step done')) return undefined;
    refusals += 1;
    return { action, when, kind: 'throttle' };
  });

  const end = seen.words(await town.approve(plan));
  stop();

  expect(refusals).toBeGreaterThan(0);
  expect(isOverdue(), 'refused for longer than a flight may settle').toBe(true);
  expect(end).toContain('Done: create cluster patient');
}, 150_000);
