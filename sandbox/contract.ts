/**
 * What the parts of the simulated world know of each other: the cloud (`alibaba/`), the machines it boots
 * (`machine/`) and the network between them. Servers meet the product only over the wire.
 */

/** Scaled time. A simulated second lasts `scale` real seconds; everything that waits does so through here. */
export interface Clock {
  /** Real seconds per simulated second: 1 is real time, 0.01 a hundred times faster. */
  readonly scale: number;
  /** Wall-clock time as the simulated services report it (real time: only waits are shortened). */
  now(): Date;
  /** Runs `run` after `simulatedMs`; the returned function cancels it. Never keeps the process alive. */
  after(simulatedMs: number, run: () => void): () => void;
  /** Resolves after `simulatedMs`, at once when the clock is closed. */
  sleep(simulatedMs: number): Promise<void>;
  /** Cancels everything still waiting. */
  close(): void;
}

/** The Cloud Assistant agent of a machine does not answer: it is off, or never booted. */
export class AgentSilent extends Error {
  constructor() {
    super('The Cloud Assistant Agent does not respond.');
  }
}

/** An ECS instance as the machine underneath sees it. */
export interface GuestSpec {
  readonly instanceId: string;
  readonly regionId: string;
  readonly vpcId: string;
  readonly instanceName: string;
  readonly hostName: string;
  readonly privateIp: string;
  readonly publicIp: string | undefined;
  readonly imageId: string;
  /** `ubuntu` is a system image; `ams` has Ant Media Server installed and enabled. */
  readonly imageKind: 'ubuntu' | 'ams';
  /** As `lsb_release -rs` prints it: `22.04`. */
  readonly osRelease: string;
  /** Version of Ant Media Server in the image, `3.0.3`; undefined on Ubuntu. */
  readonly amsVersion: string | undefined;
  /** `Enterprise Edition` or `Community Edition`; undefined on Ubuntu. */
  readonly amsEdition: string | undefined;
  /** Decoded user data, empty when there is none. */
  readonly userData: string;
  /** OpenSSH public keys of the instance's key pair. */
  readonly publicKeys: readonly string[];
  readonly loginUser: 'root' | 'ecs-user';
  readonly tags: Readonly<Record<string, string>>;
}

/** The running machine of one ECS instance. */
export interface Guest {
  readonly spec: GuestSpec;
  /** Loopback port of the node's web server (its 5080), undefined while that is down. */
  httpPort(): number | undefined;
  /** Calls `listener` after anything that health checks could notice; the returned function unsubscribes. */
  onChange(listener: () => void): () => void;
  /** Runs a shell script as Cloud Assistant does (root, /root). @throws AgentSilent where its agent does not answer */
  run(script: string, timeoutMs: number): Promise<{ exitCode: number; output: string }>;
  /** Power off, for good. */
  stop(): Promise<void>;
}

/** Security groups, seen from the machines: who may open what. */
export interface Network {
  /** Whether the instance at `toInstanceId` accepts `protocol`/`port` from the IPv4 address `fromIp`. */
  allows(fromIp: string, toInstanceId: string, protocol: 'tcp' | 'udp', port: number): boolean;
  /** The instance that owns a private or public address in a VPC, if any. */
  instanceAt(vpcId: string, ip: string): string | undefined;
}

/** Where instances boot. The cloud calls `boot` when an instance starts and `stop` on the guest when it goes. */
export interface MachineRoom {
  boot(spec: GuestSpec): Guest;
  guest(instanceId: string): Guest | undefined;
  /** Says which network decides; called once by whoever builds the world. */
  attach(network: Network): void;
  /** Public IPv4 addresses that the room can serve SSH for; the cloud hands instances their addresses from here. */
  readonly publicIps: readonly string[];
  /** `AMS_CONNECT_TO` entries that lead SSH to the machines. */
  connectTo(): readonly string[];
  close(): Promise<void>;
}
