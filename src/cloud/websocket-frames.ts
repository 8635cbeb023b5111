import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** Longest message that is read. */
const MOST_BYTES = 1024 * 1024;

/** Sends a text over an upgraded connection and gives back the first message (RFC 6455); then hangs up. */
export function converse(
  socket: Duplex,
  head: Buffer,
  text: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let seen = head;
    const end = (finish: () => void): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      finish();
    };
    const abort = (): void => end(() => reject(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })));
    const lost = (): void => end(() => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    const look = (): void => {
      const message = firstMessage(seen);
      if (message !== undefined) end(() => resolve(message));
      else if (seen.length > MOST_BYTES) lost();
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', lost);
    socket.on('close', lost);
    if (text === undefined) return end(() => resolve(undefined));
    socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      look();
    });
    socket.write(textFrame(text));
    look();
  });
}

/** One masked text frame, as a client must send it. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  if (payload.length > 65_535) throw new RangeError(`a frame of ${payload.length} bytes is too long to send`);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81]), length, mask, masked]);
}

/** The first whole text or binary message in what a server sent; control frames and fragments are gone through. */
export function firstMessage(bytes: Buffer): string | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (bytes.length >= at + 2) {
    const kind = (bytes[at] ?? 0) & 0x0f;
    const last = ((bytes[at] ?? 0) & 0x80) !== 0;
    let length = (bytes[at + 1] ?? 0) & 0x7f;
    let start = at + 2;
    if (length === 126) {
      if (bytes.length < at + 4) return undefined;
      length = bytes.readUInt16BE(at + 2);
      start = at + 4;
    } else if (length === 127) {
      if (bytes.length < at + 10) return undefined;
      length = Number(bytes.readBigUInt64BE(at + 2));
      start = at + 10;
    }
    if (bytes.length < start + length) return undefined;
    if (kind < 8) {
      parts.push(bytes.subarray(start, start + length));
      if (last) return Buffer.concat(parts).toString('utf8');
    }
    at = start + length;
  }
  return undefined;
}
