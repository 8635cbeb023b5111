import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock, Guest, MachineRoom, Network } from '../contract.ts';
import { openControl } from './control.ts';
import { createFaults, type GuestMatch, type MachineFaults, meets } from './faults.ts';
import { INSTALL_SCRIPT, scriptSha256 } from './install-script.ts';
import { Machine } from './machine.ts';
import { outsideDatabases } from './quick.ts';
import { createProgramsFolder } from './stub.ts';
import { createWaits, type Waits } from '../waits.ts';
import { DEFAULT_DURATIONS, type Durations, type World } from './world.ts';

/** How to set up a room of machines. */
export interface MachineRoomOptions {
  readonly clock: Clock;
  /** Where it is told when machines became ready. */
  readonly waits?: Waits;
  /** Public addresses with an SSH port on loopback each, 1 to 250; default 64, from 203.0.113.0/24. */
  readonly publicIps?: number;
  /** The address from which the product's SSH connections come, as security groups see it; default 198.51.100.10. */
  readonly botIp?: string;
  /** Text served for any URL that ends in `install_mongodb.sh`. */
  readonly installScript?: string;
  readonly durations?: Partial<Durations>;
  /**
   * Machines for crowds: they run no shell, their user data ends at once where its script would end, and a database
   * is at 10.255.0.9 in each VPC. For hundreds of machines at a time.
   */
  readonly quick?: boolean;
}

/** A room with what tests and demos want beside the contract. */
export interface OpenMachineRoom extends MachineRoom {
  readonly faults: MachineFaults;
  /** Lower-case hex sha256 of the installer as served. */
  readonly sha256: string;
  readonly machines: readonly Machine[];
  /** Switches machines off and on again. */
  reboot(match?: GuestMatch): void;
  /** Cuts the SSH sessions of machines now. @returns how many there were */
  cutSsh(match?: GuestMatch): number;
}

/** One public address: an SSH port that listens only while a machine behind it does. */
interface Door {
  readonly ip: string;
  readonly host: string;
  readonly port: number;
  server: Server | undefined;
}

/** Public addresses of a crowd's machines, to which nobody comes by SSH. */
const CROWD_IPS = Array.from({ length: 5_000 }, (_none, at) => `198.18.${at >> 8}.${at & 255}`);

/** Builds an empty room; `attach` must be called before machines can talk to each other. */
export async function createMachineRoom(options: MachineRoomOptions): Promise<OpenMachineRoom> {
  const count = options.publicIps ?? 64;
  if (!Number.isInteger(count) || count < 0 || count > 250)
    throw new Error(`publicIps: expected a whole number from 0 to 250, got ${count}`);
  const base = mkdtempSync(join(realpathSync(tmpdir()), 'amsbox-'));
  const machines = new Map<string, Machine>();
  const control = await openControl((dir) =>
    [...machines.values()].find((machine) => machine.root.dir === dir),
  );
  const programs = createProgramsFolder(join(base, 'programs'), control.port);
  const faults = createFaults();
  const installScript = options.installScript ?? INSTALL_SCRIPT;
  const botIp = options.botIp ?? '198.51.100.10';
  let network: Network | undefined;
  let closed = false;
  const world: World = {
    clock: options.clock,
    waits: options.waits ?? createWaits(),
    durations: { ...DEFAULT_DURATIONS, ...options.durations },
    faults,
    botIp,
    installScript,
    controlPort: control.port,
    outside: options.quick === true ? outsideDatabases() : undefined,
    network: () => network,
    machine: (id) => machines.get(id),
  };
  const silent = new Set<Socket>();
  const doors = await openDoors(count);
  /** The oldest machine behind each public address. */
  const behindAll = (): ReadonlyMap<string, Machine> => {
    const found = new Map<string, Machine>();
    for (const machine of machines.values()) {
      const ip = machine.gone ? undefined : machine.spec.publicIp;
      if (ip !== undefined && !found.has(ip)) found.set(ip, machine);
    }
    return found;
  };
  /** Opens and closes doors so that a TCP connection is refused exactly when nothing listens behind it. */
  const tend = (): void => {
    const behind = behindAll();
    for (const door of doors) {
      const machine = behind.get(door.ip);
      const listens = !closed && machine !== undefined && machine.sshd.phase() !== 'down';
      if (listens && door.server === undefined)
        door.server = openDoor(door, () => behindAll().get(door.ip), world, silent);
      if (listens || door.server === undefined) continue;
      door.server.close();
      door.server = undefined;
    }
  };
  const matching = (match: GuestMatch = {}): Machine[] => {
    const found = [...machines.values()].filter((m) => !m.gone && meets(match, m.spec));
    return match.nth === undefined ? found : found.slice(match.nth - 1, match.nth);
  };

  return {
    faults,
    sha256: scriptSha256(installScript),
    get machines() {
      return [...machines.values()];
    },
    publicIps: [...doors.map((door) => door.ip), ...(options.quick === true ? CROWD_IPS : [])],
    connectTo: () => doors.map((door) => `${door.ip}:22:${door.host}:${door.port}`),
    attach: (decider) => void (network = decider),
    guest: (id) => machines.get(id),
    boot(spec): Guest {
      if (closed) throw new Error(`Machine ${spec.instanceId}: the room is closed`);
      const before = machines.get(spec.instanceId);
      if (before !== undefined && !before.gone) throw new Error(`Machine ${spec.instanceId} runs already`);
      faults.enroll(spec);
      const machine = new Machine(
        spec,
        world,
        join(base, `${spec.instanceId}-${suffix(machines.size)}`),
        programs,
      );
      machines.set(spec.instanceId, machine);
      machine.onChange(() => {
        tend();
        if (machine.gone && machines.get(spec.instanceId) === machine) machines.delete(spec.instanceId);
      });
      return machine;
    },
    reboot: (match) => matching(match).forEach((machine) => machine.reboot()),
    cutSsh: (match) => matching(match).reduce((cut, machine) => cut + machine.sshd.cut(), 0),
    async close() {
      closed = true;
      await Promise.all([...machines.values()].map((machine) => machine.stop()));
      for (const door of doors) door.server?.close();
      for (const socket of silent) socket.destroy();
      await control.close();
      await rm(base, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A short part that keeps directories of machines with the same id apart. */
function suffix(count: number): string {
  return `${count}${Math.random().toString(36).slice(2, 6)}`;
}

/**
 * Reserves a loopback port for each address. Where the system has the whole of 127.0.0.0/8, a room takes an address of
 * its own: a port that is closed for a while cannot be taken by anybody else.
 */
async function openDoors(count: number): Promise<Door[]> {
  const part = (): number => 1 + Math.floor(Math.random() * 253);
  let host = `127.${part()}.${part()}.${part()}`;
  if (!(await canBind(host))) host = '127.0.0.1';
  const first = 20_000 + Math.floor(Math.random() * 10_000);
  return Array.from({ length: count }, (_, index) => ({
    ip: `203.0.113.${index + 1}`,
    host,
    port: first + index,
    server: undefined,
  }));
}

function canBind(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(0, host, () => probe.close(() => resolve(true)));
  });
}

function openDoor(door: Door, behind: () => Machine | undefined, world: World, silent: Set<Socket>): Server {
  const server = createServer((socket) => {
    const machine = behind();
    socket.on('error', () => socket.destroy());
    if (machine === undefined) {
      socket.resetAndDestroy();
      return;
    }
    const network = world.network();
    if (network !== undefined && !network.allows(world.botIp, machine.spec.instanceId, 'tcp', 22)) {
      // a security group drops packets: the client hears nothing
      silent.add(socket);
      socket.on('close', () => silent.delete(socket));
      return;
    }
    machine.sshd.accept(socket);
  });
  server.on('error', () => undefined);
  server.listen(door.port, door.host);
  return server;
}
