import { runLife } from './run.ts';
import type { RunOptions } from './run.ts';
import { measureRecovery } from './recovery.ts';
import { cancelsInTown } from './cancels.ts';
import type { CancelsOrder } from './cancels.ts';
import { changesInTown } from './consent.ts';

/** What a lane is asked to do: one process each, so that many towns share the processors and none another's fate. */
export type Order =
  | ({ readonly do: 'life' } & RunOptions)
  | { readonly do: 'consent'; readonly seed: number; readonly changes: number }
  | ({ readonly do: 'cancels' } & CancelsOrder)
  | { readonly do: 'recovery' };

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

async function carryOut(order: Order): Promise<unknown> {
  if (order.do === 'life') return runLife(order);
  if (order.do === 'consent') return changesInTown(order);
  if (order.do === 'cancels') return cancelsInTown(order);
  return measureRecovery();
}

process.once('message', (order: Order) => {
  void carryOut(order)
    .then((value): Reply => ({ ok: true, value }))
    .catch((error: unknown): Reply => ({
      ok: false,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }))
    .then((reply) => process.send?.(reply, () => process.exit(0)));
});
