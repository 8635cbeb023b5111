import type { FlightCheck, TestFlight } from '../../../cluster/answers.ts';
import { AmsError } from '../../../cluster/errors.ts';
import type { Outcome } from '../../../cluster/operation.ts';
import type { Role } from '../../../cluster/names.ts';
import { checkPages, checkPlain, checkRoles, checkTls, checkWebSocket } from './checks.ts';
import type { Asks, DoorCheck } from './checks.ts';
import type { Door } from './door.ts';
import { isOwned } from './panel.ts';

/** What a test flight needs to know; every function reads live and may fail on its own. */
export interface FlightInput {
  readonly door: Door;
  readonly apps: readonly string[];
  /** How often to ask for what all nodes have to answer. Never rejects. */
  readonly asks: () => Promise<Asks>;
  /** Role of the server group that the listener of a port leads to, from the load balancer's own words. */
  readonly leadsTo: (port: number) => Promise<Role | undefined>;
  /** One check each of things that only the cloud tells: nodes, security group. */
  readonly cloudChecks: readonly (() => Promise<FlightCheck>)[];
  /** How the domain resolves; the record to set when it does not lead to the load balancer yet. */
  readonly resolution: () => Promise<NameResolution>;
}

export type NameResolution =
  | { readonly state: 'right'; readonly detail: string }
  /** A person has to set the record; no failure, since everything was fetched by the load balancer's own name. */
  | { readonly state: 'missing'; readonly detail: string }
  | { readonly state: 'skipped'; readonly detail: string };

export interface FlightResult extends TestFlight {
  readonly panelUrl: string;
  readonly cname: NonNullable<Outcome['cname']>;
  readonly notes: readonly string[];
  /** Some nodes answered right and others wrong: a flight that meets only the former says nothing of the others. */
  readonly isUneven: boolean;
  /** Of the failed checks, those that could not be read just now: nothing is known to be wrong there. */
  readonly unread: readonly AmsError[];
}

/**
 * Flies the cluster once as its users will: pages, certificates, signalling, roles, nodes, panel, name. Every request
 * really goes through the load balancer. No check hides another; each is one sentence.
 */
export async function flyTest(input: FlightInput): Promise<FlightResult> {
  const { door, apps } = input;
  const unread: AmsError[] = [];
  const later = (error: AmsError): void => void unread.push(error);
  const beside = Promise.all([
    input.resolution(),
    ...input.cloudChecks.map((check) => guarded('Cloud', check, later)),
  ]);
  // Who awaits them hears of their failure.
  beside.catch(() => undefined);
  const tls = checkTls(door, 443);
  const [asks, tls443, tls5443, http80, http5080, owner] = await Promise.all([
    input.asks(),
    tls,
    checkTls(door, 5443),
    checkPlain(door, 80),
    checkPlain(door, 5080),
    // Over the same connection: beside the WebSocket, which takes one away, it would need one more.
    tls.then(() => checkOwner(door)),
  ]);
  // These go over the connections that are open now; alone, so that no other request takes a node's turn.
  const { publish, play } = await checkPages(door, apps, asks);
  const app = publish.app ?? play.app ?? apps[0] ?? 'live';
  const [roles, ...sockets] = await Promise.all([
    guarded('Right group behind each port', () => checkRoles(door, input.leadsTo, asks), later),
    checkWebSocket(door, 443, app),
    checkWebSocket(door, 5443, play.app ?? app),
  ]);
  const [name, ...cloud] = await beside;
  const checks: FlightCheck[] = [
    tls443,
    tls5443,
    http80,
    http5080,
    plain(publish),
    plain(play),
    plain(roles),
    ...sockets,
    ...cloud,
    owner,
    { what: 'Name', ok: true, detail: name.detail },
  ];
  const publishUrl = `https://${door.domain}/${app}/?id=stream1`;
  const playUrl = `${play.ok ? play.url : `https://${door.domain}:5443/${app}/player.html`}?id=stream1`;
  return {
    ok: checks.every((check) => check.ok),
    publishUrl,
    playUrl,
    panelUrl: `https://${door.domain}/`,
    checks,
    cname: { name: door.domain, value: door.dnsName, set: name.state === 'right' },
    notes: name.state === 'missing' ? [name.detail] : [],
    isUneven: [publish, play, roles].some((check) => check.isUneven === true),
    unread,
  };
}

async function checkOwner(door: Door): Promise<FlightCheck> {
  const what = 'Panel';
  const owned = await isOwned(door);
  if (owned === true) return { what, ok: true, detail: 'The panel has its first administrator.' };
  if (owned === false) {
    return {
      what,
      ok: false,
      detail: `Nobody owns the panel at https://${door.domain}/ yet, and whoever comes first will; open it now and make the first administrator.`,
    };
  }
  return { what, ok: false, detail: `The owner of the panel could not be learned: ${owned}` };
}

/** A check that breaks is a failed check, not a broken flight. */
async function guarded(
  what: string,
  check: () => Promise<DoorCheck>,
  later: (error: AmsError) => void,
): Promise<DoorCheck> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof AmsError && error.retryable) later(error);
    const words = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    return { what, ok: false, detail: `This could not be read: ${words}` };
  }
}

function plain(check: FlightCheck): FlightCheck {
  return { what: check.what, ok: check.ok, detail: check.detail };
}
