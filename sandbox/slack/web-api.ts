import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './body.ts';
import { RateLimited, SlackRefusal } from './errors.ts';
import type { FaultBook } from './faults.ts';
import { textOf } from './json.ts';
import type { Json } from './json.ts';
import type { RateLimiter } from './limits.ts';
import { needScope } from './methods/method.ts';
import type { Call } from './methods/method.ts';
import { routes } from './methods/routes.ts';
import type { Settings } from './settings.ts';

/** What an API call needs of the server around it. */
export interface WebApi {
  readonly call: Omit<Call, 'args'>;
  readonly limiter: RateLimiter;
  readonly faults: FaultBook;
}

/** Answers one Web API request: faults first, then token, rate and scope, then the method itself. */
export async function answerCall(
  api: WebApi,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', api.call.origin);
  const args = await readArguments(request, url);
  const fault = api.faults.take(name);
  if (fault?.kind === 'slow') await sleep(fault.ms, undefined, { ref: false });
  if (fault?.kind === 'cut' && fault.when === 'before') return void request.socket.destroy();
  if (fault?.kind === 'error')
    return send(response, fault.status ?? 500, { ok: false, error: 'internal_error' });
  if (fault?.kind === 'html') {
    response.writeHead(fault.status ?? 502, { 'content-type': 'text/html; charset=utf-8' });
    return void response.end('<!doctype html><title>Bad Gateway</title><h1>Bad Gateway</h1>');
  }
  if (fault?.kind === 'ratelimited') return sendLimited(response, fault.retryAfterSeconds);
  if (fault?.kind === 'refuse') return send(response, 200, { ok: false, error: fault.code });
  try {
    if (args === undefined) throw new SlackRefusal('invalid_json');
    const answer = run(api, name, args, request.headers.authorization);
    if (fault?.kind === 'cut') return void request.socket.destroy();
    response.setHeader('x-oauth-scopes', api.call.workspace.settings.scopes.join(','));
    send(response, 200, { ok: true, ...answer });
  } catch (error) {
    if (error instanceof RateLimited) return sendLimited(response, error.retryAfterSeconds);
    if (error instanceof SlackRefusal)
      return send(response, 200, { ok: false, error: error.code, ...error.extra });
    throw error;
  }
}

function run(api: WebApi, name: string, given: Json, authorization: string | undefined): Json {
  const method = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (method === undefined) throw new SlackRefusal('unknown_method', { req_method: name });
  const { token: inBody, ...args } = given;
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (method.token !== 'any') checkToken(api.call.workspace.settings, bearer ?? textOf(inBody), method.token);
  // `#ops` and its id share one budget.
  const place = (textOf(args['channel']) ?? '').replace(/^#/, '');
  const named = [...api.call.workspace.channels.values()].find((one) => one.name === place);
  api.limiter.spend(name, method.tier, named?.id ?? place);
  needScope(api.call.workspace, method.scopes);
  return method.run({ ...api.call, args });
}

function checkToken(settings: Settings, token: string | undefined, wanted: 'bot' | 'app'): void {
  if (token === undefined || token === '') throw new SlackRefusal('not_authed');
  const kind = token === settings.botToken ? 'bot' : token === settings.appToken ? 'app' : undefined;
  if (kind === undefined) throw new SlackRefusal('invalid_auth');
  if (kind !== wanted) throw new SlackRefusal('not_allowed_token_type');
}

/** Writes a JSON answer. */
export function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function sendLimited(response: ServerResponse, seconds: number): void {
  response.setHeader('retry-after', String(seconds));
  send(response, 429, { ok: false, error: 'ratelimited' });
}
