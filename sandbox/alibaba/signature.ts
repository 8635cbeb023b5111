import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import type { AccessKey } from './options.ts';

/** What the signature covers. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** Decoded query. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How far a request's date may be from ours. */
const MOST_SKEW_MS = 15 * 60_000;

/** Checks ACS3-HMAC-SHA256 signatures and remembers nonces. */
export function createVerifier(
  keys: readonly AccessKey[],
  now: () => Date,
): (request: SignedRequest) => AccessKey {
  const nonces = new Map<string, number>();

  return function verify(request) {
    const { credential, signedHeaders, signature } = authorization(request.headers);
    const key = keys.find((known) => known.id === credential);
    if (key === undefined) {
      throw new ApiError('InvalidAccessKeyId.NotFound', 404, 'Specified access key is not found.');
    }
    if (key.inactive === true) {
      throw new ApiError('InvalidAccessKeyId.Inactive', 403, 'Specified access key is disabled.');
    }
    checkToken(request.headers, key);
    const at = Date.parse(header(request.headers, 'x-acs-date'));
    if (!(Math.abs(now().getTime() - at) <= MOST_SKEW_MS)) {
      throw new ApiError('InvalidTimeStamp.Expired', 400, 'Specified time stamp or date value is expired.');
    }
    const toSign = stringToSign(request, signedHeaders);
    const expected = createHmac('sha256', key.secret).update(toSign).digest('hex');
    if (!isSame(expected, signature)) {
      throw new ApiError(
        'SignatureDoesNotMatch',
        400,
        `Specified signature is not matched with our calculation. server string to sign is:${toSign}`,
      );
    }
    refuseUsedNonce(header(request.headers, 'x-acs-signature-nonce'), at);
    return key;
  };

  function refuseUsedNonce(nonce: string, at: number): void {
    // In the order in which they came, so that the first that is young enough ends the search.
    const oldest = now().getTime() - 2 * MOST_SKEW_MS;
    for (const [old, time] of nonces) {
      if (time >= oldest) break;
      nonces.delete(old);
    }
    if (nonce === '' || nonces.has(nonce)) {
      throw new ApiError('SignatureNonceUsed', 400, 'Specified signature nonce was used already.');
    }
    nonces.set(nonce, at);
  }
}

function checkToken(headers: IncomingHttpHeaders, key: AccessKey): void {
  const token = header(headers, 'x-acs-security-token');
  if (key.securityToken === undefined && token === '') return;
  if (key.securityToken === token) return;
  const code = token === '' ? 'MissingSecurityToken' : 'InvalidSecurityToken.Malformed';
  throw new ApiError(code, 400, 'Specified SecurityToken is missing or malformed.');
}

function authorization(headers: IncomingHttpHeaders) {
  const match =
    /^ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/.exec(
      headers.authorization ?? '',
    );
  const [, credential, signedHeaders, signature] = match ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw new ApiError(
      'IncompleteSignature',
      400,
      'The request signature does not conform to Alibaba Cloud standards.',
    );
  }
  return { credential, signedHeaders: signedHeaders.split(';'), signature };
}

function stringToSign(request: SignedRequest, signedHeaders: readonly string[]): string {
  const hash = createHash('sha256').update(request.body).digest('hex');
  const query = [...request.query]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join('&');
  const headers = signedHeaders.map((name) => `${name}:${header(request.headers, name)}\n`).join('');
  const canonical = [request.method, request.path, query, headers, signedHeaders.join(';'), hash].join('\n');
  return `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`;
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim();
}

function encode(value: string): string {
  return encodeURIComponent(value).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
