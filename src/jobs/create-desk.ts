import { randomBytes } from 'node:crypto';
import { applyVote } from '../cluster/approval.ts';
import type { Vote } from '../cluster/approval.ts';
import type { Asked, Question } from '../cluster/answers.ts';
import { RefusedError, UnknownOperation } from '../cluster/errors.ts';
import { derivedId } from '../cluster/names.ts';
import type { Operation, Requester } from '../cluster/operation.ts';
import { laterChange } from '../cluster/roll-back.ts';
import type { Desk, Order } from './desk.ts';
import type { Engine } from './engine.ts';
import { operationsSince } from './planning/operations-since.ts';
import { takePassword } from './password-desk.ts';
import { checkRollBack } from './planning/prepare-roll-back.ts';
import { within } from './redis-deadline.ts';
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
      id: derivedId('op', order.requestId),
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
      createdAt: await queues.redisTime(),
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
      await queues.queuePlanning(kept.id);
      await engine.tell(kept.id);
      return kept;
    });
  }

  async function vote(operationId: string, given: Vote): Promise<Operation> {
    // Whether the plan has expired, its own clock tells: that of Redis.
    const ballot = { ...given, at: await queues.redisTime() };
    const event = ballot.verdict === 'approve' ? 'approved' : 'rejected';
    const detail = ballot.reason === undefined ? {} : { detail: ballot.reason };
    const count = unlessMade(
      (operation) => isCounted(operation, ballot),
      (operation) => applyVote(operation, ballot),
    );
    const after = await store.update(operationId, { event, user: ballot.user, ...detail }, count);
    await Promise.all([
      after.state === 'approved' ? queues.queueStart(operationId) : undefined,
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
    const retriedAt = await queues.redisTime();
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
      id: derivedId('ask', randomBytes(9).toString('hex')),
      question,
      requester,
      askedAt: await queues.redisTime(),
    };
    // Queued first: nobody looks for what is kept and was never queued.
    await queues.asks.add('answer', { do: 'answer', ask: asked.id, asked }, { jobId: `answer.${asked.id}` });
    await store.keepNewAsk(asked);
    return asked;
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
    lookAt: (cluster) => soon(queues.queueGlance(cluster)),
    history: (filter) => soon(store.history(filter)),
    takeAdminPassword: (id, user) =>
      takePassword(id, user, { store, secrets, redis, keys: parts.keys, soon }),
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
