/** A small world for the data plane: real states, real web servers as guests, no cloud API around them. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { parsePair } from '../../sandbox/alibaba/cas/certificate.ts';
import { CasState } from '../../sandbox/alibaba/cas/state.ts';
import {
  AlbState,
  type Listener,
  type LoadBalancer,
  type Server,
  type ServerGroup,
} from '../../sandbox/alibaba/alb/state.ts';
import { DnsState } from '../../sandbox/alibaba/alidns/state.ts';
import type { MadeCertificate } from '../../sandbox/certificates.ts';
import type { Clock, Guest } from '../../sandbox/contract.ts';
import type { PlaneWorld } from '../../sandbox/dataplane/world.ts';
import { createWaits } from '../../sandbox/waits.ts';

/** Runs a hundred times faster than real time. */
function fastClock(scale = 0.01): Clock {
  const timers = new Set<NodeJS.Timeout>();
  const after = (simulatedMs: number, run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, simulatedMs * scale);
    timers.add(timer);
    return () => {
      clearTimeout(timer);
      timers.delete(timer);
    };
  };
  return {
    scale,
    now: () => new Date(),
    after,
    sleep: (simulatedMs) => new Promise((done) => void after(simulatedMs, done)),
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** A web server that answers with its own name, what it was asked, and WebSockets that echo. */
export class TestGuest {
  readonly id: string;
  status = 200;
  isUp = true;
  readonly #server: HttpServer;
  readonly #listeners = new Set<() => void>();

  constructor(id: string) {
    this.id = id;
    this.#server = createServer((incoming, answer) => {
      if (incoming.url === '/slow') return;
      answer.writeHead(this.status, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ node: id, url: incoming.url, headers: incoming.headers }));
    });
    new WebSocketServer({ server: this.#server }).on('connection', (socket, incoming) => {
      socket.send(`${id} ${incoming.url}`);
      socket.on('message', (text) => socket.send(String(text)));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return this;
  }

  set(change: { readonly isUp?: boolean; readonly status?: number }): void {
    this.isUp = change.isUp ?? this.isUp;
    this.status = change.status ?? this.status;
    for (const listener of this.#listeners) listener();
  }

  get guest(): Guest {
    return {
      httpPort: () => (this.isUp ? (this.#server.address() as AddressInfo).port : undefined),
      onChange: (listener: () => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    } as unknown as Guest;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

export class TestWorld implements PlaneWorld {
  readonly alb = new AlbState();
  readonly cas = new CasState();
  readonly dns = new DnsState();
  readonly clock = fastClock();
  readonly waits = createWaits();
  readonly guests = new Map<string, TestGuest>();
  /** `from>instance:port` pairs that the security groups refuse. */
  closedTo: string | undefined;
  readonly network = {
    allows: (_from: string, instanceId: string) => instanceId !== this.closedTo,
    instanceAt: () => undefined,
  };

  guest(instanceId: string): Guest | undefined {
    return this.guests.get(instanceId)?.guest;
  }

  async addGuest(id: string): Promise<TestGuest> {
    const made = await new TestGuest(id).start();
    this.guests.set(id, made);
    return made;
  }

  addCertificate(id: number, made: MadeCertificate): string {
    const parsed = parsePair(made.chainPem, made.keyPem);
    if ('code' in parsed) throw new Error(parsed.message);
    const identifier = `${id}-ap-southeast-1`;
    this.cas.certificates.set(id, {
      id,
      identifier,
      name: `cert-${id}`,
      certPem: made.chainPem,
      keyPem: made.keyPem,
      parsed,
      resourceGroupId: '',
      uploadedAt: new Date(),
      visibleAt: 0,
      tags: [],
    });
    return identifier;
  }

  addBalancer(id: string): LoadBalancer {
    const zone = { VSwitchId: 'vsw-1', publicAddress: undefined, allocationId: undefined };
    const balancer: LoadBalancer = {
      id,
      regionId: 'eu-central-1',
      name: id,
      vpcId: 'vpc-1',
      addressType: 'Internet',
      addressIpVersion: 'IPv4',
      edition: 'Standard',
      dnsName: `${id}.eu-central-1.alb.aliyuncs.com`,
      createdAt: new Date(),
      visibleAt: 0,
      status: 'Active',
      zones: [{ ...zone, ZoneId: 'eu-central-1a', address: '10.0.0.9' }],
      deletionProtection: false,
      modificationProtection: 'NonProtection',
      resourceGroupId: '',
      tags: [],
      busy: undefined,
    };
    this.alb.loadBalancers.set(id, balancer);
    return balancer;
  }

  addGroup(id: string, serverIds: readonly string[], change: Partial<ServerGroup> = {}): ServerGroup {
    const servers = serverIds.map((serverId): Server => ({
      serverId,
      serverType: 'Ecs',
      serverIp: '10.0.0.20',
      port: 5080,
      weight: 100,
      description: '',
      status: 'Available',
      managedBy: undefined,
    }));
    const group: ServerGroup = {
      id,
      regionId: 'eu-central-1',
      name: id,
      type: 'Instance',
      vpcId: 'vpc-1',
      protocol: 'HTTP',
      scheduler: 'Wrr',
      status: 'Available',
      healthCheck: {
        HealthCheckEnabled: true,
        HealthCheckProtocol: 'HTTP',
        HealthCheckPath: '/',
        HealthCheckMethod: 'GET',
        HealthCheckCodes: ['http_2xx', 'http_3xx'],
        HealthCheckConnectPort: 0,
        HealthCheckInterval: 2,
        HealthCheckTimeout: 5,
        HealthyThreshold: 3,
        UnhealthyThreshold: 3,
        HealthCheckHost: '',
        HealthCheckHttpVersion: 'HTTP1.1',
      },
      sticky: { StickySessionEnabled: false, StickySessionType: 'Insert', CookieTimeout: 1000, Cookie: '' },
      connectionDrain: { ConnectionDrainEnabled: false, ConnectionDrainTimeout: 300 },
      slowStart: { SlowStartEnabled: false, SlowStartDuration: 30 },
      upstreamKeepalive: false,
      crossZone: true,
      resourceGroupId: '',
      createdAt: new Date(),
      servers,
      tags: [],
      scalingGroups: new Set(),
      visibleAt: 0,
      ...change,
    };
    this.alb.serverGroups.set(id, group);
    return group;
  }

  addListener(
    id: string,
    loadBalancerId: string,
    port: number,
    serverGroupId: string,
    change: Partial<Listener> = {},
  ): Listener {
    const listener: Listener = {
      id,
      regionId: 'eu-central-1',
      loadBalancerId,
      port,
      protocol: 'HTTP',
      status: 'Running',
      description: '',
      defaultActions: [
        {
          Type: 'ForwardGroup',
          ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: serverGroupId }] },
        },
      ],
      certificateIds: [],
      securityPolicyId: 'tls_cipher_policy_1_2',
      idleTimeout: 60,
      requestTimeout: 60,
      http2: true,
      gzip: true,
      caEnabled: false,
      xForwardedFor: {},
      tags: [],
      visibleAt: 0,
      ...change,
    };
    this.alb.listeners.set(id, listener);
    this.alb.changed();
    return listener;
  }

  close(): void {
    this.clock.close();
    for (const guest of this.guests.values()) guest.close();
  }
}
