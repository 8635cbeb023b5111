import { createHash, randomBytes } from 'node:crypto';
import { applyVote } from '../cluster/approval.ts';
import type { Vote } from '../cluster/approval.ts';
import type { Asked, Question } from '../cluster/answers.ts';
import { RefusedError, UnknownOperation } from '../cluster/errors.ts';
import type { Operation, Requester } from '../cluster/operation.ts';
import { laterOwner } from '../cluster/first-password.ts';
import { laterChange } from '../cluster/roll-back.ts';
import type { Desk, Order, TakenPassword } from './desk.ts';
import type { Engine } from './engine.ts';
import { operationsSince } from './planning/operations-since.ts';
import type { Leaves } from './planning/operations-since.ts';
import { checkRollBack } from './planning/prepare-roll-back.ts';
import { TAKING } from './store/keys.ts';
import { within } from './queues.ts';
import type { Queues } from './queues.ts';
import type { Secrets } from './store/secrets.ts';
import type { Store } from './store/store.ts';
import { untraced } from './trace.ts';
import type { JobTrace } from './trace.ts';
import { unlessMade } from './unless-made.ts';
import type { Keys } from './store/keys.ts';
import type { RedisClient } from '../redis/connect.ts';

/**
 * A person waits for each of these calls: longer than this is a refusal. A Redis that is there may be busy, and gets
 * longer than one that is away.
 */
const DEADLINE_MS = 2_500;
const AWAY_DEADLINE_MS = 1_000;
/** Whoever was frozen for longer than this knows nothing of what has changed a cluster: others take minutes for that. */
const FROZEN_MS = 30_000;
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

export interface DeskParts {
  readonly store: Store;
  readonly queues: Queues;
  readonly engine: Engine;
  readonly secrets: Secrets;
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly now: () => number;
  readonly trace?: JobTrace | undefined;
}

/** The desk over Redis. Every call is bounded; a call that was cut short may be repeated without harm. */
export function createDesk(parts: DeskParts): Desk {
  const { store, queues, engine, secrets, redis, now, trace = untraced } = parts;
  const isThere = () => redis.status === 'ready';
  const soon = <T>(work: Promise<T>): Promise<T> => within(isThere() ? DEADLINE_MS : AWAY_DEADLINE_MS, work);
  const changing = <T>(work: Promise<T>): Promise<T> =>
    within(isThere() ? DEADLINE_MS : AWAY_DEADLINE_MS, work, { mayBeTaken: isThere() });

  async function request(order: Order): Promise<Operation> {
    if (order.wish.kind === 'rollback') await checkRollBack(store, order.wish.of);
    const operation: Operation = {
      id: idOf('op', order.requestId),
      cluster: order.cluster,
      regionId: undefined,
      wish: order.wish,
      state: 'draft',
      requester: order.requester,
      policy: order.policy,
      spec: undefined,
      plan: undefined,
      digest: undefined,
      decisions: [],
      // By the clock that all have in common: which of two came later decides what may be carried on or taken back.
      createdAt: await queues.time(),
      run: 0,
      problems: [],
      ...(order.planOnly ? { planOnly: true } : {}),
    };
    return trace.request(operation, async () => {
      const kept = await store.add(operation, {
        event: 'requested',
        user: order.requester.user,
        detail: order.requester.text,
      });
      await queues.planning(kept.id);
      await engine.tell(kept.id);
      return kept;
    });
  }

  async function vote(operationId: string, given: Vote): Promise<Operation> {
    // Whether the plan has expired, its own clock tells: that of Redis.
    const ballot = { ...given, at: await queues.time() };
    const event = ballot.verdict === 'approve' ? 'approved' : 'rejected';
    const detail = ballot.reason === undefined ? {} : { detail: ballot.reason };
    const count = unlessMade(
      (operation) => isCounted(operation, ballot),
      (operation) => applyVote(operation, ballot),
    );
    const after = await store.update(operationId, { event, user: ballot.user, ...detail }, count);
    await Promise.all([
      after.state === 'approved' ? queues.starting(operationId) : undefined,
      engine.tell(operationId),
    ]);
    return after;
  }

  async function cancel(operationId: string, user: string): Promise<Operation> {
    const at = now();
    const isCancelled = ({ state, cancelledBy, endedAt }: Operation): boolean =>
      state === 'cancelled' && cancelledBy === user && endedAt === at;
    const stop = unlessMade(isCancelled, (operation) => {
      if (!['draft', 'awaiting-approval', 'approved', 'running'].includes(operation.state)) {
        throw new RefusedError(
          `${operationId} is over (${operation.state}): there is nothing to cancel.`,
          'Type `/ams ops` for what is going on.',
        );
      }
      return { ...operation, state: 'cancelled', cancelledBy: user, endedAt: at };
    });
    return engine.change(operationId, { event: 'cancelled', user }, stop);
  }

  async function retry(operationId: string, user: string): Promise<Operation> {
    const askedAt = now();
    const operation = await store.read(operationId);
    if (!operation) throw new UnknownOperation(operationId);
    if (
      operation.state !== 'failed' &&
      !(operation.state === 'cancelled' && operation.startedAt !== undefined)
    ) {
      throw new RefusedError(
        `${operationId} is ${operation.state}: only a failed or a cancelled operation that had begun can be carried on.`,
        'Type `/ams ops` for what is going on.',
      );
    }
    if (operation.rolledBackBy !== undefined) {
      throw new RefusedError(
        `${operationId} is being rolled back or was, by ${operation.rolledBackBy}, and cannot be carried on.`,
        `Look at ${operation.rolledBackBy}, or type the command again for a fresh plan.`,
      );
    }
    const later = laterChange(operation, await operationsSince(store, operation));
    if (later) {
      throw new RefusedError(
        `${later.id} has changed ${operation.cluster} since ${operationId}, so its plan no longer holds.`,
        'Type the command again for a fresh plan.',
      );
    }
    // By the clock of its steps, whose times are compared with it.
    const retriedAt = await queues.time();
    const after = await engine.change(
      operationId,
      { event: 'retried', user },
      (current) => {
        if (current.run !== operation.run || current.state !== operation.state) return current;
        if (now() - askedAt > FROZEN_MS) throw tooLate(operationId);
        const { endedAt: _endedAt, ...rest } = current;
        return { ...rest, state: 'running', run: current.run + 1, retriedAt, problems: [] };
      },
      { reopen: true },
    );
    await queues.asks.add(
      'advance',
      { do: 'advance', operation: operationId },
      { jobId: `advance.${operationId}.${after.run}` },
    );
    return after;
  }

  async function ask(question: Question, requester: Requester): Promise<Asked> {
    const asked: Asked = {
      id: idOf('ask', randomBytes(9).toString('hex')),
      question,
      requester,
      askedAt: await queues.time(),
    };
    // Queued first: nobody looks for what is kept and was never queued.
    await queues.asks.add('answer', { do: 'answer', ask: asked.id, asked }, { jobId: `answer.${asked.id}` });
    await store.keepNewAsk(asked);
    return asked;
  }

  /** The password is shown once: whoever takes the mark first says whether it was, else the mark goes by itself. */
  async function takeAdminPassword(operationId: string, user: string): Promise<TakenPassword | undefined> {
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
    await checkIsOwn(operation);
    if (password === undefined) return undefined;
    const mark = parts.keys.shown(operationId);
    const taking = `${TAKING}${randomBytes(9).toString('hex')}`;
    const put = await redis.set(mark, taking, 'PX', SHOWING_MS, 'NX');
    // Without an answer it is sent again, and the repeat finds the mark that the first one has put.
    const held = put === 'OK' ? taking : await redis.get(mark);
    if (held === taking) {
      const settle = (shown: boolean): Promise<void> => settled(mark, taking, shown ? user : undefined);
      return { email: outcome.adminEmail, password, settle };
    }
    // Put back this moment by whoever had taken it.
    if (held === null) return takeAdminPassword(operationId, user);
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
  async function checkIsOwn(operation: Operation): Promise<void> {
    const { id, cluster } = operation;
    const later = laterOwner(operation, await operationsSince(store, operation, MAKES_ADMIN));
    if (!later) return;
    throw new RefusedError(
      `${later.id} has removed ${cluster} or made its first administrator anew since ${id}, so the password of ${id} is shown no more.`,
      `If there is a new one, <@${later.requester.user}> can have it shown, who asked for ${later.id}.`,
    );
  }

  /** The mark of a password that was shown stays; of one that was not it goes, unless somebody else has taken it. */
  async function settled(mark: string, taking: string, shownTo: string | undefined): Promise<void> {
    await redis.eval(SETTLE, 1, mark, taking, shownTo ?? '', SHOWN_KEEP_SECONDS);
  }

  /** Cut short, nobody holds what was taken: it goes back as soon as it arrives. */
  async function takeSoon(operationId: string, user: string): Promise<TakenPassword | undefined> {
    const work = takeAdminPassword(operationId, user);
    try {
      return await soon(work);
    } catch (error) {
      work.then(
        (taken) => taken?.settle(false).catch(() => undefined),
        () => undefined,
      );
      throw error;
    }
  }

  return {
    request: (order) => changing(request(order)),
    vote: (id, ballot) =>
      changing(trace.during({ operation: id }, ballot.verdict, {}, () => vote(id, ballot))),
    cancel: (id, user) => changing(trace.during({ operation: id }, 'cancel', {}, () => cancel(id, user))),
    retry: (id, user) => changing(trace.during({ operation: id }, 'retry', {}, () => retry(id, user))),
    ask: (question, requester) => soon(ask(question, requester)),
    operation: (id) => soon(store.view(id)),
    standing: (ids) => soon(store.standing(ids)),
    operations: (filter) => soon(store.list(filter)),
    asked: (id) => soon(store.asked(id)),
    drift: (cluster) => soon(store.clusters.drift(cluster)),
    clusters: () => soon(store.clusters.list()),
    glances: () => soon(store.clusters.glances()),
    lookAt: (cluster) => soon(queues.glance(cluster)),
    history: (filter) => soon(store.history(filter)),
    takeAdminPassword: takeSoon,
  };
}

function tooLate(operationId: string): RefusedError {
  return new RefusedError(
    `I was held up, and have not carried on ${operationId}: others may have changed its cluster meanwhile.`,
    'Look at it with `/ams ops`, then try again.',
  );
}

function isCounted({ decisions }: Operation, { user, verdict, at }: Vote): boolean {
  return decisions.some((one) => one.user === user && one.verdict === verdict && one.at === at);
}

/** Short, readable aloud, and the same for the same request: `op-7k3m9q2x`. */
export function idOf(prefix: string, seed: string): string {
  const alphabet = '23456789abcdefghjkmnpqrstvwxyz';
  const digest = createHash('sha256').update(seed).digest();
  return `${prefix}-${[...digest.subarray(0, 8)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}
