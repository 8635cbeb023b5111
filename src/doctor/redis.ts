import { Redis } from 'ioredis';
import { bad, good, warning } from './check.ts';
import type { Finding } from './check.ts';

/** Redis: reachable, keeps what it is given, and never throws queue keys away (BullMQ: noeviction, AOF). */
export async function checkRedis(url: string): Promise<readonly Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 3_000,
    retryStrategy: () => null,
  });
  // What it says before it hangs up: `connect` itself tells only that the connection is closed.
  let said = '';
  redis.on('error', (error) => (said = error.message));
  try {
    await redis.connect();
    const info = parseInfo(await redis.info());
    const findings: Finding[] = [good(`Redis ${info.get('redis_version') ?? '?'} answers`)];
    const policy = info.get('maxmemory_policy');
    if (policy !== undefined && policy !== 'noeviction') {
      findings.push(
        bad(`Redis throws keys away when it is full (${policy})`, 'Set maxmemory-policy noeviction.'),
      );
    }
    if (info.get('aof_enabled') === '0') {
      findings.push(
        warning('Redis keeps no append-only file: a crash loses operations', 'Set appendonly yes.'),
      );
    }
    return findings;
  } catch (error) {
    if (/WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(`${said} ${String(error)}`)) {
      return [
        bad(
          `Redis at ${hostOf(url)} refuses the user name or password`,
          'Correct them in REDIS_URL (redis://user:password@host:6379); special characters are percent-encoded.',
        ),
      ];
    }
    return [
      bad(
        `Redis does not answer at ${hostOf(url)}`,
        'Start it, or correct REDIS_URL (host, port, password, rediss:// for TLS).',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

function hostOf(url: string): string {
  return new URL(url).host;
}
