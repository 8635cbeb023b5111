import { AsyncResource } from 'node:async_hooks';
import type { RuntimeOptions } from '@darabonba/typescript';
import type { Endpoint } from '../endpoints.ts';
import { countChange } from './answers.ts';
import { adaptError, CloudError } from '../errors.ts';
import type { ErrorClass } from '../errors.ts';
import { checkWriteAllowed, WriteForbidden } from './write-guard.ts';
import { persistently } from './persistence.ts';
import type { ReadCache } from './read-cache.ts';
import { loadSdk, VERSION } from './sdk-clients.ts';
import type { ClientOf, SdkModule } from './sdk-clients.ts';
import type { ActionOf, AnswerOf, FieldsOf } from './sdk-types.ts';
import type { CredentialSource } from '../credential-source.ts';

/** One finished call, for metrics and traces. Holds nothing that was sent. */
export interface CallEvent {
  readonly product: string;
  readonly action: string;
  readonly regionId: string;
  readonly ms: number;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  readonly requestId?: string | undefined;
  /** HTTP status; undefined without an answer. */
  readonly status?: number | undefined;
  /** Of a call that was refused or had no answer. */
  readonly errorClass?: ErrorClass | undefined;
}

/** Parameters under their wire names; lists and objects are flattened by the SDK's core (`Tags.1.Key`). */
export type WireParameters = Readonly<Record<string, unknown>>;

/** A connection to one product in one region. */
export interface Line<P extends keyof ClientOf> {
  readonly regionId: string;
  /** A call through the generated client. @throws CloudError */
  call<A extends ActionOf<ClientOf[P]>>(
    action: A,
    fields: FieldsOf<ClientOf[P], A>,
  ): Promise<AnswerOf<ClientOf[P], A>>;
  /**
   * A call with its parameters in the form body: for actions whose secrets the generated client would put into the
   * URL, and for products without a package. The answer has its wire names. @throws CloudError
   */
  callByForm(action: string, parameters: WireParameters): Promise<WireParameters>;
}

export interface LineOptions<P extends keyof ClientOf> {
  readonly product: P;
  readonly regionId: string;
  readonly endpoint: Endpoint;
  readonly credentials: CredentialSource;
  readonly timeoutMs: number;
  readonly userAgent: string | undefined;
  readonly cache: ReadCache;
  readonly onCall: ((event: CallEvent) => void) | undefined;
}

/** What the SDK gives for an answer. */
interface Answered {
  readonly body?: unknown;
  readonly statusCode?: number;
}

interface Opened {
  readonly sdk: SdkModule;
  readonly client: Readonly<Record<string, unknown>>;
  readonly generation: number;
}

/**
 * Where calls are made. The SDK's HTTP layer leaves a timer behind each, which lasts as long as an answer may take; made
 * in a visit, it would hold on for as long to all that the visit knows (AsyncLocalStorage).
 */
const NOBODYS = new AsyncResource('cloud calls');

/** Reads change nothing, so equal ones may share an answer. */
const READ = /^(Describe|List|Get|Query)/;

/** Reads whose answer may be that there is nothing to tell; nothing is made or removed because of it. */
const MAY_BE_SILENT: ReadonlySet<string> = new Set([
  'DescribeAvailableResource',
  'DescribeSecurityGroupReferences',
  'DescribeAccountAttributes',
  'DescribePrice',
]);

/** A command on a machine: the cloud's own things stay as they are. */
const CHANGES_NOTHING = 'RunCommand';

/** Asks whether a write would work, and does nothing: no reason to read anything anew. */
function isDryRun(parameters: unknown): boolean {
  const { dryRun, DryRun } = parameters as { readonly dryRun?: unknown; readonly DryRun?: unknown };
  return dryRun === true || DryRun === true;
}

/** Opens a line; nothing is loaded or connected before the first call. */
export function openLine<P extends keyof ClientOf>(options: LineOptions<P>): Line<P> {
  const { product, regionId, credentials, cache } = options;
  let opening: Promise<Opened> | undefined;

  async function open(): Promise<Opened> {
    if (opening) {
      const opened = await opening;
      if (opened.generation === credentials.generation) return opened;
    }
    opening = openClient(options);
    opening.catch(() => (opening = undefined));
    return opening;
  }

  async function send(
    action: string,
    how: (opened: Opened) => Promise<unknown>,
    { isDry = false, isLast = false }: { readonly isDry?: boolean; readonly isLast?: boolean } = {},
  ): Promise<unknown> {
    const startedAt = performance.now();
    const tell = (end: Pick<CallEvent, 'outcome' | 'requestId' | 'status' | 'errorClass'>): void =>
      options.onCall?.({
        product,
        action,
        regionId,
        ms: Math.round(performance.now() - startedAt),
        ...end,
      });
    let generation: number | undefined;
    try {
      const opened = await open();
      generation = opened.generation;
      if (!READ.test(action)) await checkWriteAllowed();
      const { body, statusCode } = (await NOBODYS.runInAsyncScope(how, undefined, opened)) as Answered;
      const answer = body ?? {};
      if (saysNothing(answer, READ.test(action) && !MAY_BE_SILENT.has(action)))
        throw new CloudError({ product, action, errorClass: 'network', status: statusCode });
      tell({ outcome: 'ok', requestId: requestIdOf(answer), status: statusCode });
      return answer;
    } catch (thrown) {
      if (thrown instanceof WriteForbidden) throw thrown.cause;
      const error = adaptError(thrown, { product, action });
      // Other troubles say nothing of who we are: asking for it anew may then find somebody else.
      if (error.errorClass === 'identity') credentials.renew();
      // An answer to a dry run is always a refusal, and no failure.
      const isAnswer = isDry && error.alibabaCode !== undefined && error.errorClass !== 'permission';
      const { requestId, status, errorClass } = error;
      if (isAnswer) tell({ outcome: 'dry_run', requestId, status });
      else tell({ outcome: error.alibabaCode ?? errorClass, requestId, status, errorClass });
      // The keys may have been replaced: the call had no effect, and is made once more with those that are there now.
      const hasOthers = generation !== undefined && generation !== credentials.generation;
      if (errorClass === 'identity' && hasOthers && !isLast)
        return await send(action, how, { isDry, isLast: true });
      throw error;
    }
  }

  async function shared(
    action: string,
    parameters: unknown,
    how: (opened: Opened) => Promise<unknown>,
  ): Promise<unknown> {
    if (isDryRun(parameters)) return send(action, how, { isDry: true });
    if (!READ.test(action)) {
      let isTaken = false;
      try {
        const answer = await send(action, how);
        isTaken = true;
        return answer;
      } finally {
        if (action !== CHANGES_NOTHING) countChange(isTaken);
      }
    }
    const key = `${product} ${regionId} ${action} ${JSON.stringify(parameters)}`;
    // Outside the cache: whoever shares a read makes it again, or not, as they want it, not as whoever began it does.
    return persistently(() => cache.read(key, () => send(action, how)));
  }

  return {
    regionId,
    call: (action, fields) =>
      shared(action, fields, async ({ sdk, client }) => {
        const Request = sdk.requests[`${action}Request`] as (new (fields: unknown) => unknown) | undefined;
        const name = `${action.charAt(0).toLowerCase()}${action.slice(1)}WithOptions`;
        const method = client[name] as (...input: unknown[]) => Promise<unknown>;
        const runtime = await runtimeOf(options.timeoutMs);
        const sent = Request ? [new Request(withoutNothing(fields)), runtime] : [runtime];
        return method.apply(client, sent);
      }) as never,
    callByForm: (action, parameters) =>
      shared(action, parameters, async ({ client }) => {
        const { $OpenApiUtil } = await import('@alicloud/openapi-core');
        const params = new $OpenApiUtil.Params({
          action,
          version: VERSION[product],
          protocol: 'HTTPS',
          pathname: '/',
          method: 'POST',
          authType: 'AK',
          style: 'RPC',
          reqBodyType: 'formData',
          bodyType: 'json',
        });
        const request = new $OpenApiUtil.OpenApiRequest({ body: withoutNothing(parameters) });
        const core = client as unknown as ClientOf['ess'];
        return core.callApi(params, request, await runtimeOf(options.timeoutMs));
      }) as Promise<WireParameters>,
  };
}

async function openClient<P extends keyof ClientOf>(options: LineOptions<P>): Promise<Opened> {
  const { credentials, endpoint } = options;
  const { generation } = credentials;
  const [sdk, { $OpenApiUtil }, identity] = await Promise.all([
    loadSdk(options.product),
    import('@alicloud/openapi-core'),
    credentials.get(),
  ]);
  const config = new $OpenApiUtil.Config({
    ...identity,
    regionId: options.regionId,
    endpoint: endpoint.host,
    protocol: endpoint.protocol,
    readTimeout: options.timeoutMs,
    connectTimeout: options.timeoutMs,
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
  });
  return { sdk, client: new sdk.Client(config) as Opened['client'], generation };
}

async function runtimeOf(timeoutMs: number): Promise<RuntimeOptions> {
  const { RuntimeOptions: Options } = await import('@darabonba/typescript');
  return new Options({ readTimeout: timeoutMs, connectTimeout: timeoutMs, autoretry: false });
}

/** Fields without a value are left out: the SDK would refuse some and send others as the word "undefined". */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined && each !== null)
      .map(([key, each]) => [key, withoutNothing(each)]),
  );
}

/**
 * Every answer of Alibaba Cloud has a request id at least, and one that is asked for something has that beside it: a
 * list, though empty, or the count 0 without one (ALB). What lacks it is something in between that lost the rest.
 */
function saysNothing(answer: unknown, isAsked: boolean): boolean {
  if (typeof answer !== 'object' || answer === null) return true;
  return Object.entries(answer).every(
    ([name, value]) => value === undefined || value === null || (isAsked && /^requestid$/i.test(name)),
  );
}

function requestIdOf(answer: unknown): string | undefined {
  const fields = answer as { readonly requestId?: unknown; readonly RequestId?: unknown };
  const id = fields.requestId ?? fields.RequestId;
  return typeof id === 'string' ? id : undefined;
}
