/** Which action a listener takes for a request: its rules by priority, else its default. Pure. */
import type { Action, Condition, Listener, Rule } from '../alibaba/alb/state.ts';

/** The request as rules see it. */
export interface Asked {
  readonly host: string;
  readonly method: string;
  readonly url: string;
  readonly sourceIp: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly cookies: Readonly<Record<string, string>>;
}

/**
 * The first action that ends the request: a redirect, a fixed response or a forward.
 * @param rules of the listener
 */
export function actionFor(listener: Listener, rules: readonly Rule[], asked: Asked): Action | undefined {
  const matching = rules
    .filter((rule) => rule.direction !== 'Response')
    .filter((rule) => rule.status === 'Available' || rule.status === 'Configuring')
    .toSorted((a, b) => a.priority - b.priority)
    .find((rule) => rule.conditions.every((condition) => holds(condition, asked)));
  const actions = [...(matching?.actions ?? listener.defaultActions)].toSorted(
    (a, b) => (a.Order ?? 1) - (b.Order ?? 1),
  );
  return actions.find((action) => ['ForwardGroup', 'Redirect', 'FixedResponse'].includes(action.Type));
}

function holds(condition: Condition, asked: Asked): boolean {
  const url = new URL(asked.url, 'http://any');
  const any = (values: readonly string[] | undefined, actual: string) =>
    (values ?? []).some((pattern) => matches(pattern, actual));
  switch (condition.Type) {
    case 'Host':
      return any(condition.HostConfig?.Values, asked.host);
    case 'Path':
      return any(condition.PathConfig?.Values, url.pathname);
    case 'Method':
      return (condition.MethodConfig?.Values ?? []).includes(asked.method);
    case 'Header': {
      const value = asked.headers[condition.HeaderConfig?.Key?.toLowerCase() ?? ''];
      return value !== undefined && any(condition.HeaderConfig?.Values, String(value));
    }
    case 'Cookie':
      return (condition.CookieConfig?.Values ?? []).some(({ Key, Value }) =>
        matches(Value ?? '', asked.cookies[Key ?? ''] ?? ''),
      );
    case 'QueryString':
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value }) =>
        [...url.searchParams].some(([key, value]) => key === (Key ?? key) && matches(Value ?? '', value)),
      );
    case 'SourceIp':
      return (condition.SourceIpConfig?.Values ?? []).some((cidr) => inCidr(asked.sourceIp, cidr));
    default:
      return false;
  }
}

/** Patterns with `*` for any run of characters and `?` for one, as ALB takes them. */
function matches(pattern: string, actual: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(actual);
}

function inCidr(ip: string, cidr: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(ip) / size) === Math.floor(number(base) / size);
}

/** Target and status of a redirect; `${host}`, `${path}` and the like stand for the request's own parts. */
export function redirectOf(
  config: Readonly<Record<string, string>>,
  asked: Asked,
  own: { readonly protocol: string; readonly port: number },
): { readonly status: number; readonly location: string } {
  const url = new URL(asked.url, 'http://any');
  const parts: Record<string, string> = {
    protocol: own.protocol.toLowerCase(),
    host: asked.host,
    port: String(own.port),
    path: url.pathname.slice(1),
    query: url.search.slice(1),
  };
  const fill = (key: string, fallback: string) =>
    (config[key] ?? fallback).replace(/\$\{(\w+)\}/g, (_all, name: string) => parts[name] ?? '');
  const protocol = fill('Protocol', '${protocol}').toLowerCase();
  const port = fill('Port', '${port}');
  const isUsual = (protocol === 'https' && port === '443') || (protocol === 'http' && port === '80');
  const path = fill('Path', '/${path}');
  const query = fill('Query', '${query}');
  const location =
    `${protocol}://${fill('Host', '${host}')}${isUsual ? '' : `:${port}`}` +
    `${path.startsWith('/') ? path : `/${path}`}${query === '' ? '' : `?${query}`}`;
  return { status: Number(config['HttpCode'] ?? 301), location };
}
