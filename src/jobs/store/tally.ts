import type { Operation } from '../../cluster/operation.ts';
import type { Keys } from './keys.ts';
import type { RedisClient } from '../../redis/connect.ts';

export interface TallyLine {
  readonly kind: string;
  readonly state: string;
  readonly count: number;
}

interface Known {
  readonly rev: string;
  readonly kind: string;
  readonly state: string;
}

/**
 * Counts the operations that are not over, by kind and state. An operation's record may be large, so it is read again
 * only when its revision has changed: a look at a quiet installation costs one small answer an operation.
 */
export function createTally(redis: RedisClient, keys: Keys): () => Promise<readonly TallyLine[]> {
  let known = new Map<string, Known>();

  async function fieldOf(field: 'rev' | 'doc', ids: readonly string[]): Promise<readonly (string | null)[]> {
    const asked = redis.pipeline();
    for (const id of ids) asked.hget(keys.operation(id), field);
    const answers = (await asked.exec()) ?? [];
    return answers.map(([error, value]) => {
      if (error) throw error;
      return value as string | null;
    });
  }

  return async () => {
    const ids = await redis.zrange(keys.liveOperations(), '0', '-1');
    const revs = await fieldOf('rev', ids);
    const next = new Map<string, Known>();
    const changed: { readonly id: string; readonly rev: string }[] = [];
    for (const [at, id] of ids.entries()) {
      const rev = revs[at];
      if (rev === null || rev === undefined) continue;
      const before = known.get(id);
      if (before?.rev === rev) next.set(id, before);
      else changed.push({ id, rev });
    }
    const docs = await fieldOf(
      'doc',
      changed.map(({ id }) => id),
    );
    for (const [at, { id, rev }] of changed.entries()) {
      const doc = docs[at];
      if (doc === null || doc === undefined) continue;
      const { wish, state } = JSON.parse(doc) as Operation;
      next.set(id, { rev, kind: wish.kind, state });
    }
    known = next;
    const counts = new Map<string, TallyLine>();
    for (const { kind, state } of next.values()) {
      const line = counts.get(`${kind} ${state}`) ?? { kind, state, count: 0 };
      counts.set(`${kind} ${state}`, { ...line, count: line.count + 1 });
    }
    return [...counts.values()];
  };
}
