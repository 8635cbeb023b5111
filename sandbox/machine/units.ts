import type { Running, Shell } from './shell.ts';

export type UnitState = 'active' | 'inactive' | 'failed' | 'activating' | 'deactivating';

/** A systemd unit of a machine. */
export interface Unit {
  readonly name: string;
  readonly description: string;
  enabled: boolean;
  masked: boolean;
  readonly state: UnitState;
  /** As `systemctl show -p SubState` prints it. */
  readonly sub: string;
  /** As `systemctl show -p Result` prints it. */
  readonly result: string;
  readonly exitCode: number;
  readonly pid: number;
  readonly transient: boolean;
  /** What its journal holds. */
  readonly journal: string[];
  /** Starts it; rejects never, answers whether the start job succeeded. */
  start(): Promise<boolean>;
  stop(): Promise<void>;
  /** The machine lost its power. */
  powerOff(): void;
}

/** A unit whose life is told by TypeScript. */
export class TaskUnit implements Unit {
  readonly name: string;
  readonly description: string;
  readonly transient: boolean = false;
  readonly journal: string[] = [];
  enabled: boolean;
  masked = false;
  state: UnitState = 'inactive';
  sub = 'dead';
  result = 'success';
  exitCode = 0;
  pid = 0;
  private readonly life: { start(unit: TaskUnit): Promise<boolean>; stop(unit: TaskUnit): Promise<void> };

  constructor(
    name: string,
    description: string,
    enabled: boolean,
    life: { start(unit: TaskUnit): Promise<boolean>; stop(unit: TaskUnit): Promise<void> } = IDLE,
  ) {
    this.name = name;
    this.description = description;
    this.enabled = enabled;
    this.life = life;
  }

  set(state: UnitState, sub: string): void {
    this.state = state;
    this.sub = sub;
    if (state === 'active' && this.pid === 0) this.pid = 600 + Math.floor(Math.random() * 9000);
    if (state !== 'active') this.pid = 0;
  }

  async start(): Promise<boolean> {
    if (this.state === 'active') return true;
    this.result = 'success';
    return this.life.start(this);
  }

  async stop(): Promise<void> {
    if (this.state === 'inactive') return;
    await this.life.stop(this);
  }

  powerOff(): void {
    this.set('inactive', 'dead');
  }
}

const IDLE = {
  async start(unit: TaskUnit): Promise<boolean> {
    unit.set('active', 'running');
    return true;
  },
  async stop(unit: TaskUnit): Promise<void> {
    unit.set('inactive', 'dead');
  },
};

/** A unit that runs a command line for real under the fake root (systemd-run, unit files that scripts wrote). */
export class CommandUnit implements Unit {
  readonly name: string;
  readonly description: string;
  readonly transient: boolean;
  readonly journal: string[] = [];
  enabled = false;
  masked = false;
  state: UnitState = 'inactive';
  sub = 'dead';
  result = 'success';
  exitCode = 0;
  pid = 0;
  /** Resolves when the command ended. */
  ended: Promise<void> = Promise.resolve();
  private readonly shell: Shell;
  private readonly args: readonly string[];
  private readonly options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly oneshot?: boolean;
    readonly remainAfterExit?: boolean;
    readonly onOutput?: (chunk: Buffer) => void;
  };
  private running: Running | undefined;

  constructor(
    name: string,
    description: string,
    transient: boolean,
    shell: Shell,
    args: readonly string[],
    options: CommandUnit['options'] = {},
  ) {
    this.name = name;
    this.description = description;
    this.transient = transient;
    this.shell = shell;
    this.args = args;
    this.options = options;
  }

  async start(): Promise<boolean> {
    if (this.running !== undefined) return true;
    const keep = (chunk: Buffer): void => {
      if (chunk.length > 0) this.journal.push(...chunk.toString('utf8').trimEnd().split('\n'));
      this.options.onOutput?.(chunk);
    };
    const running = this.shell.run({
      args: this.args,
      ...(this.options.cwd === undefined ? {} : { cwd: this.options.cwd }),
      ...(this.options.env === undefined ? {} : { env: this.options.env }),
      onOut: keep,
      onErr: keep,
    });
    this.running = running;
    this.pid = running.child.pid ?? 0;
    this.result = 'success';
    this.state = this.options.oneshot === true ? 'activating' : 'active';
    this.sub = this.options.oneshot === true ? 'start' : 'running';
    this.ended = this.follow(running);
    if (this.options.oneshot !== true) return true;
    await this.ended;
    return this.result === 'success';
  }

  private async follow(running: Running): Promise<void> {
    const { code, signal } = await running.ended;
    this.running = undefined;
    this.pid = 0;
    this.exitCode = code ?? 0;
    if (code !== 0) {
      this.state = 'failed';
      this.sub = 'failed';
      this.result = signal === undefined ? 'exit-code' : 'signal';
      return;
    }
    const stays = this.options.remainAfterExit === true;
    this.state = stays ? 'active' : 'inactive';
    this.sub = stays ? 'exited' : 'dead';
  }

  async stop(): Promise<void> {
    this.running?.kill('SIGTERM');
    await this.ended;
    this.state = 'inactive';
    this.sub = 'dead';
  }

  powerOff(): void {
    this.running?.kill('SIGKILL');
    this.state = 'inactive';
    this.sub = 'dead';
  }
}
