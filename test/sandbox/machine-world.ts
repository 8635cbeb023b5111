import { createClock } from '../../sandbox/clock.ts';
import type { GuestSpec, Network } from '../../sandbox/contract.ts';
import {
  createMachineRoom,
  type MachineRoomOptions,
  type OpenMachineRoom,
} from '../../sandbox/machine/room.ts';
import { newKeyPair } from '../../sandbox/machine/ssh/key-pair.ts';

/** A room on a network in which everything is open but what `closed` names (`toInstanceId:port`). */
export async function openWorld(options: Partial<MachineRoomOptions> = {}): Promise<{
  room: OpenMachineRoom;
  closed: Set<string>;
  spec(more: Partial<GuestSpec>): GuestSpec;
  key: { private: string; public: string };
}> {
  const room = await createMachineRoom({ clock: createClock(0.005), publicIps: 8, ...options });
  const closed = new Set<string>();
  const network: Network = {
    allows: (_from, to, _protocol, port) => !closed.has(`${to}:${port}`),
    instanceAt: (vpcId, ip) =>
      room.machines.find((m) => m.spec.vpcId === vpcId && (m.spec.privateIp === ip || m.spec.publicIp === ip))
        ?.spec.instanceId,
  };
  room.attach(network);
  const key = newKeyPair();
  let count = 0;
  return {
    room,
    closed,
    key,
    spec(more) {
      count += 1;
      return {
        instanceId: `i-test${count}`,
        regionId: 'eu-central-1',
        vpcId: 'vpc-1',
        instanceName: `demo-machine-${count}`,
        hostName: `machine${count}`,
        privateIp: `10.0.1.${10 + count}`,
        publicIp: room.publicIps[count - 1],
        imageId: 'img',
        imageKind: 'ubuntu',
        osRelease: '22.04',
        amsVersion: undefined,
        amsEdition: undefined,
        userData: '',
        publicKeys: [key.public],
        loginUser: 'root',
        tags: {},
        ...more,
      };
    },
  };
}

/** Waits until `holds` answers true; fails after `limitMs` with what was waited for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain: ${what}`);
}
