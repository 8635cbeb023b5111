import { createServer } from 'node:https';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../../../sandbox/certificates.ts';
import type { MadeCertificate } from '../../../sandbox/certificates.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { admin } from '../../../src/jobs/tasks/admin.ts';
import { listening } from '../../support/listening.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { aSpec } from '../resources/spec.ts';

const BLOCKED = 'Too many login attempts. User is blocked for 300 secs';
const own = ownRedis();
const spec = aSpec();
const ends: (() => Promise<unknown>)[] = [];
let made: MadeCertificate;

beforeAll(async () => {
  made = await makeCertificate({ names: [spec.domain] });
  process.env['ADMIN_ROOTS'] = made.caPem;
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface LoginAnswer {
  readonly status: number;
  readonly body: object;
}

/** Visits to the step of a panel that has its administrator and answers logins with these, one after the other. */
async function panel(answers: readonly LoginAnswer[], of = spec) {
  let logins = 0;
  const server = createServer({ cert: made.chainPem, key: made.keyPem }, (request, response) => {
    if (request.url !== '/rest/v2/users/authenticate') return response.end('{"success":false}');
    const { status, body } = answers[logins] ?? { status: 500, body: {} };
    logins += 1;
    return response.writeHead(status).end(JSON.stringify(body));
  });
  const { port, close } = await listening(server);
  ends.push(close);
  const secrets = new Secrets(own.redis, new Keys('admin'), 'a key for tests only');
  await secrets.put(spec.name, 'admin', 'a password');
  const { ctx } = contextOf({
    secrets,
    step: planStep('admin', { action: 'check' }),
    spec: of,
    now: 1_000,
    outputs: { 'load-balancer': { dnsName: 'alb.example.com' } },
    connect: () => ({ host: '127.0.0.1', port }),
  });
  const settings = { ...ctx.settings, trustedRoots: 'env:ADMIN_ROOTS' };
  return () => admin.visit({ ...ctx, settings });
}

it.each([
  ['a node whose panel is not deployed yet', { status: 404, body: {} }, 'the panel answers 404'],
  [
    'a panel that lets nobody in after the wrong passwords of somebody else',
    { status: 200, body: { success: false, message: BLOCKED } },
    'the panel has blocked',
  ],
])('takes the answer of %s for no proof of another owner', async (_what, answer, why) => {
  const visit = await panel([answer, { status: 200, body: { success: true } }]);

  expect(await visit()).toMatchObject({ againMs: expect.any(Number), why: expect.stringContaining(why) });
  expect(await visit()).toMatchObject({ done: true });
});

it('stops where the panel does not know its password, and has no database of others destroyed', async () => {
  const refusal = { status: 200, body: { success: false } };
  const visit = await panel([refusal]);
  const visitOfOthers = await panel([refusal], aSpec({ database: { source: 'uri', uri: 'teams' } }));

  await expect(visit()).rejects.toMatchObject({ code: 'panel_owned' });
  await expect(visitOfOthers()).rejects.toMatchObject({
    code: 'panel_owned',
    hint: expect.stringMatching(/^Its database keeps the users .* another --mongo-uri\.$/),
  });
});
