import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

type Facts = Readonly<Record<string, string | number | boolean>>;

/** A span as a receiver of OTLP sees it. */
export interface ReceivedSpan {
  /** Of the process that sent it. */
  readonly resource: Facts;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is a root. */
  readonly parentId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly facts: Facts;
  readonly events: readonly string[];
  readonly failed: boolean;
}

export interface TraceReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** What came in; bodies as bytes, in which all texts stand as they are. */
  readonly requests: readonly {
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
  }[];
  close(): Promise<void>;
}

/** Takes traces as a collector does: OTLP over HTTP, protobuf. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: TraceReceiver['requests'][number][] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const sent = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      spans.push(...spansIn(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Field = number | bigint | Buffer;
type Message = ReadonlyMap<number, readonly Field[]>;

/** Field numbers: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto. */
function spansIn(body: Buffer): ReceivedSpan[] {
  return inner(message(body), 1).flatMap((ofResource) => {
    const resource = facts(inner(ofResource, 1)[0] ?? new Map(), 1);
    return inner(ofResource, 2).flatMap((ofScope) =>
      inner(ofScope, 2).map((span) => ({
        resource,
        traceId: bytes(span, 1).toString('hex'),
        spanId: bytes(span, 2).toString('hex'),
        parentId: bytes(span, 4).toString('hex'),
        name: bytes(span, 5).toString('utf8'),
        startedAt: nanos(span, 7),
        endedAt: nanos(span, 8),
        facts: facts(span, 9),
        events: inner(span, 11).map((event) => bytes(event, 2).toString('utf8')),
        failed: inner(span, 15).some((state) => state.get(3)?.[0] === 2),
      })),
    );
  });
}

function facts(from: Message, field: number): Facts {
  return Object.fromEntries(
    inner(from, field).map((pair) => [
      bytes(pair, 1).toString('utf8'),
      value(inner(pair, 2)[0] ?? new Map()),
    ]),
  );
}

/** AnyValue: string 1, bool 2, int 3, double 4; lists are told by their length alone. */
function value(any: Message): string | number | boolean {
  if (any.has(1)) return bytes(any, 1).toString('utf8');
  if (any.has(2)) return any.get(2)?.[0] === 1;
  if (any.has(3)) return Number(any.get(3)?.[0]);
  const double = any.get(4)?.[0];
  if (typeof double === 'bigint') return Buffer.from(new BigUint64Array([double]).buffer).readDoubleLE();
  return `list of ${inner(any, 5).flatMap((list) => inner(list, 1)).length}`;
}

function inner(from: Message, field: number): Message[] {
  return (from.get(field) ?? []).filter((each) => Buffer.isBuffer(each)).map(message);
}

function bytes(from: Message, field: number): Buffer {
  const found = from.get(field)?.[0];
  return Buffer.isBuffer(found) ? found : Buffer.alloc(0);
}

function nanos(from: Message, field: number): number {
  const found = from.get(field)?.[0];
  return typeof found === 'bigint' ? Number(found / 1_000n) / 1_000 : 0;
}

/** The wire format of protobuf: varint 0, 64 bits 1, with a length 2, 32 bits 5. */
function message(data: Buffer): Message {
  const fields = new Map<number, Field[]>();
  let at = 0;
  function varint(): number {
    let result = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data[at++] ?? 0;
      result += (byte & 127) * factor;
      if (byte < 128) return result;
    }
  }
  while (at < data.length) {
    const tag = varint();
    const kind = tag & 7;
    let field: Field;
    if (kind === 0) field = varint();
    else if (kind === 1) field = data.readBigUInt64LE((at += 8) - 8);
    else if (kind === 2) {
      const length = varint();
      field = data.subarray(at, (at += length));
    } else if (kind === 5) field = data.readUInt32LE((at += 4) - 4);
    else throw new Error(`no such wire type: ${kind}`);
    const number = Math.floor(tag / 8);
    fields.set(number, [...(fields.get(number) ?? []), field]);
  }
  return fields;
}
