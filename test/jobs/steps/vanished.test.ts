import { expect, it } from 'vitest';
import { withAccepted } from '../../../src/jobs/steps/accepted.ts';
import { visitStep } from '../../../src/jobs/steps/visit.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Secrets } from '../../../src/jobs/store/secrets.ts';
import { ownRedis } from '../../support/own-redis.ts';
import { planStep } from '../../support/plan-step.ts';
import { contextOf } from '../../support/step-context.ts';
import { Things } from '../../support/things.ts';
import { aSpec } from '../resources/spec.ts';

const own = ownRedis();
const ACCEPTED_AT = 1_000;
const MINUTE = 60_000;

it('what the cloud took back after it said yes is asked for by a new token after two minutes, once', async () => {
  const things = new Things();
  const secrets = new Secrets(own.redis, new Keys('vanished'), 'a key for tests only');
  const step = planStep('a', { kind: 'thing' });
  const memory = { ...withAccepted({}, ACCEPTED_AT) };
  const visit = async (afterMs: number) => {
    const now = ACCEPTED_AT + afterMs;
    const record = { startedAt: 0, changedAt: ACCEPTED_AT };
    const { ctx } = contextOf({ secrets, step, spec: aSpec(), now, memory, record });
    await visitStep(things.kind(), step, ctx);
    things.there.clear();
  };

  for (const afterMs of [MINUTE, 2 * MINUTE, 2 * MINUTE + 1, 3 * MINUTE]) await visit(afterMs);

  const [first, ...later] = things.tokens;
  const fresh = later.at(-1);
  expect(things.tokens).toEqual([first, first, fresh, fresh]);
  expect(fresh).not.toBe(first);
});
