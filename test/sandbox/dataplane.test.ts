import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import type { ServerGroup } from '../../sandbox/alibaba/alb/state.ts';
import { type MadeCertificate, makeCertificate } from '../../sandbox/certificates.ts';
import { type DataPlane, openDataPlane } from '../../sandbox/dataplane/plane.ts';
import { TestWorld } from './dataplane-world.ts';

let world: TestWorld;
let plane: DataPlane;
let certificate: MadeCertificate;

beforeEach(async () => {
  world = new TestWorld();
  certificate = await makeCertificate({ names: ['live.example.com'] });
  world.addBalancer('alb-one');
  plane = await openDataPlane(world, { msPerSecond: 20 });
});

afterEach(async () => {
  await plane.close();
  world.close();
});

test('HTTPS is answered by a healthy node with the uploaded chain', async () => {
  await world.addGuest('i-1');
  world.addGroup('sgp-1', ['i-1']);
  https('lsn-1', 443, 'sgp-1');
  await healthy('sgp-1', 'i-1');

  const answer = await get('https', 443, 'live.example.com', '/LiveApp/');

  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    node: 'i-1',
    url: '/LiveApp/',
    headers: { host: 'live.example.com', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' },
  });
});

test('a WebSocket goes through and is closed after the idle time-out', async () => {
  await world.addGuest('i-1');
  world.addGroup('sgp-1', ['i-1']);
  https('lsn-1', 443, 'sgp-1', { idleTimeout: 10 });
  await healthy('sgp-1', 'i-1');

  const socket = new WebSocket(`wss://127.0.0.1:${plane.portFor(443)}/LiveApp/websocket`, {
    ca: certificate.caPem,
    servername: 'live.example.com',
    headers: { host: 'live.example.com' },
  } as ClientOptions);
  const messages: string[] = [];
  socket.on('message', (text) => messages.push(String(text)));
  await new Promise((done, fail) => socket.once('open', done).once('error', fail));
  socket.send('hello');
  await vi.waitFor(() => expect(messages).toEqual(['i-1 /LiveApp/websocket', 'hello']));

  await new Promise((done) => socket.once('close', done));
  expect(socket.readyState).toBe(WebSocket.CLOSED);
});

test('where no node is healthy the unhealthy ones are asked, and once one recovers it alone', async () => {
  const guests = await Promise.all(['i-1', 'i-2'].map((id) => world.addGuest(id)));
  for (const guest of guests) guest.set({ status: 500 });
  const group = world.addGroup('sgp-1', ['i-1', 'i-2']);
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');

  await unhealthy(group);
  expect(world.alb.healthOf(group, group.servers[0]!).reason).toMatchObject({
    ReasonCode: 'RESPONSE_MISMATCH',
    ActualResponse: '500',
  });
  expect(await asked(4)).toEqual(['500 i-1', '500 i-2', '500 i-1', '500 i-2']);

  guests[0]?.set({ status: 200 });
  await healthy('sgp-1', 'i-1');
  expect(await asked(3)).toEqual(['200 i-1', '200 i-1', '200 i-1']);
});

test('where no node takes a connection the answer is 502, and 503 where there is none', async () => {
  const guest = await world.addGuest('i-1');
  guest.set({ isUp: false });
  await world.addGuest('i-closed');
  world.closedTo = 'i-closed';
  const group = world.addGroup('sgp-1', ['i-1', 'i-closed']);
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');
  await unhealthy(group);

  expect((await get('http', 80, 'live.example.com', '/')).status).toBe(502);
  guest.set({ isUp: true, status: 404 });
  expect(await asked(2)).toEqual(['404 i-1', '404 i-1']);
  for (const server of group.servers) server.weight = 0;
  expect((await get('http', 80, 'live.example.com', '/')).status).toBe(503);
  group.servers.length = 0;
  expect((await get('http', 80, 'live.example.com', '/')).status).toBe(503);
});

test('a node that its security group shuts off, or whose server is down, is unhealthy with the reason', async () => {
  await world.addGuest('i-closed');
  (await world.addGuest('i-down')).set({ isUp: false });
  world.closedTo = 'i-closed';
  const group = world.addGroup('sgp-1', ['i-closed', 'i-down']);
  http('lsn-1', 80, 'sgp-1');

  await vi.waitFor(
    () =>
      expect(group.servers.map((server) => world.alb.healthOf(group, server).reason?.ReasonCode)).toEqual([
        'CONNECT_TIMEOUT',
        'CONNECT_FAILED',
      ]),
    5000,
  );
});

test('nobody answers for a host that no balancer owns', async () => {
  await world.addGuest('i-1');
  world.addGroup('sgp-1', ['i-1']);
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');
  await healthy('sgp-1', 'i-1');

  expect((await get('http', 80, 'other.example.org', '/')).status).toBe(404);
  await expect(get('https', 443, 'other.example.org', '/')).rejects.toThrow(/unrecognized|alert/i);
});

test('a balancer is found by its own name and by a CNAME record', async () => {
  await world.addGuest('i-1');
  world.addGroup('sgp-1', ['i-1']);
  http('lsn-1', 80, 'sgp-1');
  await healthy('sgp-1', 'i-1');
  world.dns.records.set('1', {
    id: '1',
    domainName: 'example.net',
    rr: 'video',
    type: 'CNAME',
    value: 'alb-one.eu-central-1.alb.aliyuncs.com',
    ttl: 600,
    line: 'default',
    priority: undefined,
    status: 'ENABLE',
    remark: '',
    createdAt: 0,
    updatedAt: 0,
    visibleAt: 0,
  });

  expect((await get('http', 80, 'alb-one.eu-central-1.alb.aliyuncs.com', '/')).status).toBe(200);
  expect((await get('http', 80, 'video.example.net', '/')).status).toBe(200);
});

test('two balancers share a public port, each with its own certificate and nodes', async () => {
  const other = await makeCertificate({ names: ['two.example.com'] });
  world.addBalancer('alb-two');
  await Promise.all([world.addGuest('i-1'), world.addGuest('i-2')]);
  world.addGroup('sgp-1', ['i-1']);
  world.addGroup('sgp-2', ['i-2']);
  https('lsn-1', 443, 'sgp-1');
  world.addListener('lsn-2', 'alb-two', 443, 'sgp-2', {
    protocol: 'HTTPS',
    certificateIds: [world.addCertificate(2, other)],
  });
  await Promise.all([healthy('sgp-1', 'i-1'), healthy('sgp-2', 'i-2')]);

  expect((await get('https', 443, 'live.example.com', '/')).json).toMatchObject({ node: 'i-1' });
  expect((await get('https', 443, 'two.example.com', '/')).json).toMatchObject({ node: 'i-2' });
});

test('requests take turns over nodes, and a sticky cookie brings a client back', async () => {
  await Promise.all([world.addGuest('i-1'), world.addGuest('i-2')]);
  world.addGroup('sgp-1', ['i-1', 'i-2'], {
    sticky: { StickySessionEnabled: true, StickySessionType: 'Insert', CookieTimeout: 100, Cookie: '' },
  });
  http('lsn-1', 80, 'sgp-1');
  https('lsn-2', 443, 'sgp-1');
  await Promise.all([healthy('sgp-1', 'i-1'), healthy('sgp-1', 'i-2')]);

  const seen = new Set<unknown>();
  for (let turn = 0; turn < 4; turn++)
    seen.add((await get('http', 80, 'live.example.com', '/')).json['node']);
  expect(seen).toEqual(new Set(['i-1', 'i-2']));

  const first = await get('http', 80, 'live.example.com', '/');
  const cookie = String(first.headers['set-cookie']?.[0]).split(';')[0] ?? '';
  for (let turn = 0; turn < 3; turn++) {
    const again = await get('http', 80, 'live.example.com', '/', { cookie });
    expect(again.json['node']).toBe(first.json['node']);
  }
});

test('a redirect rule sends HTTP to HTTPS with the path kept', async () => {
  world.addGroup('sgp-1', []);
  https('lsn-2', 443, 'sgp-1');
  http('lsn-1', 80, 'sgp-1');
  world.alb.rules.set('rule-1', {
    id: 'rule-1',
    regionId: 'eu-central-1',
    listenerId: 'lsn-1',
    loadBalancerId: 'alb-one',
    name: 'to-https',
    priority: 1,
    direction: 'Request',
    status: 'Available',
    conditions: [{ Type: 'Path', PathConfig: { Values: ['/*'] } }],
    actions: [
      { Type: 'Redirect', Order: 1, RedirectConfig: { Protocol: 'HTTPS', Port: '443', HttpCode: '301' } },
    ],
    tags: [],
  });

  const answer = await get('http', 80, 'live.example.com', '/play?id=1');

  expect(answer.status).toBe(301);
  expect(answer.headers['location']).toBe('https://live.example.com/play?id=1');
});

test('a node that does not answer in time gives 504', async () => {
  await world.addGuest('i-1');
  world.addGroup('sgp-1', ['i-1']);
  https('lsn-1', 443, 'sgp-1', { requestTimeout: 5 });
  await healthy('sgp-1', 'i-1');

  expect((await get('https', 443, 'live.example.com', '/slow')).status).toBe(504);
});

test('the security policy of a listener decides which TLS versions it speaks', async () => {
  world.addGroup('sgp-1', []);
  https('lsn-1', 443, 'sgp-1');
  https('lsn-2', 5443, 'sgp-1', { securityPolicyId: 'tls_cipher_policy_1_2_strict_with_1_3' });

  expect(await protocolOf(443)).toBe('TLSv1.2');
  expect(await protocolOf(5443)).toBe('TLSv1.3');
  await expect(protocolOf(443, 'TLSv1.3')).rejects.toThrow(/version/i);
});

test('a replaced certificate is presented to new connections', async () => {
  const renewed = await makeCertificate({ names: ['live.example.com'], days: 10 });
  world.addGroup('sgp-1', []);
  const listener = https('lsn-1', 443, 'sgp-1');
  const before = await serialOf(443);

  listener.certificateIds = [world.addCertificate(77, renewed)];

  expect(await serialOf(443)).not.toBe(before);
});

test('a listener on another port gets a port of its own', async () => {
  world.addGroup('sgp-1', []);
  https('lsn-0', 443, 'sgp-1');
  http('lsn-1', 8080, 'sgp-1');

  await vi.waitFor(() => expect(plane.portFor(8080)).toBeGreaterThan(0));
  expect(plane.connectTo()).toContain(`:8080:127.0.0.1:${plane.portFor(8080)}`);
  expect((await get('http', 8080, 'live.example.com', '/')).status).toBe(503);
});

function https(id: string, port: number, group: string, change: object = {}) {
  return world.addListener(id, 'alb-one', port, group, {
    protocol: 'HTTPS',
    certificateIds: [world.addCertificate(port, certificate)],
    ...change,
  });
}

function http(id: string, port: number, group: string) {
  return world.addListener(id, 'alb-one', port, group);
}

async function healthy(groupId: string, serverId: string): Promise<void> {
  await vi.waitFor(
    () => expect(world.alb.health.get(`${groupId}/${serverId}/5080`)?.status).toBe('Healthy'),
    5000,
  );
}

async function unhealthy(group: ServerGroup): Promise<void> {
  await vi.waitFor(() => {
    const states = group.servers.map((server) => world.alb.healthOf(group, server).status);
    expect(new Set(states)).toEqual(new Set(['Unhealthy']));
  }, 5000);
}

/** Asks so often on port 80; each answer as `200 i-1`. */
async function asked(times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let turn = 0; turn < times; turn++) {
    const { status, json } = await get('http', 80, 'live.example.com', '/');
    answers.push(`${status} ${String(json['node'])}`);
  }
  return answers;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined> & { 'set-cookie'?: string[] | undefined };
  readonly json: Record<string, unknown>;
}

function get(
  protocol: 'http' | 'https',
  port: number,
  host: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const options: RequestOptions = {
    host: '127.0.0.1',
    port: plane.portFor(port),
    path,
    headers: { host, ...headers },
    servername: host,
    ca: certificate.caPem,
    agent: false,
  };
  return new Promise((done, fail) => {
    const asked = (protocol === 'https' ? httpsRequest : httpRequest)(options, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers as Answer['headers'],
          json: body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {},
        }),
      );
    });
    asked.once('error', fail);
    asked.end();
  });
}

function handshake<T>(port: number, read: (socket: ReturnType<typeof connect>) => T, minVersion?: 'TLSv1.3') {
  return new Promise<T>((done, fail) => {
    const socket = connect(
      {
        host: '127.0.0.1',
        port: plane.portFor(port),
        servername: 'live.example.com',
        ca: certificate.caPem,
        ...(minVersion ? { minVersion } : {}),
      },
      () => {
        done(read(socket));
        socket.destroy();
      },
    );
    socket.once('error', fail);
  });
}

function protocolOf(port: number, minVersion?: 'TLSv1.3') {
  return handshake(port, (socket) => socket.getProtocol(), minVersion);
}

function serialOf(port: number) {
  return handshake(port, (socket) => socket.getPeerCertificate().serialNumber);
}
