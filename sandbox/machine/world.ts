import type { Clock, Network } from '../contract.ts';
import type { Waits } from '../waits.ts';
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';
import type { OutsideDatabases } from './quick.ts';

/** How long the machines take, in simulated milliseconds (estimates from the field, see the table of durations). */
export interface Durations {
  /** Power on -> sshd accepts TCP. */
  readonly sshMs: number;
  /** How long sshd resets connections before it speaks. */
  readonly sshResetMs: number;
  /** Power on -> the login key is in place. */
  readonly keyMs: number;
  /** Power on -> enabled units start. */
  readonly unitsMs: number;
  /** Power on -> user data runs, on a system image and on an image with Ant Media Server. */
  readonly userDataMs: { readonly ubuntu: number; readonly ams: number };
  /** Power on -> the first-boot apt jobs have let go of their locks. */
  readonly firstBootAptMs: number;
  /** Start of Ant Media Server -> its port 5080 answers: first start, later starts. */
  readonly amsFirstStartMs: number;
  readonly amsStartMs: number;
  readonly amsStopMs: number;
  /** How long a start waits for an unreachable database before it gives up, and the pause before the next try. */
  readonly amsDatabaseTimeoutMs: number;
  readonly amsRestartMs: number;
  readonly heartbeatMs: number;
  /** A node is dead when its heartbeat is older than this. */
  readonly deadAfterMs: number;
  readonly mongodStartMs: number;
  readonly aptUpdateMs: number;
  readonly aptInstallMs: number;
  readonly mongodbInstallMs: number;
  readonly connectTimeoutMs: number;
  readonly rebootMs: number;
}

export const DEFAULT_DURATIONS: Durations = {
  sshMs: 15_000,
  sshResetMs: 2_000,
  keyMs: 19_000,
  unitsMs: 8_000,
  userDataMs: { ubuntu: 20_000, ams: 38_000 },
  firstBootAptMs: 45_000,
  amsFirstStartMs: 25_000,
  amsStartMs: 30_000,
  amsStopMs: 5_000,
  amsDatabaseTimeoutMs: 30_000,
  amsRestartMs: 5_000,
  heartbeatMs: 5_000,
  deadAfterMs: 20_000,
  mongodStartMs: 2_000,
  aptUpdateMs: 4_000,
  aptInstallMs: 5_000,
  mongodbInstallMs: 60_000,
  connectTimeoutMs: 20_000,
  rebootMs: 5_000,
};

/** Outcome of opening a TCP connection inside the simulated network. */
export type Dial =
  | { readonly state: 'open'; readonly machine: Machine; readonly ip: string; readonly fromIp: string }
  | { readonly state: 'refused' | 'timeout' | 'unresolved' };

/** A listening TCP port of a machine. */
export interface Listener {
  readonly port: number;
  /** `0.0.0.0`, or the addresses it is bound to. */
  readonly addresses: readonly string[];
  readonly program: string;
}

/** What the machines of one room share. */
export interface World {
  readonly clock: Clock;
  readonly waits: Waits;
  readonly durations: Durations;
  readonly faults: Faults;
  readonly botIp: string;
  /** The vendor's installer as this world serves it. */
  readonly installScript: string;
  readonly controlPort: number;
  /** Machines run no shell, and these databases are there; undefined: they run everything for real. */
  readonly outside: OutsideDatabases | undefined;
  network(): Network | undefined;
  machine(instanceId: string): Machine | undefined;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+)$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** Opens a simulated TCP connection from one machine: names, routes, security groups, bound addresses. */
export function dial(from: Machine, host: string, port: number): Dial {
  const own = from.spec.privateIp;
  if (LOOPBACK.test(host)) return knock(from, '127.0.0.1', port, '127.0.0.1');
  const ip = host === from.spec.hostName ? own : host;
  if (!IPV4.test(ip)) return { state: 'unresolved' };
  if (ip === own) return knock(from, own, port, own);

  const network = from.world.network();
  const target = network?.instanceAt(from.spec.vpcId, ip);
  const machine = target === undefined ? undefined : from.world.machine(target);
  if (network === undefined || machine === undefined || !machine.powered) return { state: 'timeout' };
  // traffic to a public address leaves through the public side and is judged by the sender's public address
  const fromIp = ip === machine.spec.privateIp ? own : (from.spec.publicIp ?? own);
  if (!network.allows(fromIp, machine.spec.instanceId, 'tcp', port)) return { state: 'timeout' };
  return knock(machine, machine.spec.privateIp, port, fromIp);
}

function knock(machine: Machine, ip: string, port: number, fromIp: string): Dial {
  const bound = machine
    .listeners()
    .some((l) => l.port === port && (l.addresses.includes('0.0.0.0') || l.addresses.includes(ip)));
  return bound ? { state: 'open', machine, ip, fromIp } : { state: 'refused' };
}
