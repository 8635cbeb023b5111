import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationView } from '../../../src/cluster/answers.ts';
import type { Store } from '../../../src/jobs/store/store.ts';
import { offers } from '../../support/town.ts';
import type { Town } from '../../support/town.ts';

const PATIENCE_MS = 240_000;
/** Not in it: a plan that was replaced, for the newer one asks. */
const OVER = ['succeeded', 'failed', 'refused', 'cancelled', 'expired', 'rejected'];

/**
 * Begins an operation of the cluster `live` and follows it by its record, approving what asks.
 * @returns the record once the operation is over and no visit of it changes anything any more
 */
export async function follow(
  town: Town,
  store: Store,
  begin: () => Promise<unknown>,
): Promise<OperationView> {
  const newest = async () => (await store.list({ cluster: 'live', limit: 1 }))[0]?.id ?? '';
  const before = await newest();
  const until = performance.now() + PATIENCE_MS;
  const approved = new Set([before]);
  await begin();
  while (performance.now() < until) {
    const id = await newest();
    const view = id === before ? undefined : await store.view(id);
    if (view !== undefined && OVER.includes(view.operation.state) && !isVisited(view)) return view;
    const asks = town.world.slack
      .messages(town.channel)
      .find((one) => offers(one, 'Approve') && JSON.stringify(one.blocks).includes(id));
    if (asks !== undefined && !approved.has(id)) {
      approved.add(id);
      await town.alex.click(asks, 'Approve');
    }
    await sleep(10);
  }
  throw new Error(`came to no end:\n${town.world.slack.transcript(town.channel).slice(-3_000)}`);
}

function isVisited({ steps }: OperationView): boolean {
  return Object.values(steps).some((step) => step.changing === true);
}
