import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Machine } from '../machine.ts';
import type { Doc } from '../mongo/state.ts';
import { isCommunity } from './files.ts';
import type { Ams } from './service.ts';
import { json, type Answer, type Asked } from './http.ts';

/** What the panel of one node remembers: HTTP sessions live on the node, users in the database. */
export interface PanelState {
  readonly sessions: Map<string, string>;
  readonly localUsers: Doc[];
  readonly wrongTries: Map<string, { count: number; blockedUntil: number }>;
}

export function createPanelState(): PanelState {
  return { sessions: new Map(), localUsers: [], wrongTries: new Map() };
}

const BLOCK_MS = 300_000;

interface UserStore {
  all(): Doc[];
  add(user: Doc): void;
}

function users(ams: Ams, panel: PanelState): UserStore {
  if (ams.mode() === 'standalone')
    return { all: () => panel.localUsers, add: (user) => void panel.localUsers.push(user) };
  const session = ams.database();
  return {
    all: () => session.find('serverdb', 'user', {}),
    add: (user) => void session.insert('serverdb', 'user', [user]),
  };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function parsed(body: string): Doc {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Doc) : {};
  } catch {
    return {};
  }
}

function result(success: boolean, message?: string): Answer {
  return json({ success, message: message ?? null, dataId: null, errorId: 0 });
}

/** Answers `/rest/v2/...` of the root application. */
export function answerPanel(machine: Machine, ams: Ams, panel: PanelState, asked: Asked): Answer {
  const path = asked.path.slice('/rest/v2'.length).replace(/\/$/, '');
  const open = openAnswer(machine, ams, panel, asked, path);
  if (open !== undefined) return open;
  if (!mayEnter(ams, panel, asked))
    return json({ message: 'Not allowed to access this resource. Contact system admin' }, 403);
  return closedAnswer(machine, ams, asked, path);
}

function openAnswer(
  machine: Machine,
  ams: Ams,
  panel: PanelState,
  asked: Asked,
  path: string,
): Answer | undefined {
  switch (`${asked.method} ${path}`) {
    case 'GET /liveness':
      return json({ host: machine.spec.hostName, status: 'ok' });
    case 'GET /first-login-status':
      return result(users(ams, panel).all().length === 0);
    case 'POST /users/initial': {
      const store = users(ams, panel);
      if (store.all().length > 0) return result(false, 'User initialization is already done');
      const body = parsed(asked.body);
      if (
        typeof body['email'] !== 'string' ||
        typeof body['password'] !== 'string' ||
        body['email'] === '' ||
        body['password'] === ''
      )
        return result(false, 'User or password is missing');
      store.add({
        email: body['email'],
        password: md5(body['password']),
        firstName: body['firstName'] ?? '',
        lastName: body['lastName'] ?? '',
        scope: 'system',
        userType: 'ADMIN',
      });
      return result(true);
    }
    case 'POST /users/authenticate':
      return authenticate(machine, ams, panel, parsed(asked.body));
    case 'GET /authentication-status':
      return result(mayEnter(ams, panel, asked));
    default:
      return undefined;
  }
}

function authenticate(machine: Machine, ams: Ams, panel: PanelState, body: Doc): Answer {
  const email = String(body['email'] ?? '');
  const given = String(body['password'] ?? '');
  const now = machine.world.clock.now().getTime();
  const tries = panel.wrongTries.get(email) ?? { count: 0, blockedUntil: 0 };
  if (tries.blockedUntil > now) return result(false, 'user_blocked');
  const user = users(ams, panel)
    .all()
    .find((entry) => entry['email'] === email);
  if (user !== undefined && (user['password'] === given || user['password'] === md5(given))) {
    panel.wrongTries.delete(email);
    const session = randomBytes(16).toString('hex').toUpperCase();
    panel.sessions.set(session, email);
    return {
      ...result(true, 'system/ADMIN'),
      headers: { 'set-cookie': `JSESSIONID=${session}; Path=/; HttpOnly` },
    };
  }
  tries.count += 1;
  if (tries.count >= 2) {
    tries.count = 0;
    tries.blockedUntil = now + BLOCK_MS * machine.world.clock.scale;
  }
  panel.wrongTries.set(email, tries);
  return result(false);
}

function mayEnter(ams: Ams, panel: PanelState, asked: Asked): boolean {
  const session = /JSESSIONID=(\w+)/.exec(asked.headers.cookie ?? '')?.[1];
  if (session !== undefined && panel.sessions.has(session)) return true;
  const token = asked.headers['proxyauthorization'];
  const secret = ams.property('server.jwtServerSecretKey');
  return (
    ams.property('server.jwtServerControlEnabled') === 'true' &&
    secret !== '' &&
    typeof token === 'string' &&
    isSigned(token.replace(/^Bearer /, ''), secret)
  );
}

/** HS256, `exp` honoured. */
function isSigned(token: string, secret: string): boolean {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const wanted = createHmac('sha256', secret).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
  const exp = parsed(Buffer.from(claims, 'base64url').toString('utf8'))['exp'];
  return typeof exp !== 'number' || exp * 1_000 > Date.now();
}

/** Nodes of the cluster as the panel lists them. */
function nodes(machine: Machine, ams: Ams): Doc[] {
  if (ams.mode() === 'standalone') return [];
  const { clock, durations } = machine.world;
  const limit = Math.max(durations.deadAfterMs * clock.scale, 200);
  return ams
    .database()
    .find('clusterdb', 'clusternode', {}, { projection: { _id: 0 } })
    .map((node) => ({
      ...node,
      status: clock.now().getTime() - Number(node['lastUpdateTime']) > limit ? 'dead' : 'alive',
    }));
}

function closedAnswer(machine: Machine, ams: Ams, asked: Asked, path: string): Answer {
  const clustered = ams.mode() === 'cluster';
  const page = /^\/cluster\/nodes\/(\d+)\/(\d+)$/.exec(path);
  if (page !== null)
    return json(nodes(machine, ams).slice(Number(page[1]), Number(page[1]) + Number(page[2])));
  const node = /^\/cluster\/node\/(.+)$/.exec(path)?.[1];
  if (node !== undefined && asked.method === 'DELETE')
    return result(clustered && ams.database().remove('clusterdb', 'clusternode', { id: node }, false) > 0);
  switch (path) {
    case '/cluster-mode-status':
      return result(clustered);
    case '/cluster/node-count':
      return json({ number: clustered ? nodes(machine, ams).length : -1 });
    case '/version':
      return json({
        versionName: machine.spec.amsVersion ?? '',
        versionType: isCommunity(machine) ? 'Community Edition' : 'Enterprise Edition',
        buildNumber: '20260504_0937',
      });
    case '/applications':
      return json({ applications: ams.apps() });
    case '/applications-info':
      return json(ams.apps().map((name) => ({ name, liveStreamCount: 0, vodCount: 0, storage: 0 })));
    case '/live-clients-size':
      return json({ totalConnectionSize: 0, totalLiveStreamSize: liveStreams(machine, ams) });
    case '/system-resources':
      return json({
        cpuUsage: { processCPULoad: 3, systemCPULoad: 4, processCPUTime: 51_000_000 },
        systemMemoryInfo: { totalMemory: 8_345_223_168, freeMemory: 5_741_441_024 },
        totalLiveStreams: liveStreams(machine, ams),
        localWebRTCLiveStreams: 0,
        osName: 'Linux',
      });
    case '/cpu-status':
      return json({ processCPULoad: 3, systemCPULoad: 4, processCPUTime: 51_000_000 });
    case '/system-memory-status':
      return json({ totalMemory: 8_345_223_168, freeMemory: 5_741_441_024 });
    case '/licence-status':
    case '/last-licence-status':
      return json({ status: 'valid', type: 'marketplace' });
    case '/shutdown-proper-status':
      return result(true);
    default:
      return json({ message: 'HTTP 404 Not Found' }, 404);
  }
}

/** Streams of which this node is the origin. */
function liveStreams(machine: Machine, ams: Ams): number {
  if (ams.mode() === 'standalone') return 0;
  const session = ams.database();
  return ams.apps().reduce(
    (sum, app) =>
      sum +
      session.find(app.toLowerCase(), 'broadcast', {
        status: 'broadcasting',
        originAdress: machine.spec.privateIp,
      }).length,
    0,
  );
}
