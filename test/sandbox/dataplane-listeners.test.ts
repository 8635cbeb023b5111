import { beforeEach, expect, test, vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type MadeCertificate, makeCertificate } from '../../sandbox/certificates.ts';
import type { DataPlane } from '../../sandbox/dataplane/plane.ts';
import { planeBench } from './dataplane-bench.ts';
import type { TestWorld } from './dataplane-world.ts';

const own = planeBench();
const { https, http, healthy, get, protocolOf, serialOf } = own;
let world: TestWorld;
let plane: DataPlane;
let certificate: MadeCertificate;

beforeEach(() => {
  ({ world, plane, certificate } = own);
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
