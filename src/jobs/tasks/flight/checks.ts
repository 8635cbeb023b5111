import type { FlightCheck } from '../../../cluster/answers.ts';
import { isRenewalDue } from '../../../cluster/certificate.ts';
import { LISTENERS, ROLES } from '../../../cluster/names.ts';
import type { Role } from '../../../cluster/names.ts';
import { NODE_MARKER } from '../../../cluster/user-data.ts';
import type { Door, Reply } from './door.ts';

/** One check of what several nodes answer by turns. */
export interface DoorCheck extends FlightCheck {
  /** Some answers were right and others wrong: at another moment only the right ones may come. */
  readonly isUneven?: boolean;
}

/** How often the ports of each group are asked for one thing, so that all its nodes answer. */
export type Asks = Readonly<Record<Role, number>>;

const LEAST_ASKS = 3;
const MANY_ASKS = 20;
const MOST_ASKS = 100;

/**
 * The load balancer goes round from request to request: each of a few nodes is asked about twice, since others ask
 * meanwhile, and each of many once.
 */
export function asksFor(nodes: number): number {
  const most = Math.max(MANY_ASKS, Math.min(nodes, MOST_ASKS));
  return Math.max(LEAST_ASKS, Math.min(2 * nodes, most));
}

/** Answers to so many requests, up to one that is none. One after the other: side by side they need not go round. */
async function askOften(door: Door, port: number, path: string, asks: number): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  while (replies.length < asks && replies.at(-1)?.reached !== false) replies.push(await door.get(port, path));
  return replies;
}

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
export interface PageCheck extends DoorCheck {
  readonly app?: string;
  readonly url: string;
}

/**
 * The publish page on 443 and the play page on 5443, of one application: what is published to one cannot be played in
 * another. Where the two groups begin with different ones, it is the first that both have.
 */
export async function checkPages(
  door: Door,
  apps: readonly string[],
  asks: Asks,
): Promise<{ readonly publish: PageCheck; readonly play: PageCheck }> {
  const first = await pagesOf(door, apps, asks);
  const { publish, play } = first;
  if (!publish.ok || !play.ok || publish.app === play.app) return first;
  // Of those before the later of the two, one of the groups has none.
  const later = Math.max(...[publish, play].map(({ app }) => apps.indexOf(app ?? '')));
  for (const app of apps.slice(later)) {
    const both = await pagesOf(door, [app], asks);
    if (both.publish.ok && both.play.ok) return both;
  }
  const detail = `Origin nodes publish to ${publish.app}, edge nodes play ${play.app}, and none of the applications ${apps.join(', ')} is deployed on both; deploy one on both, or name it with apps in ams.yaml.`;
  return { publish, play: { ...play, ok: false, detail } };
}

async function pagesOf(door: Door, apps: readonly string[], asks: Asks) {
  const [publish, play] = await Promise.all([
    checkPage(door, 443, 'Publish page', apps, asks, (app) => [`/${app}/`]),
    // `player.html` today, `play.html` in older builds, the root in the oldest.
    checkPage(door, 5443, 'Play page', apps, asks, (app) => [
      `/${app}/player.html`,
      `/${app}/play.html`,
      `/${app}/`,
    ]),
  ]);
  return { publish, play };
}

/** The first application that a node of the group has: all of them must have it. */
async function checkPage(
  door: Door,
  port: 443 | 5443,
  what: string,
  apps: readonly string[],
  asks: Asks,
  paths: (app: string) => readonly string[],
): Promise<PageCheck> {
  const base = `https://${door.domain}${port === 443 ? '' : `:${port}`}`;
  const role = roleOf(port);
  let last: number | undefined;
  for (const app of apps) {
    let uneven: PageCheck | undefined;
    for (const path of paths(app)) {
      const url = `${base}${path}`;
      const replies = await askOften(door, port, path, asks[role]);
      const end = replies.at(-1);
      if (end?.reached === false) return { what, ok: false, detail: end.why, url };
      const wrong = replies.flatMap((reply) => (reply.reached && !isPage(reply) ? [reply.status] : []));
      if (wrong.length === 0) return { what, ok: true, detail: `${url} is served.`, app, url };
      last = wrong.at(-1);
      const away = wrong.find((status) => status === 503 || status === 502);
      if (wrong.length === replies.length) {
        if (away !== undefined) return { what, ok: false, detail: noNode(port, role, away), url };
        if (wrong.includes(200)) return { what, ok: false, detail: `${url} ${othersWords(port)}`, url };
        continue;
      }
      const detail = `${wrong.length} of ${replies.length} answers for ${url} ${lackWords(wrong, role, app)}`;
      uneven ??= { what, ok: false, detail, app, url, isUneven: true };
      if (!wrong.every(isNotFound)) return uneven;
    }
    if (uneven) return uneven;
  }
  const status = last === undefined ? '' : ` (status ${last})`;
  return {
    what,
    ok: false,
    url: `${base}${paths(apps[0] ?? '')[0] ?? '/'}`,
    detail: `None of the applications ${apps.join(', ')} is deployed on the ${role} nodes${status}; name the right one with apps in ams.yaml or deploy it in the panel.`,
  };
}

/** A page of Ant Media's, or one that somebody made in its place: without any of these none publishes or plays. */
function isPage({ status, body }: Extract<Reply, { readonly reached: true }>): boolean {
  return status === 200 && /<(?:script|video|iframe)\b/i.test(body);
}

function othersWords(port: number): string {
  return `answers with a page that neither publishes nor plays: a rule of the listener on port ${port} may answer in the place of the nodes; look at it in the ALB console.`;
}

function isNotFound(status: number): boolean {
  return status === 404;
}

/** What it means that so many answers of a group have these statuses while others are right. */
function lackWords(wrong: readonly number[], role: Role, app: string): string {
  const statuses = [...new Set(wrong)].join(' and ');
  const are = wrong.length === 1 ? 'is' : 'are';
  const have = wrong.length === 1 ? 'has' : 'have';
  return wrong.every(isNotFound)
    ? `${have} status ${statuses}: on at least one of the ${role} nodes the application ${app} is not deployed; deploy it there, or release that node in the ECS console and Auto Scaling starts a fresh one.`
    : `${are} no such page (status ${statuses}): at least one of the ${role} nodes does not serve it; look at the log of the ${role} nodes.`;
}

/** Whom the answers of a port came from. */
interface Answerers {
  readonly port: number;
  readonly role: Role;
  /** Answers that tell it. */
  readonly told: number;
  /** Those of the other group. */
  readonly others: number;
}

/**
 * Which group answers on a port: nodes serve their role as a small file. A port of which none does is judged by the
 * server group that its listener leads to; nothing is told where that cannot be told from here either.
 */
async function answerers(
  door: Door,
  { port, role }: (typeof LISTENERS)[number],
  leadsTo: (port: number) => Promise<Role | undefined>,
  asks: number,
): Promise<Answerers> {
  const told = (await askOften(door, port, `/${NODE_MARKER}`, asks)).flatMap(roleIn);
  const roles = told.length > 0 ? told : [await leadsTo(port)].filter((one) => one !== undefined);
  return { port, role, told: roles.length, others: roles.filter((one) => one !== role).length };
}

function roleIn(reply: Reply): readonly Role[] {
  if (!reply.reached || reply.status !== 200) return [];
  const role = /"role"\s*:\s*"(origin|edge)"/.exec(reply.body)?.[1];
  return role === 'origin' || role === 'edge' ? [role] : [];
}

/** Every port is answered by the group it belongs to, and by no other. */
export async function checkRoles(
  door: Door,
  leadsTo: (port: number) => Promise<Role | undefined>,
  asks: Asks,
): Promise<DoorCheck> {
  const what = 'Right group behind each port';
  // Between two groups it goes by weight, however many nodes they have.
  const seen = await Promise.all(
    LISTENERS.map((one) => answerers(door, one, leadsTo, Math.min(asks[one.role], LEAST_ASKS))),
  );
  const wrong = seen.filter((one) => one.others > 0);
  if (wrong.length > 0) {
    const isUneven = wrong.some((one) => one.others < one.told);
    const swapped =
      wrong.length > 1 && !isUneven
        ? 'The server groups are swapped: '
        : 'A listener has the wrong server group: ';
    return {
      what,
      ok: false,
      detail: `${swapped}${wrong.map(leadWords).join(', ')}. Set the right server group at the listener in the ALB console.`,
      isUneven,
    };
  }
  const unknown = seen.filter((one) => one.told === 0).map((one) => one.port);
  if (unknown.length > 0) {
    return {
      what,
      ok: true,
      detail: `It cannot be told from outside which group answers on ${unknown.join(', ')}.`,
    };
  }
  return { what, ok: true, detail: 'Origins answer on 80 and 443, edges on 5080 and 5443.' };
}

function leadWords({ port, role, told, others }: Answerers): string {
  const other = ROLES.find((one) => one !== role) ?? role;
  return others === told
    ? `port ${port} leads to the ${other} nodes instead of the ${role} nodes`
    : `port ${port} leads to the ${other} nodes, too (${others} of ${told} answers), instead of the ${role} nodes alone`;
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
