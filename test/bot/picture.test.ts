import { WebClient } from '@slack/web-api';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { startSlack } from '../../sandbox/slack/server.ts';
import type { SlackServer } from '../../sandbox/slack/server.ts';
import { createArtist } from '../../src/bot/chart/draw.ts';
import { SharedPace } from '../../src/bot/outbox/shared-pace.ts';
import { Pace } from '../../src/bot/outbox/pace.ts';
import { PictureSender } from '../../src/bot/outbox/picture-sender.ts';
import { Places } from '../../src/bot/outbox/places.ts';
import { Sender } from '../../src/bot/outbox/sender.ts';
import { startOutbox } from '../../src/bot/outbox/start.ts';
import type { OutboxWorker } from '../../src/bot/outbox/start.ts';
import type { Asked, ClusterStatus } from '../../src/cluster/answers.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import type { Log } from '../../src/jobs/log.ts';
import { Outbox } from '../../src/jobs/outbox.ts';
import { ownRedis } from '../support/own-redis.ts';
import { dumpRedis } from '../support/town.ts';
import { pastStatus, status } from './samples.ts';

const OPS = 'C0OPS00001';
const UPLOADS = ['files:write'];
/** The first drawing of a busy machine takes a while. */
const PATIENCE = { timeout: 60_000 };

const own = ownRedis();
// Its process runs a compiled program.
const artist = createArtist(new URL('../../dist/src/bot/chart/draw-process.js', import.meta.url));
let slack: SlackServer;
let keys: Keys;
let outbox: Outbox;
let worker: OutboxWorker | undefined;
let asked: Asked;
let warned: string[];
let round = 0;

afterAll(() => artist.close());

beforeEach(async () => {
  keys = new Keys(`picture-${(round += 1)}`);
  slack = await startSlack();
  warned = [];
  asked = askedFor(pastStatus());
  outbox = new Outbox({ connection: own.redis, keys, onError: () => undefined });
});
afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await outbox.close();
  await slack.close();
});

function askedFor(answer: ClusterStatus): Asked {
  return {
    id: 'ask-1',
    question: { kind: 'status', cluster: 'live' },
    requester: { user: 'U0ALICE001', channel: OPS, text: 'status' },
    askedAt: Date.now(),
    answeredAt: Date.now(),
    answer: { kind: 'status', status: answer },
  };
}

/** A bot process that sends. */
function send(): void {
  const log: Log = {
    debug() {},
    info() {},
    warn: (facts, message) => void warned.push(`${message ?? ''} ${JSON.stringify(facts)}`),
    error() {},
    child: () => log,
  };
  const client = new WebClient(slack.settings.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5_000,
  });
  const places = new Places(own.redis, keys);
  const pace = new SharedPace(own.redis, keys, new Pace(Date.now));
  const reader = {
    operation: () => Promise.resolve(undefined),
    asked: () => Promise.resolve(asked),
    drift: () => Promise.resolve(undefined),
    wasShown: () => Promise.resolve(false),
    tellRequester: true,
    now: Date.now,
    timeScale: 1,
  };
  const sender = new Sender({
    client,
    places,
    reader,
    pace,
    unfinished: { note: () => undefined, over: () => undefined },
    homes: { publish: () => Promise.resolve(), touchAll: () => Promise.resolve() },
    pictures: new PictureSender({ client, places, pace, artist, asked: reader.asked, log }),
    log,
    touch: (key) => outbox.touch(key),
    doubtedBefore: () => 0,
  });
  worker = startOutbox({ connection: own.redis, keys, sender, log });
}

interface ImageBlock {
  readonly slack_file: { readonly id: string };
  readonly alt_text: string;
}

function pictures(): ImageBlock[] {
  const blocks = slack.messages(OPS).flatMap((message) => message.blocks ?? []);
  return blocks.filter((one) => one['type'] === 'image') as unknown as ImageBlock[];
}

async function isOver(): Promise<boolean> {
  return (await new Places(own.redis, keys).read('picture:ask-1')).closed === true;
}

it('posts the status at once and puts the picture into it when Slack has it', async () => {
  const versions: string[] = [];
  slack.onEvent((event) => {
    if (event.type === 'posted' || event.type === 'updated')
      versions.push(`${event.type} ${JSON.stringify(event.message.blocks).includes('"image"')}`);
  });
  send();
  await outbox.touch('ask:ask-1');

  await expect.poll(pictures, PATIENCE).toHaveLength(1);
  expect(versions).toEqual(['posted false', 'updated true']);
  const [picture] = pictures();
  expect(slack.files()).toEqual([picture?.slack_file.id]);
  expect(slack.file(picture?.slack_file.id ?? '')?.name).toBe('live.png');
  expect(picture?.alt_text).toContain('CPU 20 % now');
  const [message] = slack.messages(OPS);
  expect(JSON.stringify(message?.blocks)).not.toContain('▃');
  await expect.poll(isOver).toBe(true);
  expect(await dumpRedis(own.server.url)).not.toMatch(/PNG|iVBORw/);
});

it('uploads nothing for a cluster without a past', async () => {
  asked = askedFor(status());
  send();
  await outbox.touch('ask:ask-1');
  await expect.poll(() => slack.messages(OPS)).toHaveLength(1);

  await outbox.touch('picture:ask-1');

  await expect.poll(isOver).toBe(true);
  expect(slack.files()).toEqual([]);
});

it('leaves the message alone when the app may not upload', async () => {
  await slack.close();
  const { scopes } = slack.settings;
  slack = await startSlack({ scopes: scopes.filter((one) => !UPLOADS.includes(one)) });
  send();
  await outbox.touch('ask:ask-1');

  await expect.poll(isOver, PATIENCE).toBe(true);

  expect(pictures()).toEqual([]);
  expect(JSON.stringify(slack.messages(OPS)[0]?.blocks)).toContain('▃');
  expect(warned.join()).toContain(
    'a status stays without its picture {"message":"picture:ask-1","why":"missing_scope"}',
  );
});

it('tries again while Slack cannot take it', async () => {
  slack.faults.set('files.getUploadURLExternal', { kind: 'error', status: 503 }, 2);
  slack.faults.set('files.completeUploadExternal', { kind: 'ratelimited', retryAfterSeconds: 1 }, 1);
  send();
  await outbox.touch('ask:ask-1');

  await expect.poll(pictures, PATIENCE).toHaveLength(1);
  expect(slack.files()).toHaveLength(1);
});

it('uploads once though the answer to the upload gets lost and the bot dies', async () => {
  slack.faults.set('files.completeUploadExternal', { kind: 'cut', when: 'after' }, 1);
  slack.faults.set('chat.update', { kind: 'error' }, 1);
  send();
  await outbox.touch('ask:ask-1');
  await expect.poll(() => slack.files(), PATIENCE).toHaveLength(1);
  await worker?.close();

  send();

  await expect.poll(pictures, PATIENCE).toHaveLength(1);
  expect(slack.files()).toHaveLength(1);
  expect(slack.messages(OPS)).toHaveLength(1);
});

it('begins a new upload when an earlier one never got through', async () => {
  const file = { id: 'F0NOTHERE', isWhole: false, at: Date.now() };
  await new Places(own.redis, keys).write('picture:ask-1', { file });
  send();
  await outbox.touch('ask:ask-1');
  await expect.poll(() => slack.messages(OPS)).toHaveLength(1);
  await outbox.touch('picture:ask-1');

  await expect.poll(pictures, PATIENCE).toHaveLength(1);
  expect(slack.files()).toHaveLength(1);
});

it('gives up on an answer that is history', async () => {
  asked = { ...asked, answeredAt: Date.now() - 3_600_000 };
  send();
  await outbox.touch('ask:ask-1');

  await expect.poll(isOver, PATIENCE).toBe(true);
  expect(slack.messages(OPS)).toHaveLength(1);
  expect(slack.files()).toEqual([]);
});

it('does not post a message anew that somebody deleted meanwhile', async () => {
  slack.faults.set('files.getUploadURLExternal', { kind: 'error', status: 503 }, 1);
  send();
  await outbox.touch('ask:ask-1');
  await expect.poll(() => slack.messages(OPS)).toHaveLength(1);
  const client = new WebClient(slack.settings.botToken, { slackApiUrl: slack.apiUrl });
  await client.chat.delete({ channel: OPS, ts: slack.messages(OPS)[0]?.ts ?? '' });

  await expect.poll(isOver, PATIENCE).toBe(true);
  expect(slack.messages(OPS)).toEqual([]);
});
