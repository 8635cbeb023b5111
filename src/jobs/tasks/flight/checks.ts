import type { FlightCheck } from '../../../cluster/answers.ts';
import { isRenewalDue } from '../../../cluster/certificate.ts';
import { LISTENERS } from '../../../cluster/names.ts';
import type { Role } from '../../../cluster/names.ts';
import { NODE_MARKER } from '../../../cluster/user-data.ts';
import type { Door, Reply } from './door.ts';

/** TLS on both HTTPS ports: handshake with the domain's name, a complete chain to a trusted root, time left. */
export async function checkTls(door: Door, port: 443 | 5443): Promise<FlightCheck> {
  const what = `TLS on ${port}`;
  const reply = await door.get(port, '/');
  if (!reply.reached) return { what, ok: false, detail: reply.why };
  const { certificate } = reply;
  if (certificate === undefined)
    return { what, ok: true, detail: `The certificate is valid for ${door.domain}.` };
  const days = Math.floor((certificate.to - door.now()) / 86_400_000);
  const soon = isRenewalDue(certificate, door.now()) ? '; renew it soon' : '';
  return {
    what,
    ok: true,
    detail: `The certificate is valid for ${door.domain}, its chain is complete, ${days} days are left${soon}.`,
  };
}

/** The two plain ports answer (with a page or a redirect to HTTPS). */
export async function checkPlain(door: Door, port: 80 | 5080): Promise<FlightCheck> {
  const what = `HTTP on ${port}`;
  const reply = await door.get(port, '/');
  const role = roleOf(port);
  if (!reply.reached) return { what, ok: false, detail: reply.why };
  if (reply.status === 503 || reply.status === 502)
    return { what, ok: false, detail: noNode(port, role, reply.status) };
  const ok = reply.status < 500;
  return {
    what,
    ok,
    detail: ok
      ? `An ${role} answers with status ${reply.status}.`
      : `Port ${port} answers with status ${reply.status}; look at the log of the ${role} nodes.`,
  };
}

/** A page of the application, found by trying the applications in order. `app` names the one that answered. */
export interface PageCheck extends FlightCheck {
  readonly app?: string;
  readonly url: string;
}

/** The publish page: the root of the application on 443. */
export async function checkPublishPage(door: Door, apps: readonly string[]): Promise<PageCheck> {
  return checkPage(door, 443, 'Publish page', apps, (app) => [`/${app}/`]);
}

/** The play page on 5443: `player.html` today, `play.html` in older builds, the root in the oldest. */
export async function checkPlayPage(door: Door, apps: readonly string[]): Promise<PageCheck> {
  return checkPage(door, 5443, 'Play page', apps, (app) => [
    `/${app}/player.html`,
    `/${app}/play.html`,
    `/${app}/`,
  ]);
}

async function checkPage(
  door: Door,
  port: 443 | 5443,
  what: string,
  apps: readonly string[],
  paths: (app: string) => readonly string[],
): Promise<PageCheck> {
  const base = `https://${door.domain}${port === 443 ? '' : `:${port}`}`;
  let last: Reply | undefined;
  for (const app of apps) {
    for (const path of paths(app)) {
      const reply = await door.get(port, path);
      last = reply;
      const url = `${base}${path}`;
      if (!reply.reached) return { what, ok: false, detail: reply.why, url };
      if (reply.status === 200 && /<(?:!doctype|html|head|body)/i.test(reply.body)) {
        return { what, ok: true, detail: `${url} is served.`, app, url };
      }
      if (reply.status === 503 || reply.status === 502) {
        return { what, ok: false, detail: noNode(port, roleOf(port), reply.status), url };
      }
    }
  }
  const status = last?.reached ? ` (status ${last.status})` : '';
  return {
    what,
    ok: false,
    url: `${base}${paths(apps[0] ?? '')[0] ?? '/'}`,
    detail: `None of the applications ${apps.join(', ')} is deployed on the ${roleOf(port)} nodes${status}; name the right one with apps in ams.yaml or deploy it in the panel.`,
  };
}

/** Which group answered on a port: nodes serve their role as a small file. Undefined: it cannot be told from here. */
async function answeringRole(door: Door, port: number): Promise<Role | undefined> {
  const reply = await door.get(port, `/${NODE_MARKER}`);
  if (!reply.reached || reply.status !== 200) return undefined;
  const role = /"role"\s*:\s*"(origin|edge)"/.exec(reply.body)?.[1];
  return role === 'origin' || role === 'edge' ? role : undefined;
}

/**
 * Every port is answered by the group it belongs to. What the nodes say of themselves counts; a port whose node says
 * nothing is judged by the server group that its listener leads to (`leadsTo`).
 */
export async function checkRoles(
  door: Door,
  leadsTo: (port: number) => Promise<Role | undefined>,
): Promise<FlightCheck> {
  const what = 'Right group behind each port';
  const wrong: string[] = [];
  const unknown: number[] = [];
  for (const { port, role } of LISTENERS) {
    const seen = (await answeringRole(door, port)) ?? (await leadsTo(port));
    if (seen === undefined) unknown.push(port);
    else if (seen !== role)
      wrong.push(`port ${port} leads to the ${seen} nodes instead of the ${role} nodes`);
  }
  if (wrong.length > 0) {
    const swapped =
      wrong.length > 1 ? 'The server groups are swapped: ' : 'A listener has the wrong server group: ';
    return {
      what,
      ok: false,
      detail: `${swapped}${wrong.join(', ')}. Set the right server group at the listener in the ALB console.`,
    };
  }
  if (unknown.length > 0) {
    return {
      what,
      ok: true,
      detail: `It cannot be told from outside which group answers on ${unknown.join(', ')}.`,
    };
  }
  return { what, ok: true, detail: 'Origins answer on 80 and 443, edges on 5080 and 5443.' };
}

/** The signalling connection of an application: any JSON answer to a ping shows that it works. */
export async function checkWebSocket(door: Door, port: 443 | 5443, app: string): Promise<FlightCheck> {
  const what = `WebSocket on ${port}`;
  const url = `wss://${door.domain}${port === 443 ? '' : `:${port}`}/${app}/websocket`;
  const answer = await door.socket(port, `/${app}/websocket`, '{"command":"ping"}');
  if (answer.ok) return { what, ok: true, detail: `${url} answers.` };
  return { what, ok: false, detail: `${url} does not answer: ${answer.why}` };
}

function roleOf(port: number): Role {
  return LISTENERS.find((listener) => listener.port === port)?.role ?? 'origin';
}

/** Where none is healthy ALB sends requests to all of a server group: then none of them takes any. */
function noNode(port: number, role: Role, status: number): string {
  return `Port ${port} answers ${status}: no ${role} node answers behind the load balancer; see /ams status.`;
}
