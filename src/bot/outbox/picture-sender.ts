import type { WebClient } from '@slack/web-api';
import type { Asked } from '../../cluster/answers.ts';
import type { MessageKey } from '../../jobs/desk.ts';
import type { Log } from '../../jobs/log.ts';
import { altText, chartOf } from '../chart/chart.ts';
import type { Chart } from '../chart/chart.ts';
import type { Artist } from '../chart/draw.ts';
import { statusView } from '../views/status.ts';
import { body, marker, withDetour } from './body.ts';
import { askLetter, PICTURE } from './letter.ts';
import type { Lane } from './pace.ts';
import type { Turns } from './shared-pace.ts';
import type { Place, Places } from './places.ts';
import { SendLater } from './send-later.ts';
import { BLOCKS_REFUSED, readTrouble } from './slack-calls.ts';

/** An answer this old is history: it stays without a picture. */
const TOO_LATE_MS = 10 * 60_000;
/** Slack looks through a picture before messages may show it: usually this long, and no longer than the other. */
const SETTLING_MS = 1_500;
const PROCESSING_MS = 60_000;
const LOOK_AGAIN_MS = 700;
const UPLOAD_TIMEOUT_MS = 10_000;
/** Pictures kept while Slack cannot take them, some 40 KB each. */
const MAX_DRAWN = 20;

export interface PictureSenderParts {
  readonly client: WebClient;
  readonly places: Places;
  readonly pace: Turns;
  readonly artist: Pick<Artist, 'draw'>;
  readonly asked: (id: string) => Promise<Asked | undefined>;
  readonly log: Log;
}

/** Slack does not take the picture, and trying again changes nothing. */
class NoPicture extends Error {}

/**
 * Puts the picture of the last hours into a status that stands in Slack already: draws it, uploads it so that nobody
 * sees the file by itself, and changes the message in place. Like a message: it may run as often as you like, and
 * people see one picture. Whatever goes wrong, the message stands as it is.
 */
export class PictureSender {
  readonly #parts: PictureSenderParts;
  /** Drawn and not uploaded yet, so that a Slack that is down costs no drawing at each try. */
  readonly #drawn = new Map<MessageKey, Uint8Array>();

  constructor(parts: PictureSenderParts) {
    this.#parts = parts;
  }

  /** @throws SendLater when it is to be tried again after a while */
  async send(askId: string): Promise<void> {
    const { places, asked: read, log } = this.#parts;
    const key: MessageKey = `${PICTURE}${askId}`;
    const place = await places.read(key);
    const message = await places.read(`ask:${askId}`);
    // Without a message there is nothing to change; once it stands, this is called for again.
    if (place.closed === true || message.ts === undefined) return;
    const asked = await read(askId);
    const chart = asked?.answer?.kind === 'status' ? chartOf(asked.answer.status) : undefined;
    try {
      if (!asked || !chart) throw new NoPicture('there is nothing to draw any more');
      if (Date.now() - (asked.answeredAt ?? asked.askedAt) > TOO_LATE_MS)
        throw new NoPicture('it is too late');
      const file = await this.#upload(key, place, chart);
      const young = file.at + SETTLING_MS - Date.now();
      if (young > 0) throw new SendLater(Math.min(young, SETTLING_MS));
      await this.#show({ asked, chart, message, file });
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      log.warn({ message: key, why: error.message }, 'a status stays without its picture');
    }
    this.#drawn.delete(key);
    await places.write(key, { closed: true });
  }

  /** Brings the picture to Slack, once: what an earlier run began is completed. */
  async #upload(key: MessageKey, { file: begun }: Place, chart: Chart): Promise<NonNullable<Place['file']>> {
    const { client, places } = this.#parts;
    if (begun?.isWhole === true) return begun;
    if (begun) {
      const whole = await this.#complete(key, begun.id, chart).catch(unlessRefused);
      if (whole) return whole;
    }
    const png = await this.#draw(key, chart);
    await this.#turn('upload');
    const { upload_url: url, file_id: id } = await this.#call('upload', () =>
      client.files.getUploadURLExternal({ filename: `${chart.cluster}.png`, length: png.length }),
    );
    if (url === undefined || id === undefined) throw new SendLater(1_000, 'Slack gave no address');
    await putBytes(url, png);
    await places.write(key, { file: { id, isWhole: false, at: Date.now() } });
    return this.#complete(key, id, chart);
  }

  /** Without a channel: only who is shown it in a message sees it. */
  async #complete(key: MessageKey, id: string, chart: Chart): Promise<NonNullable<Place['file']>> {
    const { client, places } = this.#parts;
    await this.#turn('upload');
    const title = `CPU and nodes of ${chart.cluster}`;
    await this.#call('upload', () => client.files.completeUploadExternal({ files: [{ id, title }] }));
    const file = { id, isWhole: true, at: Date.now() };
    await places.write(key, { file });
    return file;
  }

  async #draw(key: MessageKey, chart: Chart): Promise<Uint8Array> {
    try {
      const png = this.#drawn.get(key) ?? (await this.#parts.artist.draw(chart));
      if (this.#drawn.size >= MAX_DRAWN) this.#drawn.clear();
      this.#drawn.set(key, png);
      return png;
    } catch (error) {
      throw new NoPicture(`it cannot be drawn: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #show(what: {
    readonly asked: Asked;
    readonly chart: Chart;
    readonly message: Place;
    readonly file: NonNullable<Place['file']>;
  }): Promise<void> {
    const { asked, chart, message, file } = what;
    const { channel, ts } = message;
    const letter = askLetter(asked);
    if (!letter || asked.answer?.kind !== 'status' || channel === undefined || ts === undefined) return;
    const view = statusView(asked.answer.status, { fileId: file.id, altText: altText(chart) });
    const shown = message.detour === true ? withDetour(view, letter) : view;
    await this.#turn('update');
    try {
      await this.#call('update', () =>
        this.#parts.client.chat.update({ channel, ts, ...body(shown), metadata: marker(`ask:${asked.id}`) }),
      );
    } catch (error) {
      const isOpen = error instanceof NoPicture && BLOCKS_REFUSED.has(error.message);
      if (isOpen && Date.now() - file.at < PROCESSING_MS) throw new SendLater(LOOK_AGAIN_MS);
      throw error;
    }
  }

  async #turn(lane: Lane): Promise<void> {
    const wait = await this.#parts.pace.take(lane);
    if (wait > 0) throw new SendLater(wait);
  }

  /** @throws SendLater when Slack could not say; NoPicture with Slack's own word when it said no */
  async #call<Answer>(lane: Lane, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      const trouble = readTrouble(error);
      if (trouble.kind === 'refused') throw new NoPicture(trouble.error);
      if (trouble.kind === 'unknown') throw new SendLater(1_000, trouble.error);
      await this.#parts.pace.silence(lane, trouble.retryAfterMs);
      throw new SendLater(trouble.retryAfterMs, 'rate limited');
    }
  }
}

function unlessRefused(error: unknown): undefined {
  if (error instanceof NoPicture) return undefined;
  throw error;
}

/** The address takes the bytes as they are, and needs no token. */
async function putBytes(url: string, bytes: Uint8Array): Promise<void> {
  let status: number;
  try {
    const request = {
      method: 'POST',
      body: Buffer.from(bytes),
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    };
    const answer = await fetch(url, request);
    await answer.arrayBuffer();
    status = answer.status;
  } catch (error) {
    throw new SendLater(1_000, error instanceof Error ? error.message : 'no answer');
  }
  if (status !== 200) throw new SendLater(1_000, `the upload was answered by HTTP ${status}`);
}
