/**
 * The public side of the load balancers: real servers on loopback, one for each public port, shared by all
 * balancers. Who answers is decided by the server name of TLS or the Host header.
 */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Listener } from '../alibaba/alb/state.ts';
import { Balancer } from './balance.ts';
import { readHello, UNRECOGNIZED_NAME } from './client-hello.ts';
import { forwardRequest, forwardUpgrade, hostOf, sendAnswer } from './forward.ts';
import { startHealthChecks } from './health.ts';
import { tlsKey, tlsOptions } from './tls-options.ts';
import { certificatesOf, listenerFor, type PlaneWorld } from './world.ts';

const USUAL_PORTS = [80, 443, 5080, 5443];

export interface PlaneOptions {
  /** Host names and the load balancer (id or name) that answers for them, beside DNS and certificates. */
  readonly domains?: Readonly<Record<string, string>>;
  /** Real milliseconds per second of idle and request time-outs, default 1000. */
  readonly msPerSecond?: number;
}

/** The running data plane. */
export interface DataPlane {
  /** Loopback port that stands for a public port; undefined when no listener ever used that one. */
  portFor(publicPort: number): number | undefined;
  /** Entries of the form `:443:127.0.0.1:PORT`, as curl's `--connect-to` takes them. */
  connectTo(): string[];
  close(): Promise<void>;
}

/** Opens the usual public ports and starts the health checks. */
export async function openDataPlane(world: PlaneWorld, options: PlaneOptions = {}): Promise<DataPlane> {
  const plane = new Plane(world, options);
  await Promise.all(USUAL_PORTS.map((port) => plane.open(port)));
  plane.follow();
  return plane;
}

class Plane implements DataPlane {
  readonly #world: PlaneWorld;
  readonly #options: PlaneOptions;
  readonly #balancer: Balancer;
  readonly #fronts = new Map<number, { readonly server: Server; port: number | undefined }>();
  readonly #tls = new Map<string, { readonly key: string; readonly server: HttpServer }>();
  readonly #plain = new Map<number, HttpServer>();
  readonly #sockets = new Set<Socket>();
  #stop: (() => void)[] = [];

  constructor(world: PlaneWorld, options: PlaneOptions) {
    this.#world = world;
    this.#options = options;
    this.#balancer = new Balancer(world);
  }

  portFor(publicPort: number): number | undefined {
    return this.#fronts.get(publicPort)?.port;
  }

  connectTo(): string[] {
    return [...this.#fronts].flatMap(([port, front]) =>
      front.port === undefined ? [] : [`:${port}:127.0.0.1:${front.port}`],
    );
  }

  /** Follows the load balancers: opens the ports of new listeners and checks health. */
  follow(): void {
    const openNew = (vpcId?: string) => {
      for (const listener of this.#world.alb.listenersIn(vpcId)) {
        if (!this.#fronts.has(listener.port)) void this.open(listener.port);
      }
      for (const id of this.#tls.keys()) if (!this.#world.alb.listeners.has(id)) this.#tls.delete(id);
    };
    openNew();
    this.#stop = [startHealthChecks(this.#world), this.#world.alb.onChange(openNew)];
  }

  async open(publicPort: number): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#greet(socket, publicPort));
    const front: { readonly server: Server; port: number | undefined } = { server, port: undefined };
    this.#fronts.set(publicPort, front);
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen(0, '127.0.0.1', done);
    });
    front.port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      [...this.#fronts.values()].map(({ server }) => new Promise((done) => server.close(done))),
    );
  }

  /** Reads the first bytes, decides who answers, and puts the bytes back for the server that will. */
  #greet(socket: Socket, publicPort: number): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let seen = Buffer.alloc(0);
    const onReadable = () => {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk !== null;
        chunk = socket.read() as Buffer | null
      ) {
        seen = Buffer.concat([seen, chunk]);
      }
      const hello = readHello(seen);
      if (hello.kind === 'more') return;
      socket.removeListener('readable', onReadable);
      const server =
        hello.kind === 'plain'
          ? this.#plainServer(publicPort)
          : this.#tlsServer(publicPort, hello.serverName);
      if (server === undefined) {
        socket.end(UNRECOGNIZED_NAME);
        return;
      }
      socket.unshift(seen);
      server.emit('connection', socket);
    };
    socket.on('readable', onReadable);
  }

  #tlsServer(publicPort: number, serverName: string | undefined): HttpServer | undefined {
    const listener = listenerFor(this.#world, publicPort, serverName, this.#options.domains);
    if (listener?.protocol !== 'HTTPS') return undefined;
    const certificates = certificatesOf(this.#world, listener);
    const key = tlsKey(listener, certificates);
    const known = this.#tls.get(listener.id);
    if (known?.key === key) return known.server;
    const options = tlsOptions(listener, certificates);
    if (options === undefined) return undefined;
    const server = createHttpsServer(options);
    this.#serve(server, () => this.#world.alb.listeners.get(listener.id));
    this.#tls.set(listener.id, { key, server });
    return server;
  }

  #plainServer(publicPort: number): HttpServer {
    const known = this.#plain.get(publicPort);
    if (known !== undefined) return known;
    const server = createHttpServer();
    this.#serve(server, (host) => listenerFor(this.#world, publicPort, host, this.#options.domains));
    this.#plain.set(publicPort, server);
    return server;
  }

  #serve(server: HttpServer, find: (host: string) => Listener | undefined): void {
    const isTls = !this.#isPlain(server);
    const forward = (listener: Listener) => ({
      world: this.#world,
      balancer: this.#balancer,
      listener,
      msPerSecond: this.#options.msPerSecond ?? 1000,
    });
    server.on('request', (incoming, answer) => {
      const listener = find(hostOf(incoming));
      if (listener === undefined) return sendAnswer(answer, 404, { connection: 'close' });
      if (!isTls && listener.protocol === 'HTTPS') return sendAnswer(answer, 400, { connection: 'close' });
      server.keepAliveTimeout = listener.idleTimeout * forward(listener).msPerSecond;
      return forwardRequest(forward(listener), incoming, answer);
    });
    server.on('upgrade', (incoming, socket, head) => {
      const listener = find(hostOf(incoming));
      if (listener === undefined) {
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      forwardUpgrade(forward(listener), incoming, socket, head);
    });
    server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
  }

  #isPlain(server: HttpServer): boolean {
    return !('setSecureContext' in server);
  }
}
