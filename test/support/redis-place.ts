import { readRedisPlace } from '../../src/redis/place.ts';
import type { RedisPlace } from '../../src/redis/place.ts';

/** Where Redis is, from the environment of a product. @throws Error with the mistakes */
export function placeOf(env: Readonly<Record<string, string>>): RedisPlace {
  const mistakes: string[] = [];
  const place = readRedisPlace(
    {
      url: env['REDIS_URL'] ?? '',
      sentinelPassword: env['AMS_REDIS_SENTINEL_PASSWORD'],
      ca: env['AMS_REDIS_CA'],
      cert: env['AMS_REDIS_CERT'],
      key: env['AMS_REDIS_KEY'],
    },
    env,
    mistakes,
  );
  if (!place) throw new Error(mistakes.join('\n'));
  return place;
}

/** Where a Redis of the simplest form is. */
export function placeAt(url: string): RedisPlace {
  return placeOf({ REDIS_URL: url });
}
