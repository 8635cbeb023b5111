import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecsState } from '../../sandbox/alibaba/ecs/state.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { newSshKeyPair } from '../../src/cloud/ssh.ts';
import { colleagueOf, sharedKeys } from '../support/colleague.ts';
import { openTown, OUTSIDE } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';
import { watch } from '../support/watcher.ts';
import type { Watcher } from '../support/watcher.ts';

/** What Alibaba Cloud refuses in the middle of the work, and who else has resources in the account. */
let town: Town;
let seen: Watcher;
/** How the creation of a first cluster ended. */
let base: string;
/** Actions refused to the product's key; changed by tests. */
const denied: string[] = [];

beforeAll(async () => {
  town = await openTown({
    alibaba: { quotas: { vpcs: 40, launchTemplates: 80 }, accessKeys: sharedKeys(denied) },
  });
  seen = watch(town);
  const { vpc } = colleague();
  await vpc.createVpc({ name: 'base-vpc', cidr: '172.20.0.0/16', tags: {}, token: 'colleague-vpc' });
  base = await seen.created('base');
}, 150_000);

afterAll(() => town.close());

const PATIENCE_MS = 150_000;
/** For what fails before a node is there: nobody asks this database. */

const colleague = () => colleagueOf(town).in('eu-central-1');

async function importKey(name: string): Promise<void> {
  await colleague().ecs.importKeyPair({ name, publicKey: (await newSshKeyPair()).publicKey, tags: {} });
}

/** A scaling group of somebody else, like one that is there and with another name. */
function copyGroup(name: string): void {
  const { groups } = essOf(town.world.alibaba.cloud);
  const [like] = groups.values();
  if (!like) throw new Error('there is no scaling group to copy');
  const id = `asg-foreign-${name}`;
  groups.set(id, { ...like, id, name, tags: [] } as typeof like);
}

/** A launch template of somebody else, likewise. */
function copyTemplate(name: string): void {
  const { templates } = ecsState(town.world.alibaba.cloud);
  const [like] = templates.values();
  if (!like) throw new Error('there is no launch template to copy');
  const id = `lt-foreign-${name}`;
  templates.set(id, { ...like, id, name, tags: new Map() } as typeof like);
}

/** Does something as soon as the cloud is asked for an action of that cluster, before later ones. */
function once(action: string, run: () => void): void {
  const stop = town.world.alibaba.cloud.on('request', (request) => {
    if (request.action !== action) return;
    stop();
    run();
  });
}

async function approved(plan: Message): Promise<string> {
  return seen.words(await town.approve(plan));
}

function expectFailure(name: string, end: string, words: RegExp): void {
  expect(end).toContain(`Failed: create cluster ${name}`);
  expect(end).toMatch(words);
  expect(end).not.toMatch(/Done|https:\/\/\S+live\.example\.com\/\S+\?id=/);
}

describe("somebody else's resource under a name that the cluster needs", () => {
  it('a VPC of that name is in nobody’s way', () => {
    expect(base).toContain('Done: create cluster base');
  });

  it('a VPC whose addresses overlap is a risk worth a look', async () => {
    const plan = seen.words(await seen.planned('lap', '--cidr 172.20.0.0/16'));

    expect(plan).toMatch(
      /172\.20\.0\.0\/16 overlaps with VPC vpc-\S+ \(172\.20\.0\.0\/16\): the two can never/,
    );
  });

  it('is found before anybody is asked', async () => {
    await importKey('early-key-pair');
    copyGroup('early-scaling-group-edge');
    copyTemplate('early-launch-template-origin');

    const answer = seen.words(await seen.planned('early'));

    expect(answer).toMatch(/Cannot create cluster early/);
    expect(answer).toMatch(/Somebody else's key pair early-key-pair is in the way.*another name/);
    expect(answer).toMatch(/Somebody else's scaling group early-scaling-group-edge/);
    expect(answer).toMatch(/Somebody else's launch template early-launch-template-origin/);
  });

  it(
    'is found when it appears between the plan and the approval',
    async () => {
      const plan = await seen.planned('between');
      await importKey('between-key-pair');

      await town.alex.click(plan, 'Approve');
      const end = seen.words(await town.until(plan, /^(Done|Failed|Cannot)|changed/));

      expect(end).toMatch(/between-key-pair/);
      expect(end).not.toContain('Done');
    },
    PATIENCE_MS,
  );

  it(
    'is found when it appears between the approval and the step',
    async () => {
      const plan = await seen.planned('late', OUTSIDE);
      once('CreateVpc', () => copyGroup('late-scaling-group-edge'));

      expectFailure(
        'late',
        await approved(plan),
        /scaling group late-scaling-group-edge .*in the way of cluster late and does not carry its tags.*Rename or remove it/,
      );
    },
    PATIENCE_MS,
  );
});

describe('what the cloud takes back', () => {
  it(
    'right after it was made is made again, though the cloud still remembers that it said yes',
    async () => {
      const plan = await seen.planned('again', OUTSIDE);
      const { vpcs } = vpcState(town.world.alibaba.cloud);
      const isOurs = ({ name }: { readonly name: string }): boolean => name === 'again-vpc';
      const tokens = new Set<string>();
      const stop = town.world.alibaba.cloud.on('request', ({ action, params }) => {
        if (action !== 'CreateVpc') return;
        tokens.add(String(params['ClientToken']));
        const made = [...vpcs.values()].find(isOurs);
        if (tokens.size === 1 && made) vpcs.delete(made.id);
      });

      await town.alex.click(plan, 'Approve');
      await expect.poll(() => [...vpcs.values()].some(isOurs) && tokens.size, { timeout: 60_000 }).toBe(2);

      stop();
      const id = /op-[a-z0-9]+/.exec(JSON.stringify(plan))?.[0] ?? '';
      await town.dana.command(`cancel ${id}`, { channel: town.channel });
      await town.until(plan, /cancelled/);
    },
    PATIENCE_MS,
  );
});

describe.concurrent('a refusal of the cloud is named with what to do', () => {
  it(
    'another SSH host key',
    async () => {
      town.world.machines.faults.otherHostKey({ name: 'mask-database' });

      expectFailure(
        'mask',
        await seen.created('mask'),
        /another SSH host key .*nothing was sent to it.*ECS console/,
      );
    },
    PATIENCE_MS,
  );

  it(
    'a Community Edition image',
    async () => {
      town.world.machines.faults.communityEdition({ name: 'small-*' });

      expectFailure(
        'small',
        await seen.created('small'),
        /Community Edition, which cannot form a cluster.*Enterprise/,
      );
    },
    PATIENCE_MS,
  );
  it(
    'user data that fails',
    async () => {
      town.world.machines.faults.userDataFails({ name: 'blank-edge*' });

      expectFailure('blank', await seen.created('blank'), /Node i-\S+ .*(did not join|not healthy)/);
    },
    PATIENCE_MS,
  );

  it(
    'a quota at RunInstances',
    async () => {
      town.world.alibaba.cloud.faults.plan({
        product: 'ECS',
        action: 'RunInstances',
        when: 'before',
        kind: 'code',
        code: 'QuotaExceed.ElasticQuota',
        status: 403,
        times: Infinity,
        matches: (params) => String(params['InstanceName']).startsWith('quota-'),
      });

      expectFailure('quota', await seen.created('quota'), /ECS RunInstances: a quota .*Quota Center \(vCPUs/);
    },
    PATIENCE_MS,
  );
});

describe('what strikes everybody', () => {
  it(
    'an action that the key may not call, by its RAM name',
    async () => {
      denied.push('alb:CreateLoadBalancer');

      const end = await seen.created('barred', OUTSIDE);
      denied.length = 0;

      expectFailure('barred', end, /not allowed to do this.*Allow alb:CreateLoadBalancer .*RAM/);
    },
    PATIENCE_MS,
  );

  it('a read that the key may not do, before anybody is asked', async () => {
    denied.push('ecs:DescribeImages');

    const answer = seen.words(await seen.planned('blind'));
    denied.length = 0;

    expect(answer).toMatch(/Cannot create cluster blind.*Allow ecs:DescribeImages/);
  });

  it(
    'no stock for the nodes',
    async () => {
      const plan = await seen.planned('empty', OUTSIDE);
      once('CreateScalingGroup', () => {
        town.world.alibaba.cloud.settings.soldOut = [{}];
      });

      const end = await approved(plan);
      town.world.alibaba.cloud.settings.soldOut = [];

      expectFailure('empty', end, /No (origin|edge) node could be started: ecs\.\S+ .*sold out.*other zones/);
    },
    PATIENCE_MS,
  );

  it(
    'no money for the nodes',
    async () => {
      const plan = await seen.planned('poor', OUTSIDE);
      once('CreateScalingGroup', () => {
        town.world.alibaba.cloud.settings.balanceUsd = 1;
      });

      const end = await approved(plan);
      town.world.alibaba.cloud.settings.balanceUsd = 5_000;

      expectFailure('poor', end, /No (origin|edge) node could be started: the account cannot pay.*Top up/);
    },
    PATIENCE_MS,
  );

  it(
    'an image whose subscription ended',
    async () => {
      const plan = await seen.planned('unsigned', OUTSIDE);
      once('CreateScalingGroup', () => {
        town.world.alibaba.cloud.settings.subscribedProducts = [];
      });

      const end = await approved(plan);
      town.world.alibaba.cloud.settings.subscribedProducts = undefined;

      expectFailure('unsigned', end, /Marketplace image is not subscribed.*Subscribe/);
    },
    PATIENCE_MS,
  );
});
