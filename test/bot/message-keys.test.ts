import { expect, it } from 'vitest';
import { readLetter } from '../../src/bot/outbox/letter.ts';
import type { OperationView } from '../../src/cluster/answers.ts';
import type { OperationState } from '../../src/cluster/operation.ts';
import { allMessagesOf } from '../../src/jobs/store/message-keys.ts';
import { seen } from './samples.ts';

const STATES = [
  'draft',
  'refused',
  'planned',
  'awaiting-approval',
  'approved',
  'rejected',
  'expired',
  'superseded',
  'running',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly OperationState[];

it.each(STATES)('knows every message that an operation which is %s may have had', async (state) => {
  const sample = seen('planned');
  for (const run of [0, 3])
    for (const outcome of [undefined, { adminSecret: 'admin', notes: [] }]) {
      const all: OperationView = {
        operation: {
          ...sample.operation,
          state,
          run,
          startedAt: 1,
          remindedAt: 1,
          cancelledBy: 'U0OTHER001',
          decisions: [{ user: 'U0BOB00001', verdict: 'approve', at: 1 }],
          ...(outcome ? { outcome } : {}),
        },
        steps: { vpc: { state: 'done', notes: ['said', 'said more'] }, listener: { state: 'done' } },
      };
      const reader = {
        operation: () => Promise.resolve(all),
        asked: () => Promise.resolve(undefined),
        drift: () => Promise.resolve(undefined),
        wasShown: () => Promise.resolve(false),
        tellRequester: true,
        now: () => 2,
        timeScale: 1,
      };

      const letter = await readLetter(`op:${sample.operation.id}`, reader);

      const known = allMessagesOf(all);
      expect(known).toContain(`op:${sample.operation.id}`);
      for (const key of letter?.next ?? []) expect(known).toContain(key);
      const { id } = sample.operation;
      expect(letter?.next).toEqual(expect.arrayContaining([`note:${id}:step-vpc`, `note:${id}:step-vpc.2`]));
      expect((await readLetter(`note:${id}:step-vpc.2`, reader))?.view.text).toContain('said more');
    }
});
