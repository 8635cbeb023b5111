import type { Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type Server, type ServerConnectionListener } from 'ssh2';

import type { Machine } from '../machine.ts';
import { serveSession } from './session.ts';

export type SshPhase = 'down' | 'resetting' | 'serving';

/** sshd of one machine; the room hands it the TCP connections of its public address. */
export interface Sshd {
  phase(): SshPhase;
  up(): void;
  /** Reads the host keys again; sessions go on. */
  reload(): void;
  down(): void;
  accept(socket: Socket): void;
  /** Drops every session without a word, as a lost network does. @returns how many there were */
  cut(): number;
}

const HOST_KEYS = ['ed25519', 'ecdsa', 'rsa'];

/** Makes the sshd of a machine, down at first. */
export function createSshd(machine: Machine): Sshd {
  let phase: SshPhase = 'down';
  let server: Server | undefined;
  const sockets = new Set<Socket>();

  const load = (): void => {
    const keys = HOST_KEYS.map((kind) => machine.root.read(`/etc/ssh/ssh_host_${kind}_key`)).filter(
      (key): key is string => key !== undefined && !(ssh2.utils.parseKey(key) instanceof Error),
    );
    if (keys.length === 0) return;
    const greet: ServerConnectionListener = (client) => serveClient(machine, client, sshd);
    server = new ssh2.Server({ hostKeys: keys, ident: 'OpenSSH_8.9p1 Ubuntu-3ubuntu0.13' }, greet);
  };
  const sshd: Sshd = {
    phase: () => phase,
    up() {
      phase = 'resetting';
      machine.later(machine.world.durations.sshResetMs, () => {
        load();
        phase = 'serving';
        machine.changed();
      });
    },
    reload: load,
    down() {
      phase = 'down';
      sshd.cut();
    },
    accept(socket) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.setNoDelay(true);
      if (phase !== 'serving' || server === undefined) {
        socket.resetAndDestroy();
        return;
      }
      server.injectSocket(socket);
    },
    cut() {
      const open = [...sockets].filter((socket) => !socket.destroyed);
      for (const socket of open) socket.destroy();
      sockets.clear();
      return open.length;
    },
  };
  return sshd;
}

function serveClient(machine: Machine, client: Connection, sshd: Sshd): void {
  client.on('error', () => client.end());
  client.on('authentication', (context) => {
    if (mayEnter(machine, context)) context.accept();
    else context.reject(['publickey']);
  });
  client.on('ready', () => {
    client.on('session', (accept) => serveSession(machine, accept(), client, sshd));
  });
}

/** Whether a key in `authorized_keys` of the login user made the signature (no signature: whether it would do). */
function mayEnter(machine: Machine, context: AuthContext): boolean {
  if (context.method !== 'publickey' || context.username !== machine.spec.loginUser) return false;
  const home = context.username === 'root' ? '/root' : `/home/${context.username}`;
  const lines = (machine.root.read(`${home}/.ssh/authorized_keys`) ?? '').split('\n');
  for (const line of lines) {
    if (line.trim() === '') continue;
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error || !key.getPublicSSH().equals(context.key.data)) continue;
    if (context.signature === undefined || context.blob === undefined) return true;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  }
  return false;
}
