import type { WebClient } from '@slack/web-api';
import type { Settings } from '../../cluster/settings.ts';
import { watchClock } from '../../jobs/clock-watch.ts';
import type { Desk } from '../../jobs/desk.ts';
import type { Log } from '../../jobs/log.ts';
import type { Outbox } from '../../jobs/outbox.ts';
import type { Keys } from '../../jobs/store/keys.ts';
import type { JobTrace } from '../../jobs/trace.ts';
import type { RedisClient } from '../../redis/connect.ts';
import type { Access } from '../access.ts';
import type { Artist } from '../chart/draw.ts';
import { readHome } from '../home/read-home.ts';
import type { SlackWatch } from '../watch.ts';
import { HomeSender } from './home-sender.ts';
import { Pace } from './pace.ts';
import { PictureSender } from './picture-sender.ts';
import type { Places } from './places.ts';
import { Sender } from './sender.ts';
import { SharedPace } from './shared-pace.ts';
import { startOutbox } from './start.ts';
import { Unfinished } from './unfinished.ts';

interface SendingParts {
  readonly client: WebClient;
  readonly desk: Desk;
  readonly settings: Settings;
  readonly access: Access;
  readonly places: Places;
  readonly outbox: Pick<Outbox, 'hurry'>;
  readonly artist: Pick<Artist, 'draw'>;
  readonly redis: RedisClient;
  /** For the queue of messages: a patient one. */
  readonly connection: RedisClient;
  readonly keys: Keys;
  readonly log: Log;
  readonly timeScale: number;
  readonly now: () => number;
  readonly touch: (key: string) => Promise<void>;
  /** Since when Redis has been there without a break, as far as this process knows; by the clock of this machine. */
  readonly redisSince: () => number;
  readonly watch: SlackWatch | undefined;
  readonly trace: JobTrace | undefined;
}

export interface Sending {
  /** Redis is back, with an older state perhaps, or with none. */
  redisIsBack(): Promise<void>;
  /** Waits for messages under way; those still to be sent stay in the queue. */
  stop(): Promise<void>;
}

/** Sends what the outbox holds from now on, each message as its operation, answer or cluster stands when it is sent. */
export function startSending(parts: SendingParts): Sending {
  const { client, desk, settings, access, places, outbox, artist, redis, connection, keys } = parts;
  const { log, timeScale, now, touch, watch, trace } = parts;
  const reader = {
    operation: (id: string) => desk.operation(id),
    asked: (id: string) => desk.asked(id),
    drift: (cluster: string) => desk.drift(cluster),
    tellRequester: settings.notify.requester,
    wasShown: (id: string) => places.wasShown(id),
    now,
    timeScale,
  };
  const pace = new SharedPace(redis, keys, new Pace(Date.now));
  const read = (user: string) => readHome(user, { desk, access, now });
  const homes = new HomeSender({ client, places, pace, log, read, touch });
  const unfinished = new Unfinished({
    client,
    pace,
    log,
    keepDays: settings.history.keepDays,
    now,
    standing: (ids) => desk.standing(ids),
    read: async (id) => (await desk.operation(id))?.operation,
    placeOf: (id) => places.read(`op:${id}`),
    touch,
    doubt: (key, ts) => places.doubt(key, ts),
    timeScale,
  });
  const pictures = new PictureSender({ client, places, pace, artist, asked: reader.asked, log });
  const sender = new Sender({
    client,
    places,
    reader,
    pace,
    homes,
    pictures,
    unfinished,
    log,
    touch,
    doubtedBefore: parts.redisSince,
  });
  unfinished.start();
  const clock = watchClock(() => void outbox.hurry().catch(() => undefined));
  const worker = startOutbox({ connection, keys, sender, log, watch, trace });
  return {
    redisIsBack: () => unfinished.redisIsBack(),
    async stop() {
      clock.stop();
      await Promise.all([worker.close(), unfinished.stop()]);
    },
  };
}
