import type { AuditEntry, OperationView } from '../../../src/cluster/answers.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { patientRedis } from '../../../src/redis/connect.ts';
import { placeOf } from '../../support/redis-place.ts';
import type { Message, Town } from '../../support/town.ts';

/** The operation that a message shows. */
export function operationIn(message: Message): string {
  return /op-[a-z0-9]+/.exec(JSON.stringify(message.blocks))?.[0] ?? 'no operation';
}

/** Whether a message of the channel is the one of that operation; one that it replaced names it too. */
export function isMessageOf(message: Message, id: string): boolean {
  const payload = message.metadata?.['event_payload'] as { readonly key?: unknown } | undefined;
  return payload?.key === `op:${id}`;
}

/** An operation's record, and all that the audit log says of it, oldest first. */
interface Recorded {
  readonly view: OperationView;
  readonly audit: readonly AuditEntry[];
}

/** What is on record of the operation that a message shows. @throws Error when nothing is */
export async function recordOf(town: Town, message: Message): Promise<Recorded> {
  const found = await findRecord(town, message);
  if (found === undefined) throw new Error(`no operation in: ${JSON.stringify(message)}`);
  return found;
}

/** The same; nothing when there is no record (any more). */
export async function findRecord(town: Town, message: Message): Promise<Recorded | undefined> {
  const id = operationIn(message);
  const redis = patientRedis(placeOf(town.env));
  const store = new Store(redis, new Keys());
  const view = await store.view(id);
  const audit = (await store.history({ limit: 2_000 })).filter((one) => one.operation === id).toReversed();
  redis.disconnect();
  return view && { view, audit };
}
