import type { Redis } from 'ioredis';
import { bad } from './check.ts';
import type { Finding } from './check.ts';

/** Why a server takes nothing that is written, by the first word of its refusal. */
const REFUSALS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  READONLY: [
    'is a replica, which takes nothing that is written',
    'Let REDIS_URL name its master, or wait for the end of a failover.',
  ],
  OOM: ['has no memory left', 'Give it more (maxmemory); never let it throw keys away.'],
  MISCONF: ['cannot write to its disk, so it takes nothing more', 'Make room on its disk; see its log.'],
  NOREPLICAS: [
    'takes nothing that is written, since too few replicas follow it',
    'Start its replicas, or lower min-replicas-to-write.',
  ],
  NOPERM: [
    'does not let this user do what the queue needs',
    'Give it the rights: ACL SETUSER … ~* &* +@all.',
  ],
  MOVED: ['is one node of a Redis Cluster', 'Write redis+cluster instead of redis in REDIS_URL.'],
};

/** The first word of why it does not take a word that is gone after a second; undefined when it takes it. */
export async function refusalOf(redis: Redis, key: string): Promise<string | undefined> {
  try {
    await redis.set(key, '', 'PX', 1_000);
    // All that belongs together is written by scripts, which a user may be refused who may write.
    await redis.eval('return 1', 1, key);
    return undefined;
  } catch (error) {
    // No answer is no refusal.
    if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
    return error.message.split(' ', 1)[0];
  }
}

/** What a refusal means, in words. @param name how the report calls the server */
export function refusalFinding(name: string, refusal: string): Finding {
  const [what, fix] = REFUSALS[refusal] ?? [
    `refuses what the queue writes (${refusal})`,
    'See its log, and whether commands are renamed or switched off there.',
  ];
  return bad(`${name} ${what}`, fix);
}
