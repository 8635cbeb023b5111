import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { ServerGroup } from '../../sandbox/alibaba/alb/state.ts';
import { type MadeCertificate, makeCertificate } from '../../sandbox/certificates.ts';
import { type DataPlane, openDataPlane } from '../../sandbox/dataplane/plane.ts';
import { TestWorld } from './dataplane-world.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined> & { 'set-cookie'?: string[] | undefined };
  readonly json: Record<string, unknown>;
}

/** A data plane with one load balancer, anew for each test of a file, and what a client sees of it. */
export function planeBench() {
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

  function handshake<T>(
    port: number,
    read: (socket: ReturnType<typeof connect>) => T,
    minVersion?: 'TLSv1.3',
  ) {
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

  return {
    get world() {
      return world;
    },
    get plane() {
      return plane;
    },
    get certificate() {
      return certificate;
    },
    https,
    http,
    healthy,
    unhealthy,
    asked,
    get,
    protocolOf,
    serialOf,
  };
}
