import type { IncomingMessage } from 'node:http';
import { isJson, parseJson } from './json.ts';
import type { Json } from './json.ts';

/** Reads a request to its end. */
export async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.isBuffer(part) ? part : Buffer.from(String(part)));
  return Buffer.concat(parts);
}

/**
 * The arguments of an API call: query, then form, multipart or JSON body.
 * Undefined when the body is not what its content type says.
 */
export async function readArguments(request: IncomingMessage, url: URL): Promise<Json | undefined> {
  const body = await readAll(request);
  const type = request.headers['content-type'] ?? '';
  const args: Json = Object.fromEntries(url.searchParams);
  if (body.length === 0) return args;
  if (type.startsWith('application/json')) {
    const parsed = parseJson(body.toString('utf8'));
    return isJson(parsed) ? { ...args, ...parsed } : undefined;
  }
  if (type.startsWith('multipart/form-data')) {
    const fields = await readMultipart(body, type);
    return fields === undefined ? undefined : { ...args, ...fields };
  }
  return { ...args, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
}

async function readMultipart(body: Buffer, type: string): Promise<Json | undefined> {
  const form = await formOf(body, type);
  return form && Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
}

/** The bytes of an uploaded file: the first file of a multipart body, or the body itself. */
export async function readUpload(request: IncomingMessage): Promise<Buffer> {
  const body = await readAll(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return body;
  for (const [, value] of (await formOf(body, type)) ?? []) {
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  }
  return Buffer.alloc(0);
}

async function formOf(body: Buffer, type: string): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  } catch {
    return undefined;
  }
}
