import { expect, it } from 'vitest';
import { resourceTags } from '../../src/cluster/names.ts';
import { nodeUserData } from '../../src/cluster/user-data.ts';
import { mongoUriOf } from '../../src/jobs/mongo-uri.ts';
import { UNKNOWN } from '../../src/jobs/planning/spec-from-cloud.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { Secrets } from '../../src/jobs/store/secrets.ts';
import { json, wireServers } from '../cloud/wire-server.ts';
import { ownRedis } from '../support/own-redis.ts';
import { planStep } from '../support/plan-step.ts';
import { contextOf } from '../support/step-context.ts';
import { aSpec } from './resources/spec.ts';

const own = ownRedis();
const open = wireServers();
const URI = 'mongodb://team:s3cr3t@db.example.com:27017/?authSource=admin';

/**
 * The database of a cluster that Redis has forgotten.
 * @param script of its origin template, if there is one
 * @param keys where secrets are kept
 */
async function recalled(script: string | undefined, keys: Keys): Promise<string> {
  const tags = Object.entries(resourceTags('live-eu', 'launch-template-origin', 'op-1'));
  const template = {
    LaunchTemplateId: 'lt-1',
    LaunchTemplateName: 'live-eu-launch-template-origin',
    Tags: { Tag: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) },
  };
  const version = {
    VersionNumber: 1,
    LaunchTemplateData: { UserData: Buffer.from(script ?? '').toString('base64') },
  };
  const templates = script === undefined ? [] : [template];
  const server = await open((_seen, response) =>
    json(response, 200, {
      RequestId: 'r',
      TotalCount: templates.length,
      LaunchTemplateSets: { LaunchTemplateSet: templates },
      LaunchTemplateVersionSets: { LaunchTemplateVersionSet: [version] },
    }),
  );
  const { ctx } = contextOf({
    cloud: server.cloud(),
    secrets: new Secrets(own.redis, keys, 'a key for tests only'),
    step: planStep('launch-template-edge', { kind: 'launch-template' }),
    spec: aSpec({ database: { source: 'uri', uri: UNKNOWN } }),
    now: 1_000,
  });
  return mongoUriOf(ctx);
}

it('an existing database that Redis has lost is told by a launch template, and known from then on', async () => {
  const facts = { cluster: 'live-eu', role: 'origin', mongoUri: URI, jwtSecret: 'j'.repeat(64) } as const;
  const keys = new Keys('mongo-uri-recalled');

  expect(await recalled(nodeUserData(facts), keys)).toBe(URI);
  expect(await recalled(undefined, keys)).toBe(URI);
});

it('where none holds it that is said, and nobody is sent to look for a name that there is not', async () => {
  await expect(recalled(undefined, new Keys('mongo-uri-lost'))).rejects.toMatchObject({
    code: 'database_login_unknown',
    message: 'Which database cluster live-eu uses was lost with Redis.',
  });
});
