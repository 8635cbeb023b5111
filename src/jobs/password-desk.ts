import { randomBytes } from 'node:crypto';
import { RefusedError, UnknownOperation } from '../cluster/errors.ts';
import { laterOwner } from '../cluster/first-password.ts';
import type { Operation } from '../cluster/operation.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { TakenPassword } from './desk.ts';
import { operationsSince } from './planning/operations-since.ts';
import type { Leaves } from './planning/operations-since.ts';
import { TAKING } from './store/keys.ts';
import type { Keys } from './store/keys.ts';
import type { Secrets } from './store/secrets.ts';
import type { Store } from './store/store.ts';

/** A window of Slack is filled within this time, or never. */
const SHOWING_MS = 45_000;
/** As long as any operation is kept: with its operation the mark goes before that. */
const SHOWN_KEEP_SECONDS = 3_650 * 86_400;
/** KEYS mark. ARGV this taking, whom it was shown to or '', seconds. */
const SETTLE = `
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
elseif redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;

/** It was begun once: whether the panel has taken its administrator, only its end tells. */
const MAKES_ADMIN: Leaves = ({ kind }) => kind === 'admin';

interface PasswordParts {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly redis: RedisClient;
  readonly keys: Keys;
}

/**
 * Takes a cluster's first password for whoever asked for that cluster; undefined when it is not to be had any more.
 * Cut short, nobody holds what was taken: it goes back as soon as it arrives.
 * @param parts.soon cuts it short
 * @throws UnknownOperation, RefusedError
 */
export async function takePassword(
  operationId: string,
  user: string,
  parts: PasswordParts & { readonly soon: <T>(work: Promise<T>) => Promise<T> },
): Promise<TakenPassword | undefined> {
  const work = takeAdminPassword(operationId, user, parts);
  try {
    return await parts.soon(work);
  } catch (error) {
    work.then(
      (taken) => taken?.settle(false).catch(() => undefined),
      () => undefined,
    );
    throw error;
  }
}

/** The password is shown once: whoever takes the mark first says whether it was, else the mark goes by itself. */
async function takeAdminPassword(
  operationId: string,
  user: string,
  parts: PasswordParts,
): Promise<TakenPassword | undefined> {
  const { store, secrets, redis, keys } = parts;
  const operation = await store.read(operationId);
  if (!operation) throw new UnknownOperation(operationId);
  if (operation.requester.user !== user) {
    throw new RefusedError(
      `Only <@${operation.requester.user}>, who asked for ${operationId}, may see this password.`,
      'Ask them.',
    );
  }
  const { outcome } = operation;
  if (outcome?.adminSecret === undefined || outcome.adminEmail === undefined) return undefined;
  const password = await secrets.get(operation.cluster, 'admin');
  await checkIsOwn(operation, store);
  if (password === undefined) return undefined;
  const mark = keys.shown(operationId);
  const taking = `${TAKING}${randomBytes(9).toString('hex')}`;
  const put = await redis.set(mark, taking, 'PX', SHOWING_MS, 'NX');
  // Without an answer it is sent again, and the repeat finds the mark that the first one has put.
  const held = put === 'OK' ? taking : await redis.get(mark);
  if (held === taking) {
    const settle = (shown: boolean): Promise<void> => settled(redis, mark, taking, shown ? user : undefined);
    return { email: outcome.adminEmail, password, settle };
  }
  // Put back this moment by whoever had taken it.
  if (held === null) return takeAdminPassword(operationId, user, parts);
  if (!held.startsWith(TAKING)) return undefined;
  throw new RefusedError(
    'This password is being shown in another window of yours.',
    'If you cannot see it there, press the button again in a minute.',
  );
}

/**
 * Passwords are kept by cluster, and a cluster may be removed and made again, for somebody else. Looked at after the
 * password was read: whatever had made that one by then has begun.
 */
async function checkIsOwn(operation: Operation, store: Store): Promise<void> {
  const { id, cluster } = operation;
  const later = laterOwner(operation, await operationsSince(store, operation, MAKES_ADMIN));
  if (!later) return;
  throw new RefusedError(
    `${later.id} has removed ${cluster} or made its first administrator anew since ${id}, so the password of ${id} is shown no more.`,
    `If there is a new one, <@${later.requester.user}> can have it shown, who asked for ${later.id}.`,
  );
}

/** The mark of a password that was shown stays; of one that was not it goes, unless somebody else has taken it. */
async function settled(
  redis: RedisClient,
  mark: string,
  taking: string,
  shownTo: string | undefined,
): Promise<void> {
  await redis.eval(SETTLE, 1, mark, taking, shownTo ?? '', SHOWN_KEEP_SECONDS);
}
