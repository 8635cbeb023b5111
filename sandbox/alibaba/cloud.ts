import type { Clock, MachineRoom } from '../contract.ts';
import { createWaits, type Waits } from '../waits.ts';
import { isDryRun, type Params } from './call.ts';
import { DURATIONS, type Durations } from './durations.ts';
import { createFaults, type Faults } from './faults.ts';
import { createIds, type Ids } from './ids.ts';
import { type AlibabaOptions, type Settings, settingsOf, USUALLY_VISIBLE_AFTER_MS } from './options.ts';
import { type Region, REGIONS } from './regions.ts';

/*
 * What products offer each other (each keeps its memory in its own folder, made on first use for a cloud):
 *
 * vpc/lookup.ts        vpc(cloud, id), vSwitch(cloud, id): VpcEntry / VSwitchEntry or undefined
 * vpc/addresses.ts     availableAddresses(vSwitch)
 * vpc/interfaces.ts    addInterface(cloud, {...}), releaseInterface(cloud, id): interfaces that hold
 *                      vSwitches and groups; a released one vanishes a little late
 * ecs/launch-spec.ts   readLaunch(regionId, params): LaunchSpec from parameters or a template's data
 * ecs/launch.ts        launchInstances(cloud, spec, systemTags): checks all, answers entries (Pending), boots them later
 * ecs/terminate.ts     terminateInstances(cloud, entries, {force}): resolves when they are gone
 * ecs/power.ts         powerOn, powerOff, powerCycle
 * ecs/lookup.ts        instance(cloud, id): InstanceEntry or undefined; instancesOf(cloud, vpcId); groups, keys
 * ecs/launch-templates.ts  resolveTemplate(cloud, {regionId, id | name, version}): LaunchTemplateData of that version
 * ecs/managed-groups.ts    a VPC with interfaces of a product (serviceManaged) gets a group that people cannot delete
 * ecs/images.ts        image(cloud, regionId, id)
 * ecs/instance-types.ts    instanceType(id)
 * ecs/stock.ts         isSoldOut(cloud, regionId, zoneId, instanceType)
 */

/** One line of the log of calls. */
interface RequestRecord {
  readonly at: Date;
  readonly requestId: string;
  readonly product: string;
  readonly action: string;
  readonly regionId: string;
  /** As received, secrets included: tests look for what must not be there. */
  readonly params: Params;
  /** Names of the parameters that came in the address, where proxies and logs see them. */
  readonly inQuery: readonly string[];
  /** `OK`, an error code, or `cut` when no answer was sent. */
  readonly code: string;
  readonly status: number;
  /** Real milliseconds. */
  readonly durationMs: number;
}

/** Things that happen in the cloud. */
interface CloudEvents {
  /** An instance changed its state; `status` is `Released` when it is gone. */
  instance: { readonly instanceId: string; readonly status: string };
  request: RequestRecord;
  /** A network interface came (`isGone` false) or vanished. */
  interface: { readonly vpcId: string; readonly serviceManaged: boolean; readonly isGone: boolean };
}

/** Somebody who uses a resource: `alb`, `alb-…` uses the vSwitch. */
interface ResourceUser {
  readonly kind: string;
  readonly id: string;
}

/** Kinds of resources whose users are asked for before they are deleted. */
type UsedKind = 'vpc' | 'vswitch' | 'securitygroup' | 'keypair' | 'launchtemplate' | 'certificate' | 'image';

/** The simulated account: what all products share. A reset makes a new one. */
export interface Cloud {
  /** Its waits end when the cloud is closed or reset. */
  readonly clock: Clock;
  readonly rooms: MachineRoom;
  readonly settings: Settings;
  readonly regions: readonly Region[];
  readonly durations: Durations;
  readonly ids: Ids;
  readonly requests: readonly RequestRecord[];
  /** Calls that only asked whether they would work; nobody hears of them as requests. */
  readonly dryRuns: readonly RequestRecord[];
  readonly faults: Faults;
  /** When things became ready. */
  readonly waits: Waits;
  /** The region, `InvalidRegionId.NotFound` being the caller's to throw. */
  region(id: string): Region | undefined;
  /** A new id of the region's shape: `newId('vpc', 'cn-hangzhou')`. */
  newId(prefix: string, regionId: string): string;
  /**
   * When (milliseconds since 1970) lists start to show a thing made now.
   *
   * @param usualMs how late (simulated) lists usually are with things of its kind; where the settings make all lists
   * later than usual, they are as late with these
   */
  visibleAt(usualMs?: number): number;
  on<K extends keyof CloudEvents>(event: K, listener: (details: CloudEvents[K]) => void): () => void;
  emit<K extends keyof CloudEvents>(event: K, details: CloudEvents[K]): void;
  /** `find` is asked for the users of a resource before it is deleted. */
  registerUsers(kind: UsedKind, find: (id: string) => readonly ResourceUser[]): void;
  usersOf(kind: UsedKind, id: string): readonly ResourceUser[];
  /** Runs `run` after simulated milliseconds unless the cloud is closed; `settle` waits for it. */
  later(simulatedMs: number, run: () => void): void;
  /** Counts `work` as something that `settle` waits for. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Resolves when no tracked work is left (machines booting, resources coming and going). */
  settle(): Promise<void>;
  isClosed(): boolean;
  /** Ends all waiting. Guests are stopped by the server. */
  close(): void;
  record(request: RequestRecord): void;
}

const MOST_RECORDS = 20_000;

export function createCloud(options: AlibabaOptions): Cloud {
  const clock = scoped(options.clock);
  const settings = settingsOf(options);
  const regions = options.regions ?? REGIONS;
  const ids = createIds();
  const requests: RequestRecord[] = [];
  const dryRuns: RequestRecord[] = [];
  const users: { kind: UsedKind; find: (id: string) => readonly ResourceUser[] }[] = [];
  const listeners = {
    instance: new Set<(details: CloudEvents['instance']) => void>(),
    request: new Set<(details: CloudEvents['request']) => void>(),
    interface: new Set<(details: CloudEvents['interface']) => void>(),
  } satisfies { [K in keyof CloudEvents]: Set<(details: CloudEvents[K]) => void> };
  const work = new Set<Promise<unknown>>();
  let closed = false;

  const listenersOf = <K extends keyof CloudEvents>(event: K) =>
    listeners[event] as unknown as Set<(details: CloudEvents[K]) => void>;

  async function afterwards(simulatedMs: number, run: () => void): Promise<void> {
    await clock.sleep(simulatedMs);
    if (!closed) run();
  }

  const cloud: Cloud = {
    clock,
    rooms: options.rooms,
    settings,
    regions,
    durations: { ...DURATIONS, ...options.durations },
    ids,
    requests,
    dryRuns,
    faults: createFaults(),
    waits: options.waits ?? createWaits(),
    region: (id) => regions.find((region) => region.id === id),
    newId: (prefix, regionId) =>
      ids.next(prefix, regions.find((region) => region.id === regionId)?.code ?? 'xx0'),
    visibleAt(usualMs) {
      const isUsual = settings.visibleAfterMs <= USUALLY_VISIBLE_AFTER_MS;
      const lateMs = isUsual && usualMs !== undefined ? usualMs : settings.visibleAfterMs;
      return Date.now() + lateMs * clock.scale;
    },
    on(event, listener) {
      listenersOf(event).add(listener);
      return () => listenersOf(event).delete(listener);
    },
    emit(event, details) {
      for (const listener of listenersOf(event)) listener(details);
    },
    registerUsers: (kind, find) => users.push({ kind, find }),
    usersOf: (kind, id) => users.filter((user) => user.kind === kind).flatMap((user) => user.find(id)),
    track(promise) {
      const settled = promise.catch(() => undefined);
      work.add(settled);
      void settled.then(() => work.delete(settled));
      return promise;
    },
    later(simulatedMs, run) {
      void cloud.track(afterwards(simulatedMs, run));
    },
    async settle() {
      while (work.size > 0 && !cloud.isClosed()) await Promise.all(work);
    },
    isClosed: () => closed,
    close() {
      closed = true;
      clock.close();
    },
    record(request) {
      const isDry = isDryRun(request);
      const log = isDry ? dryRuns : requests;
      log.push(request);
      if (log.length > MOST_RECORDS) log.splice(0, MOST_RECORDS / 10);
      if (!isDry) cloud.emit('request', request);
    },
  };
  return cloud;
}

/** A clock over another one, whose own waits alone end with `close`. */
function scoped(clock: Clock): Clock {
  const waiting = new Map<() => void, (() => void) | undefined>();
  let open = true;

  function start(simulatedMs: number, run: () => void, onClose?: () => void): () => void {
    const cancel = () => {
      inner();
      waiting.delete(cancel);
    };
    const inner = clock.after(simulatedMs, () => {
      waiting.delete(cancel);
      run();
    });
    waiting.set(cancel, onClose);
    return cancel;
  }

  return {
    get scale() {
      return clock.scale;
    },
    now: () => clock.now(),
    after: (simulatedMs, run) => (open ? start(simulatedMs, run) : () => undefined),
    sleep(simulatedMs) {
      if (!open) return Promise.resolve();
      return new Promise((resolve) => {
        start(simulatedMs, resolve, resolve);
      });
    },
    close() {
      open = false;
      for (const [cancel, onClose] of waiting) {
        cancel();
        onClose?.();
      }
    },
  };
}
