import type { IncomingHttpHeaders } from 'node:http';
import type { Guest } from '../contract.ts';
import { ApiError, invalidParameter } from './api-error.ts';
import { isDryRun, text, type Call, type Params } from './call.ts';
import type { Cloud } from './cloud.ts';
import { entriesOf } from './ecs/lookup.ts';
import type { FaultPlan } from './faults.ts';
import { createTokens } from './idempotence.ts';
import type { AccessKey } from './options.ts';
import { DEFAULT_CODES, type Product, type ProductCodes } from './product.ts';
import { createVerifier } from './signature.ts';
import { readParams } from './wire.ts';

/** Names of products in RAM, where they are not their own in lower case. */
const RAM_CODE: Readonly<Record<string, string>> = { CAS: 'yundun-cert', BSS: 'bssapi' };

interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Gateway {
  /** `cut` means: hang up without an answer. */
  answer(request: RawRequest): Promise<Answer | 'cut'>;
  /** Machines running now. */
  guests(): readonly Guest[];
}

const SLOW_MS = 30_000;

/** Of every action that takes one, whatever the product. */
const CLIENT_TOKEN = /^[\x20-\x7e]{1,64}$/;

/** Accepts calls as the RPC gateway does: signature, action, parameters, token, work, faults, log. */
export function createGateway(cloud: Cloud, products: readonly Product[]): Gateway {
  const verify = createVerifier(cloud.settings.accessKeys, () => cloud.clock.now());
  const once = createTokens();

  async function answer(raw: RawRequest): Promise<Answer | 'cut'> {
    const at = cloud.clock.now();
    const requestId = cloud.ids.request();
    const host = raw.headers.host ?? '';
    const url = new URL(raw.url, 'http://localhost');
    const action = String(raw.headers['x-acs-action'] ?? url.searchParams.get('Action') ?? '');
    const version = String(raw.headers['x-acs-version'] ?? url.searchParams.get('Version') ?? '');
    const product = products.find((candidate) => candidate.version === version);
    let params: Params = {};
    let regionId = cloud.settings.defaultRegionId;

    async function serve(): Promise<Answer | 'cut'> {
      const query = new Map(url.searchParams);
      const key = verify({
        method: raw.method,
        path: url.pathname,
        query,
        headers: raw.headers,
        body: raw.body,
      });
      const handler = product?.actions[action];
      const model = product?.model(action);
      if (product === undefined || handler === undefined || model === undefined) {
        throw new ApiError(
          'InvalidAction.NotFound',
          404,
          'Specified api is not found, please check your url and method.',
        );
      }
      const flat = new Map([...query, ...formOf(raw)]);
      // The log shows the call even when its parameters are refused.
      params = Object.fromEntries(flat);
      const codes: ProductCodes = { ...DEFAULT_CODES, ...product.codes };
      refuseDenied(key, product.name, action);
      // A planted fault strikes work, and a dry run does none.
      const takeFault = (when: FaultPlan['when']): FaultPlan | undefined =>
        isDryRun({ params }) ? undefined : cloud.faults.take(product.name, action, when, params, requestId);
      const before = takeFault('before');
      // A slow call keeps its token busy, so it is slow where the work is done.
      const isSlow = before?.kind === 'slow';
      const early = before === undefined || isSlow ? undefined : await strike(before);
      if (early !== undefined) return early;
      params = readParams(flat, model, codes, cloud.settings.refuseUnknownParameters);
      regionId = regionOf(params, host);
      const token = text(params, 'ClientToken');
      if (token !== undefined && !CLIENT_TOKEN.test(token)) {
        const code = codes.invalid('ClientToken');
        throw invalidParameter('ClientToken', token, 'at most 64 ASCII characters', code);
      }
      const call: Call = {
        product: product.name,
        action,
        version,
        params,
        regionId,
        accountId: cloud.settings.accountId,
        requestId,
        ...(token === undefined ? {} : { clientToken: token }),
      };
      const result = await once(call, codes, async () => {
        if (before !== undefined && isSlow) await strike(before);
        return handler(call, cloud);
      });
      const after = takeFault('after');
      const late = after === undefined ? undefined : await strike(after);
      return late ?? json(200, { RequestId: requestId, ...(result as object | undefined) });
    }

    async function strike(fault: FaultPlan): Promise<Answer | 'cut' | undefined> {
      const delayMs = fault.delayMs ?? (fault.kind === 'slow' ? SLOW_MS : 0);
      if (delayMs > 0) await cloud.clock.sleep(delayMs);
      switch (fault.kind) {
        case 'slow':
          return undefined;
        case 'cut':
          return 'cut';
        case 'html':
          return {
            status: fault.status ?? 502,
            headers: { 'content-type': 'text/html' },
            body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
          };
        case 'throttle':
          throw new ApiError(
            fault.code ?? 'Throttling.User',
            fault.status ?? 400,
            fault.message ?? 'Request was denied due to user flow control.',
            { retryAfterMs: fault.retryAfterMs ?? 1_000 },
          );
        case '503':
          throw new ApiError(
            fault.code ?? 'ServiceUnavailable',
            503,
            fault.message ?? 'The request has failed due to a temporary failure of the server.',
          );
        case '500':
          throw new ApiError(
            fault.code ?? 'InternalError',
            500,
            fault.message ?? 'The request processing has failed due to some unknown error.',
          );
        case 'code':
          throw new ApiError(fault.code ?? 'Forbidden', fault.status ?? 403, fault.message ?? 'Refused.');
      }
    }

    function refuseDenied(key: AccessKey, productName: string, denied: string): void {
      const service = RAM_CODE[productName] ?? productName.toLowerCase();
      if (!key.deny?.some((entry) => entry === `${service}:${denied}` || entry === `${service}:*`)) return;
      throw new ApiError('Forbidden.RAM', 403, 'User not authorized to operate on the specified resource.', {
        AccessDeniedDetail: {
          AuthAction: `${service}:${denied}`,
          AuthPrincipalType: key.user === undefined ? 'Account' : 'SubUser',
          AuthPrincipalDisplayName: key.user ?? cloud.settings.accountId,
          PolicyType: 'AccountLevelIdentityBasedPolicy',
          NoPermissionType: 'ImplicitDeny',
        },
      });
    }

    function regionOf(read: Params, hostHeader: string): string {
      const named = read['RegionId'];
      if (typeof named === 'string' && named !== '') {
        if (cloud.region(named) !== undefined) return named;
        throw new ApiError('InvalidRegionId.NotFound', 404, 'The specified RegionId does not exist.');
      }
      const known = cloud.regions.find((region) => hostHeader.includes(region.id));
      return known?.id ?? cloud.settings.defaultRegionId;
    }

    let outcome: Answer | 'cut';
    let code = 'OK';
    try {
      outcome = await serve();
      if (outcome === 'cut') code = 'cut';
      else if (outcome.status !== 200) code = String(outcome.status);
    } catch (error) {
      const refusal = error instanceof ApiError ? error : defect(error);
      code = refusal.code;
      outcome = refused(refusal, requestId, host);
    }
    cloud.record({
      at,
      requestId,
      product: product?.name ?? version,
      action,
      regionId,
      params,
      inQuery: [...url.searchParams.keys()],
      code,
      status: outcome === 'cut' ? 0 : outcome.status,
      durationMs: cloud.clock.now().getTime() - at.getTime(),
    });
    return outcome;
  }

  return {
    answer,
    guests: () =>
      entriesOf(cloud).flatMap((entry) => {
        const guest = cloud.rooms.guest(entry.id);
        return guest === undefined ? [] : [guest];
      }),
  };
}

function formOf(raw: RawRequest): readonly (readonly [string, string])[] {
  const type = raw.headers['content-type'] ?? '';
  if (raw.body.length === 0 || !type.includes('application/x-www-form-urlencoded')) return [];
  return [...new URLSearchParams(raw.body.toString('utf8'))];
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

function refused(error: ApiError, requestId: string, host: string): Answer {
  const { retryAfterMs, ...extra } = error.extra ?? {};
  return json(
    error.status,
    {
      RequestId: requestId,
      HostId: host,
      Code: error.code,
      Message: error.message,
      Recommend: `https://api.alibabacloud.com/troubleshoot?q=${error.code}&requestId=${requestId}`,
      ...extra,
    },
    retryAfterMs === undefined ? {} : { 'x-acs-retry-after': String(retryAfterMs) },
  );
}

/** A thrown surprise is a mistake in the simulation: it is told on standard error and answered as the cloud would. */
function defect(error: unknown): ApiError {
  process.stderr.write(
    `simulated cloud: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return new ApiError('InternalError', 500, 'The request processing has failed due to some unknown error.');
}
