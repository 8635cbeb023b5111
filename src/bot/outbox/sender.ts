import type { WebClient } from '@slack/web-api';
import type { MessageKey } from '../../jobs/desk.ts';
import type { Log } from '../../jobs/log.ts';
import type { View } from '../views/text.ts';
import { AwaitedTurns } from './awaited-turns.ts';
import { body, hashOf, marker, withDetour } from './body.ts';
import { Directs } from './directs.ts';
import { findMarked } from './find-marked.ts';
import { PICTURE, readLetter, urgencyOf, urgencyOfChange } from './letter.ts';
import type { Letter, LetterReader } from './letter.ts';
import { HOME, HOMES } from './home-sender.ts';
import type { HomeSender } from './home-sender.ts';
import type { PictureSender } from './picture-sender.ts';
import type { Lane } from './pace.ts';
import type { Place, Places } from './places.ts';
import { SendLater } from './send-later.ts';
import type { Turns } from './shared-pace.ts';
import type { Unfinished } from './unfinished.ts';
import {
  BLOCKS_REFUSED,
  INSTALLATION,
  MESSAGE_GONE,
  readTrouble,
  THREAD_GONE,
  TOO_LONG,
  UNCHANGEABLE,
} from './slack-calls.ts';

/** What the key of an operation's message begins with. */
const OPERATION = 'op:';
/** At most one change of a message in this time, in real milliseconds. */
const UPDATE_EVERY_MS = 1_000;
/** What a post has not done by then it never does. */
const LONGEST_POST_MS = 5 * 60_000;
/** After a change of installation (token, scopes) it is found out this often. */
const INSTALLATION_WAIT_MS = 30_000;

export interface SenderParts {
  readonly client: WebClient;
  readonly places: Places;
  readonly reader: LetterReader;
  readonly pace: Turns;
  readonly homes: Pick<HomeSender, 'publish' | 'touchAll'>;
  readonly pictures: Pick<PictureSender, 'send'>;
  readonly unfinished: Pick<Unfinished, 'note' | 'over'>;
  readonly log: Log;
  readonly touch: (key: MessageKey) => Promise<void>;
  /**
   * What Redis says of messages of things that began before then may be less than what was sent: another process may
   * have sent it, to a Redis that has lost it since. Milliseconds since 1970.
   */
  readonly doubtedBefore: () => number;
}

/**
 * Brings one message of Slack up to the state as it is now. The promise: run as often as you like, killed anywhere,
 * there is one message, and it ends up showing the newest state. Only one run for a message at a time.
 */
export class Sender {
  readonly #parts: SenderParts;
  readonly #turns: AwaitedTurns;
  readonly #directs: Directs;
  /** Whether this workspace takes Slack's newer blocks; found out by trying. */
  #newBlocks = true;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#turns = new AwaitedTurns(parts.pace);
    this.#directs = new Directs(parts.client);
  }

  /** @throws SendLater when it is to be tried again after a while */
  async send(key: MessageKey): Promise<void> {
    const { places, reader, homes, pictures, touch } = this.#parts;
    if (key === HOMES) return homes.touchAll();
    if (key.startsWith(PICTURE)) return pictures.send(key.slice(PICTURE.length));
    if (key.startsWith(HOME)) return homes.publish(key.slice(HOME.length));
    let letter: Letter | undefined;
    try {
      await this.#turns.again(key);
      letter = await readLetter(key, reader);
      if (!letter) return;
      const place = await places.read(key);
      const earlier = place.ts === undefined ? await places.awaited(letter.after ?? []) : undefined;
      // Once that one is sent, this one is touched.
      if (earlier !== undefined) return await touch(earlier);
      await this.#bringUpToDate(key, letter, place);
    } finally {
      this.#turns.over(key);
    }
    for (const other of await places.missing(letter.next)) await touch(other);
    // What these messages tell is seen in the app's homes too.
    if (/^(op|drift):/.test(key)) await touch(HOMES);
  }

  async #bringUpToDate(key: MessageKey, letter: Letter, before: Place): Promise<void> {
    if (before.closed === true) return;
    const place = before.ts === undefined ? await this.#lookIfDoubtful(key, letter, before) : before;
    if (place.ts === undefined) {
      const { to } = letter;
      return to.kind === 'whisper' ? this.#whisper(key, letter, to, place) : this.#post(key, letter, place);
    }
    if (letter.once) return;
    const since = Date.now() - (place.sentAt ?? 0);
    const hash = hashOf(letter.view);
    if (hash === place.hash) return this.#shows(key, letter, place);
    if (since >= 0 && since < UPDATE_EVERY_MS) throw new SendLater(UPDATE_EVERY_MS - since);
    await this.#update(key, letter, place, hash);
  }

  async #update(key: MessageKey, letter: Letter, place: Place, hash: string): Promise<void> {
    const { client, places } = this.#parts;
    const { channel, ts } = place;
    if (channel === undefined || ts === undefined) return;
    const urgency = urgencyOfChange(letter, place);
    await this.#turns.take(key, 'update', urgency);
    const refused = await this.#call('update', letter, place, (view) =>
      client.chat.update({ channel, ts, ...body(view), metadata: marker(key) }),
    );
    if (refused === undefined) {
      this.#shows(key, letter, await places.write(key, { ...place, hash, sentAt: Date.now() }));
      return;
    }
    // For each step of a progress, or each time that a plan is made sure of, there would be one message more.
    const stays = refused.error === UNCHANGEABLE && urgency === 'repeat';
    if (stays || !MESSAGE_GONE.has(refused.error)) {
      // Trying the same again changes nothing; the next change of state is another try.
      this.#parts.log.error({ message: key, error: refused.error }, 'slack refused a change of a message');
      await places.write(key, { ...place, hash, sentAt: Date.now() });
      return;
    }
    // A person removed it, or the channel is closed to us: it is posted anew.
    await this.#post(key, letter, await places.write(key, {}));
  }

  async #post(key: MessageKey, letter: Letter, place: Place): Promise<void> {
    const { client, places } = this.#parts;
    const target = await this.#target(letter, place);
    // Its thread will never be: the replies after this one must not wait for it.
    if (!target) return void (await places.write(key, { closed: true }));
    await this.#turns.take(key, `post:${target.channel}`, urgencyOf(key, letter));
    // Said before the call: if the process dies in it, the next run looks for the message first.
    const posting = await places.write(key, { ...place, channel: target.channel, postingSince: Date.now() });
    let posted: { ts?: string; channel?: string } = {};
    const refused = await this.#call(`post:${target.channel}`, letter, posting, async (view) => {
      const message = {
        ...target,
        ...body(view),
        metadata: marker(key),
        unfurl_links: false,
        unfurl_media: false,
      };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's, not the browser's
      posted = await client.chat.postMessage(message);
    });
    if (refused === undefined) {
      const { ts, channel = target.channel } = posted;
      if (ts === undefined) throw new SendLater(1_000, 'Slack gave no ts');
      const detour = place.detour === true ? { detour: true } : {};
      const hash = hashOf(letter.view);
      this.#shows(key, letter, await places.write(key, { channel, ts, hash, sentAt: Date.now(), ...detour }));
      return;
    }
    if (refused.error === THREAD_GONE && letter.to.kind === 'thread' && target.thread_ts !== undefined) {
      await places.doubt(letter.to.parent, target.thread_ts);
      await this.#parts.touch(letter.to.parent);
      throw new SendLater(UPDATE_EVERY_MS, refused.error);
    }
    // Whatever the channel has against it, with words of Slack's that are new perhaps: somebody should read it.
    if (!BLOCKS_REFUSED.has(refused.error) && place.detour !== true && letter.to.kind !== 'person') {
      return this.#post(key, letter, await places.write(key, { detour: true }));
    }
    await this.#giveUp(key, refused.error);
  }

  #shows(key: MessageKey, letter: Letter, { channel, ts }: Place): void {
    const { unfinished } = this.#parts;
    if (letter.unfinished && channel !== undefined && ts !== undefined)
      unfinished.note(letter.unfinished, channel, ts);
    else if (key.startsWith(OPERATION)) unfinished.over(key.slice(OPERATION.length));
  }

  /** What one person alone sees. What is seen by all may follow under the same key, once it is time. */
  async #whisper(
    key: MessageKey,
    letter: Letter,
    { channel, user }: { channel: string; user: string },
    place: Place,
  ): Promise<void> {
    const { client, places } = this.#parts;
    const whispered = hashOf(letter.view);
    if (place.whispered === whispered) return;
    await this.#turns.take(key, `post:${channel}`, urgencyOf(key, letter));
    const refused = await this.#call(`post:${channel}`, letter, {}, (view) =>
      client.chat.postEphemeral({ channel, user, ...body(view) }),
    );
    if (refused) await this.#tellDirectly(`${key}:direct:${whispered}`, letter, user);
    await places.write(key, { ...place, whispered });
  }

  /**
   * Instead of a whisper: the person or the bot is not in the channel, which may still take what all see. A message with
   * a key of its own, so that it is found again where the answer to it is lost.
   */
  async #tellDirectly(key: MessageKey, letter: Letter, user: string): Promise<void> {
    const direct = { ...letter, to: { kind: 'person', user }, once: true, unfinished: undefined } as const;
    await this.#bringUpToDate(key, direct, await this.#parts.places.read(key));
  }

  /** Where it goes: channel, and thread if it is a reply. Nothing when there is no such place and never will be. */
  async #target(letter: Letter, place: Place): Promise<{ channel: string; thread_ts?: string } | undefined> {
    const { to, requester } = letter;
    if (to.kind === 'thread') {
      const parent = await this.#parts.places.read(to.parent);
      if (parent.channel !== undefined && parent.ts !== undefined)
        return { channel: parent.channel, thread_ts: parent.ts };
      if (parent.closed === true) return undefined;
      throw new SendLater(UPDATE_EVERY_MS);
    }
    if (place.detour !== true && to.kind !== 'person') return { channel: to.channel };
    return { channel: await this.#directs.channelOf(to.kind === 'person' ? to.user : requester) };
  }

  /** What may have been posted is looked for before it is posted (again). */
  async #lookIfDoubtful(key: MessageKey, letter: Letter, place: Place): Promise<Place> {
    const { postingSince } = place;
    if (postingSince !== undefined) return this.#look(key, letter, place, postingSince + LONGEST_POST_MS);
    if (letter.since >= this.#parts.doubtedBefore() || letter.to.kind === 'whisper') return place;
    const target = await this.#target(letter, place);
    if (!target) return place;
    return this.#look(key, letter, { ...place, channel: target.channel, postingSince: letter.since });
  }

  /** A post of unknown outcome: finds it by its marker. `until`: when it was made at the latest, if that is known. */
  async #look(key: MessageKey, letter: Letter, place: Place, until?: number): Promise<Place> {
    const { client, places, log } = this.#parts;
    const parent = letter.to.kind === 'thread' ? (await places.read(letter.to.parent)).ts : undefined;
    try {
      const ts = await findMarked(client, key, place, parent, until);
      const { postingSince: _over, ...rest } = place;
      return await places.write(key, ts === undefined ? rest : { ...rest, ts });
    } catch (error) {
      const trouble = readTrouble(error);
      if (trouble.kind === 'rate-limited') throw new SendLater(trouble.retryAfterMs, 'rate limited');
      if (trouble.kind === 'unknown') throw new SendLater(1_000, trouble.error);
      // Without the right to read the history, a second copy is better than none.
      log.warn({ message: key, error: trouble.error }, 'history could not be searched for a message');
      const { postingSince: _over, ...rest } = place;
      return rest;
    }
  }

  /** Makes a call, first with newer blocks, then with plain ones, at last with text alone. @returns a refusal */
  async #call(
    lane: Lane,
    letter: Letter,
    place: Place,
    call: (view: View) => Promise<unknown>,
  ): Promise<{ error: string } | undefined> {
    const { pace, log } = this.#parts;
    const views = [
      ...(this.#newBlocks || !letter.plainView ? [letter.view] : []),
      ...(letter.plainView ? [letter.plainView] : []),
      { text: letter.view.text, blocks: [] },
    ];
    let last = 'invalid_blocks';
    for (const view of views) {
      try {
        await call(place.detour === true ? withDetour(view, letter) : view);
        return undefined;
      } catch (error) {
        const trouble = readTrouble(error);
        if (trouble.kind === 'rate-limited') {
          await pace.silence(lane, trouble.retryAfterMs);
          throw new SendLater(trouble.retryAfterMs, 'rate limited');
        }
        if (trouble.kind === 'unknown') throw new SendLater(1_000, trouble.error);
        if (INSTALLATION.has(trouble.error)) throw new SendLater(INSTALLATION_WAIT_MS, trouble.error);
        last = trouble.error;
        if (!BLOCKS_REFUSED.has(last)) return { error: last };
        const isNew = letter.plainView !== undefined && view === letter.view && !TOO_LONG.has(last);
        if (isNew && JSON.stringify(letter.view.blocks) !== JSON.stringify(letter.plainView?.blocks))
          this.#newBlocks = false;
        log.warn({ error: last, newBlocks: isNew }, 'slack refused blocks');
      }
    }
    return { error: last };
  }

  async #giveUp(key: MessageKey, error: string): Promise<void> {
    this.#parts.log.error({ message: key, error }, 'slack does not take this message anywhere');
    await this.#parts.places.write(key, { closed: true });
  }
}
