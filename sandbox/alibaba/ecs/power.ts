import type { GuestSpec } from '../../contract.ts';
import type { Cloud } from '../cloud.ts';
import { image } from './images.ts';
import { keyPair } from './lookup.ts';
import { ecsState, type InstanceEntry, type InstanceStatus } from './state.ts';

function become(cloud: Cloud, entry: InstanceEntry, status: InstanceStatus): void {
  entry.status = status;
  cloud.emit('instance', { instanceId: entry.id, status });
}

/** Brings an instance up: Starting after `beforeMs`, then Running with its machine booted. */
export async function powerOn(cloud: Cloud, entry: InstanceEntry, beforeMs = 0): Promise<void> {
  const generation = ++entry.generation;
  const isMine = () => entry.generation === generation && !cloud.isClosed();
  const running = cloud.waits.begin('instance', entry.id);
  await cloud.clock.sleep(beforeMs);
  if (!isMine()) return;
  become(cloud, entry, 'Starting');
  await cloud.clock.sleep(cloud.durations.instanceStarting);
  if (!isMine()) return;
  entry.startedAt = cloud.clock.now();
  entry.assistantAt = Date.now() + cloud.durations.assistantReady * cloud.clock.scale;
  cloud.rooms.boot(guestSpec(cloud, entry));
  become(cloud, entry, 'Running');
  running();
  const answers = cloud.waits.begin('assistant', entry.id);
  cloud.later(cloud.durations.assistantReady, answers);
}

/** Takes an instance down: Stopping, its machine off, then Stopped. */
export async function powerOff(cloud: Cloud, entry: InstanceEntry): Promise<void> {
  const generation = ++entry.generation;
  become(cloud, entry, 'Stopping');
  entry.assistantAt = Number.POSITIVE_INFINITY;
  await cloud.rooms.guest(entry.id)?.stop();
  await cloud.clock.sleep(cloud.durations.instanceStopping);
  if (entry.generation === generation && !cloud.isClosed()) become(cloud, entry, 'Stopped');
}

/** Restarts an instance; it says Running all the while, as the cloud does after a short Starting. */
export async function powerCycle(cloud: Cloud, entry: InstanceEntry): Promise<void> {
  const generation = ++entry.generation;
  become(cloud, entry, 'Starting');
  entry.assistantAt = Number.POSITIVE_INFINITY;
  await cloud.rooms.guest(entry.id)?.stop();
  await cloud.clock.sleep(cloud.durations.instanceReboot);
  if (entry.generation !== generation || cloud.isClosed()) return;
  await powerOn(cloud, entry);
}

/** Ends an instance for good: disks, network interface and public address go with it. */
export async function release(cloud: Cloud, entry: InstanceEntry, letGo: () => void): Promise<void> {
  const { instances, disks } = ecsState(cloud);
  entry.isReleasing = true;
  const gone = cloud.waits.begin('instance-removal', entry.id, entry.vpcId, entry.vSwitchId);
  entry.generation += 1;
  if (entry.status !== 'Stopped') become(cloud, entry, 'Stopping');
  await cloud.rooms.guest(entry.id)?.stop();
  await cloud.clock.sleep(cloud.durations.instanceReleasing);
  if (cloud.isClosed()) return;
  instances.delete(entry.id);
  for (const disk of disks.bearing(entry.id)) {
    if (disk.deleteWithInstance) {
      disks.delete(disk.id);
    } else {
      disk.instanceId = undefined;
      disks.remark(disk.id);
    }
  }
  letGo();
  gone();
  cloud.emit('instance', { instanceId: entry.id, status: 'Released' });
}

function guestSpec(cloud: Cloud, entry: InstanceEntry): GuestSpec {
  const found = image(cloud, entry.regionId, entry.imageId);
  const key = entry.keyPairName === undefined ? undefined : keyPair(cloud, entry.regionId, entry.keyPairName);
  return {
    instanceId: entry.id,
    regionId: entry.regionId,
    vpcId: entry.vpcId,
    instanceName: entry.name,
    hostName: entry.hostName,
    privateIp: entry.privateIp,
    publicIp: entry.publicIp,
    imageId: entry.imageId,
    imageKind: found?.kind ?? 'ubuntu',
    osRelease: found?.osRelease ?? '22.04',
    amsVersion: found?.amsVersion,
    amsEdition: found?.amsEdition,
    userData: Buffer.from(entry.userData, 'base64').toString('utf8'),
    publicKeys: key === undefined ? [] : [key.publicKey],
    loginUser: entry.loginAsNonRoot ? 'ecs-user' : 'root',
    tags: Object.fromEntries(entry.tags),
  };
}
