import { expect, it } from 'vitest';
import { launchTemplate } from '../../../src/jobs/resources/launch-template.ts';
import type { SeenTemplate } from '../../../src/jobs/resources/launch-template-content.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { json, refuse, wireServers } from '../../cloud/wire-server.ts';
import type { Reply } from '../../cloud/wire-server.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from './spec.ts';

const own = ownRedis();
const open = wireServers();
const spec = aSpec();
const PART = 'launch-template-edge';
const MINUTE = 60_000;

const seen: SeenTemplate = {
  launchTemplateId: 'lt-1',
  name: `live-eu-${PART}`,
  latestVersion: 1,
  description: 'by hand',
  imageId: 'm-node',
  instanceType: 'ecs.c7.xlarge',
  securityGroupIds: ['sg-nodes'],
  keyPairName: 'live-eu-key-pair',
  diskGiB: 40,
  bandwidthMbps: 100,
  hasUserData: true,
  secretMarks: {},
  nodesGroupId: 'sg-nodes',
  wantedKeyPair: 'live-eu-key-pair',
};

/** A step that makes a new version; the cloud answers in turn. */
async function openStep(...replies: readonly Reply[]) {
  const left = [...replies];
  const server = await open((call, response) => (left.shift() ?? made)(call, response));
  const secrets = new Secrets(own.redis, new Keys('launch-template'), 'a key for tests only');
  await secrets.put(spec.name, 'mongo', 'mongodb://ams:secret@10.0.0.9:27017/');
  await secrets.put(spec.name, 'jwt', 'j'.repeat(32));
  const step = planStep(PART, { kind: 'launch-template', action: 'update' });
  const memory = {};
  const outputs = {
    'security-group-nodes': { securityGroupId: 'sg-nodes' },
    'key-pair': { keyPairName: 'live-eu-key-pair' },
  };
  return {
    asked: () => server.seen.filter(({ action }) => action === 'CreateLaunchTemplateVersion'),
    update: async (now: number, change: Partial<SeenTemplate> = {}) => {
      const { ctx } = contextOf({ cloud: server.cloud(), secrets, step, spec, now, memory, outputs });
      const found = { part: PART, id: 'lt-1', ours: true, seen: { ...seen, ...change } };
      return launchTemplate.update?.(ctx, found);
    },
  };
}

const made: Reply = (_call, response) =>
  json(response, 200, { RequestId: 'r', LaunchTemplateId: 'lt-1', LaunchTemplateVersionNumber: 2 });
const lost: Reply = (_call, response) => response.destroy();
const refused: Reply = (_call, response) => refuse(response, 400, 'Throttling.User');

it('a version of whose making no answer came is waited for as long as lists may hide it', async () => {
  const { asked, update } = await openStep(lost);

  await expect(update(1_000)).rejects.toMatchObject({ unknownOutcome: true });
  expect(await update(MINUTE)).toBeUndefined();
  expect(asked()).toHaveLength(1);
  expect(await update(2 * MINUTE)).toEqual({ launchTemplateId: 'lt-1', version: '2' });
  expect(asked()).toHaveLength(2);
});

it('a version that the cloud refused is asked for again at once', async () => {
  const { asked, update } = await openStep(refused);

  await expect(update(1_000)).rejects.toMatchObject({ errorClass: 'throttled' });
  expect(await update(2_000)).toEqual({ launchTemplateId: 'lt-1', version: '2' });
  expect(asked()).toHaveLength(2);
});

it('a version that somebody made with our description on it is replaced; one of our own is not written again', async () => {
  const first = await openStep();
  await first.update(1_000);
  const description = first.asked()[0]?.form['VersionDescription'] ?? '';
  expect(description).toMatch(/^ams-chatops /);
  const { asked, update } = await openStep(lost);
  const copied = { description, instanceType: 'ecs.g8i.xlarge', latestVersion: 3 };

  await expect(update(2_000, copied)).rejects.toMatchObject({ unknownOutcome: true });
  expect(await update(3_000, copied)).toBeUndefined();
  await expect(update(4_000, { ...copied, latestVersion: 4 })).rejects.toMatchObject({
    code: 'template_not_taken',
  });
  expect(asked()).toHaveLength(1);
});
