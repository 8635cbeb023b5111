import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

import type { Machine } from './machine.ts';
import type { Call } from './program.ts';
import { programs } from './programs/table.ts';

/** The loopback port at which the stubs of all machines ask what to print. */
export interface Control {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the control port; `machineOf` finds a machine by its fake root directory. */
export async function openControl(machineOf: (rootDir: string) => Machine | undefined): Promise<Control> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, machineOf);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(socket: Socket, machineOf: (rootDir: string) => Machine | undefined): void {
  const fields = createFieldReader(socket);
  void answer(socket, fields, machineOf).catch((error: unknown) => {
    if (socket.writable) socket.end(`e${String(error)}\n\0x70\0`);
  });
}

async function answer(
  socket: Socket,
  next: () => Promise<string>,
  machineOf: (rootDir: string) => Machine | undefined,
): Promise<void> {
  const rootDir = await next();
  const program = await next();
  const cwd = await next();
  const count = Number(await next());
  const argv: string[] = [];
  for (let index = 0; index < count; index += 1) argv.push(await next());
  const env: Record<string, string> = {};
  for (let pair = await next(); pair !== ''; pair = await next()) {
    const cut = pair.indexOf('=');
    env[pair.slice(0, cut)] = pair.slice(cut + 1);
  }

  const machine = machineOf(rootDir);
  const run = programs[program];
  if (machine === undefined || run === undefined) {
    socket.end(`e${program}: command not found\n\0x127\0`);
    return;
  }
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  const write = (kind: string, text: string): void => {
    if (socket.writable && text !== '')
      socket.write(`${kind}${machine.root.map(text).replaceAll('\0', '')}\0`);
  };
  const call: Call = {
    program,
    argv: argv.map((word) => machine.root.strip(word)),
    cwd: machine.root.strip(cwd),
    env,
    gone: gone.signal,
    async stdin() {
      socket.write('i\0');
      return Buffer.from(await next(), 'base64');
    },
    out: (text) => write('o', text),
    err: (text) => write('e', text),
  };
  const code = await run(call, machine);
  if (socket.writable) socket.end(`x${code}\0`);
}

/** Reads NUL-terminated fields; rejects when the socket ends in the middle of one. */
function createFieldReader(socket: Socket): () => Promise<string> {
  let chunks: Buffer[] = [];
  const ready: string[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let cut = rest.indexOf(0); cut >= 0; cut = rest.indexOf(0)) {
      ready.push(Buffer.concat([...chunks, rest.subarray(0, cut)]).toString('utf8'));
      chunks = [];
      rest = rest.subarray(cut + 1);
    }
    if (rest.length > 0) chunks.push(rest);
    wake?.();
  });
  socket.on('close', () => {
    ended = true;
    wake?.();
  });
  return async () => {
    while (ready.length === 0) {
      if (ended) throw new Error('the caller went away');
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return ready.shift() ?? '';
  };
}
