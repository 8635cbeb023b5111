import { rm } from 'node:fs/promises';

import { AgentSilent } from '../contract.ts';
import type { Guest, GuestSpec } from '../contract.ts';
import { createAms, type Ams } from './ams/service.ts';
import { furnish } from './furniture.ts';
import { CloudInit } from './cloud-init.ts';
import type { Mongod } from './mongo/mongod.ts';
import { answerAtOnce } from './quick.ts';
import { createFakeRoot, type FakeRoot } from './root.ts';
import { createShell, type Shell } from './shell.ts';
import type { ProgramsFolder } from './stub.ts';
import { createSshd, type Sshd } from './ssh/sshd.ts';
import { TaskUnit, type Unit } from './units.ts';
import type { Listener, World } from './world.ts';

/** Locks of the package manager. */
export interface Apt {
  /** Process ids that hold the lists lock and the dpkg lock. */
  listsHolder: { pid: number; program: string } | undefined;
  dpkgHolder: { pid: number; program: string } | undefined;
  readonly installed: Set<string>;
  listsFresh: boolean;
}

/** One simulated Linux machine. */
export class Machine implements Guest {
  readonly spec: GuestSpec;
  readonly world: World;
  readonly root: FakeRoot;
  readonly shell: Shell;
  readonly programs: ProgramsFolder;
  readonly units = new Map<string, Unit>();
  readonly apt: Apt;
  readonly cloudInit: CloudInit;
  readonly sshd: Sshd;
  readonly ams: Ams | undefined;
  mongod: Mongod | undefined;
  powered = false;
  /** Set for good by `stop()`. */
  gone = false;
  private bootedAt = 0;
  private readonly timers = new Set<() => void>();
  private readonly watchers = new Set<() => void>();

  constructor(spec: GuestSpec, world: World, dir: string, programs: ProgramsFolder) {
    this.spec = spec;
    this.world = world;
    this.programs = programs;
    this.root = createFakeRoot(dir);
    if (world.outside === undefined) programs.installInto(dir);
    furnish(this);
    this.shell = createShell(this.root, spec.hostName);
    this.apt = {
      listsHolder: undefined,
      dpkgHolder: undefined,
      installed: new Set(['curl', 'wget', 'gnupg', 'ca-certificates', 'systemd', 'openssl', 'lsb-release']),
      listsFresh: false,
    };
    this.cloudInit = new CloudInit(this);
    this.sshd = createSshd(this);
    for (const [name, description] of [
      ['ssh', 'OpenBSD Secure Shell server'],
      ['cron', 'Regular background program processing daemon'],
      ['systemd-resolved', 'Network Name Resolution'],
      ['unattended-upgrades', 'Unattended Upgrades Shutdown'],
      ['apt-daily', 'Daily apt download activities'],
      ['apt-daily-upgrade', 'Daily apt upgrade and clean activities'],
      ['aliyun', 'Aliyun Assist'],
    ] as const)
      this.units.set(`${name}.service`, new TaskUnit(`${name}.service`, description, true));
    this.ams = spec.imageKind === 'ams' ? createAms(this) : undefined;
    if (this.ams !== undefined) this.units.set('antmedia.service', this.ams.unit);
    this.powerOn(true);
  }

  /** Whether a planted fault hits this machine now. */
  fault(kind: string): boolean {
    return this.world.faults.has(kind, this.spec, this.uptimeMs());
  }

  /** Simulated milliseconds since power on. */
  uptimeMs(): number {
    return (this.world.clock.now().getTime() - this.bootedAt) / this.world.clock.scale;
  }

  /** Runs something after simulated milliseconds, unless the machine loses its power before. */
  later(ms: number, run: () => void): void {
    const cancel = this.world.clock.after(ms, () => {
      this.timers.delete(cancel);
      run();
    });
    this.timers.add(cancel);
  }

  /** Tells the watchers of the machine that something visible changed. */
  changed(): void {
    for (const watcher of this.watchers) watcher();
  }

  /** TCP ports that are open now. */
  listeners(): Listener[] {
    if (!this.powered) return [];
    const open: Listener[] = [];
    if (this.sshd.phase() !== 'down') open.push({ port: 22, addresses: ['0.0.0.0'], program: 'sshd' });
    const addresses = this.mongod?.addresses ?? [];
    if (addresses.length > 0) open.push({ port: 27017, addresses, program: 'mongod' });
    for (const port of this.ams?.openPorts() ?? [])
      open.push({ port, addresses: ['0.0.0.0'], program: 'java' });
    return open;
  }

  httpPort(): number | undefined {
    return this.powered ? this.ams?.httpPort() : undefined;
  }

  onChange(listener: () => void): () => void {
    this.watchers.add(listener);
    return () => this.watchers.delete(listener);
  }

  async run(script: string, timeoutMs: number): Promise<{ exitCode: number; output: string }> {
    if (!this.powered || this.fault('neverBoots')) throw new AgentSilent();
    if (this.world.outside !== undefined) return answerAtOnce(this, script);
    return this.shell.script(script, timeoutMs);
  }

  /** Starts the machine; `first` boots run cloud-init's user data. */
  private powerOn(first: boolean): void {
    this.powered = true;
    this.bootedAt = this.world.clock.now().getTime();
    if (this.fault('neverBoots')) return;
    const { durations, waits } = this.world;
    const { instanceId } = this.spec;
    const dbImage = this.spec.imageKind === 'ubuntu';
    this.later(durations.unitsMs, () => {
      for (const unit of this.units.values()) if (unit.enabled && !unit.masked) void unit.start();
    });
    if (first && dbImage) {
      this.apt.listsHolder = { pid: 1833, program: 'apt-get' };
      this.apt.dpkgHolder = { pid: 2011, program: 'unattended-upgr' };
      const unlocked = waits.begin('first-boot apt', instanceId);
      this.later(durations.firstBootAptMs, () => {
        unlocked();
        this.apt.listsHolder = undefined;
        this.apt.dpkgHolder = undefined;
      });
    }
    const reachable = waits.begin('ssh', instanceId);
    this.later(durations.sshMs + durations.sshResetMs, reachable);
    this.later(durations.sshMs, () => {
      if (first) this.cloudInit.installHostKeys();
      this.sshd.up();
      this.changed();
    });
    if (!first) return;
    const keyed = waits.begin('login key', instanceId);
    this.later(durations.keyMs, () => {
      this.cloudInit.installLoginKeys();
      keyed();
    });
    const initialised = waits.begin('cloud-init', instanceId);
    this.later(
      durations.userDataMs[this.spec.imageKind],
      () => void this.cloudInit.runUserData().finally(initialised),
    );
  }

  /** Power off and on again: processes and sessions end, /tmp is emptied, enabled units start; user data does not run. */
  reboot(): void {
    if (!this.powered || this.gone) return;
    this.powerOff();
    this.root.remove('/tmp');
    this.root.mkdir('/tmp');
    const cancel = this.world.clock.after(this.world.durations.rebootMs, () => {
      this.timers.delete(cancel);
      if (!this.gone) this.powerOn(false);
    });
    this.timers.add(cancel);
  }

  private powerOff(): void {
    this.powered = false;
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    this.sshd.down();
    for (const [name, unit] of this.units) {
      unit.powerOff();
      if (unit.transient) this.units.delete(name);
    }
    if (this.mongod !== undefined) this.mongod.addresses = [];
    this.apt.listsHolder = undefined;
    this.apt.dpkgHolder = undefined;
    this.ams?.powerOff();
    this.shell.killAll();
    this.cloudInit.powerOff();
    this.changed();
  }

  async stop(): Promise<void> {
    if (this.gone) return;
    this.gone = true;
    this.powerOff();
    await this.ams?.close();
    await rm(this.root.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
