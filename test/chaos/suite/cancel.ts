import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationView } from '../../../src/cluster/answers.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import type { Store } from '../../../src/jobs/store/store.ts';
import type { Message, Town } from '../../support/town.ts';
import { toldUnderWay } from './told.ts';

/** What the person who cancelled was told. */
export interface Answer {
  readonly message: Message;
  /** How many changes of the cloud had arrived by then. */
  readonly writes: number;
}

const ANSWERED = /is stopped|is cancelled|is over/;
const PATIENCE_MS = 20_000;

/** Types `/ams cancel` for what is going on. @returns nothing when it has ended by now, or when no answer comes */
export async function cancel(
  town: Town,
  store: Store,
  writes: readonly string[],
): Promise<Answer | undefined> {
  const [id] = await store.liveIds();
  if (id === undefined) return undefined;
  await town.dana.command(`cancel ${id}`, { channel: town.channel });
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const message = town.world.slack
      .ephemerals(town.dana.id, town.channel)
      .find((one) => one.text.includes(id) && ANSWERED.test(one.text));
    if (message !== undefined) return { message, writes: writes.length };
    await sleep(2);
  }
  return undefined;
}

/** Changes that came after the answer although it did not say that their step was under way. */
export function beganLater(answer: Answer, view: OperationView, writes: readonly string[]): string[] {
  const kinds = kindsByName();
  const may = new Set(
    toldUnderWay(answer.message, view)
      .flatMap((step) => kinds.get(step.kind)?.actions ?? [])
      .map((action) => action.split(':').at(-1)),
  );
  return writes
    .slice(answer.writes)
    .filter((action) => !may.has(action))
    .map((action) => `${action} began after the answer "${answer.message.text}"`);
}
