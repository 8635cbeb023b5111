import { parse } from 'yaml';
import { gunzipSync } from 'node:zlib';

import type { Machine } from './machine.ts';
import { joinAtOnce } from './quick.ts';
import { newKeyPair } from './ssh/key-pair.ts';

interface CloudConfig {
  readonly ssh_keys?: Readonly<Record<string, string>>;
  readonly ssh_authorized_keys?: readonly string[];
  readonly hostname?: string;
  readonly write_files?: readonly {
    readonly path: string;
    readonly content?: string;
    readonly encoding?: string;
    readonly permissions?: string | number;
    readonly append?: boolean;
  }[];
  readonly packages?: readonly (string | readonly string[])[];
  readonly package_update?: boolean;
  readonly bootcmd?: readonly (string | readonly string[])[];
  readonly runcmd?: readonly (string | readonly string[])[];
}

type Status = 'not run' | 'running' | 'done' | 'error';

const LOG = '/var/log/cloud-init-output.log';
const KEY_FILES: Readonly<Record<string, string>> = { ed25519: 'ed25519', rsa: 'rsa', ecdsa: 'ecdsa' };

/** cloud-init of one machine: host keys, login keys, user data, once in the life of the instance. */
export class CloudInit {
  status: Status = 'not run';
  readonly errors: string[] = [];
  private readonly machine: Machine;
  private readonly scripts: string[] = [];
  private config: CloudConfig = {};
  private readonly waiting = new Set<() => void>();

  constructor(machine: Machine) {
    this.machine = machine;
    try {
      for (const part of parts(machine.spec.userData)) this.take(part);
    } catch (error) {
      this.errors.push(`Failed loading yaml blob: ${String(error)}`);
    }
  }

  private take(part: string): void {
    if (part.startsWith('#cloud-config'))
      this.config = { ...this.config, ...((parse(part) ?? {}) as CloudConfig) };
    else if (part.startsWith('#!')) this.scripts.push(part);
    else if (part.trim() !== '')
      this.errors.push(
        "Unhandled non-multipart (text/x-not-multipart) userdata: starts with neither '#!' nor '#cloud-config'",
      );
  }

  /** Before sshd starts: the keys of user data, else fresh ones. */
  installHostKeys(): void {
    this.status = 'running';
    const { root } = this.machine;
    const given = this.machine.fault('otherHostKey') ? {} : (this.config.ssh_keys ?? {});
    let any = false;
    for (const [kind, file] of Object.entries(KEY_FILES)) {
      const key = given[`${kind}_private`];
      if (key === undefined) continue;
      any = true;
      root.write(`/etc/ssh/ssh_host_${file}_key`, key.endsWith('\n') ? key : `${key}\n`, 0o600);
      const publicKey = given[`${kind}_public`];
      if (publicKey !== undefined) root.write(`/etc/ssh/ssh_host_${file}_key.pub`, `${publicKey.trim()}\n`);
    }
    if (any) return;
    const fresh = newKeyPair();
    root.write('/etc/ssh/ssh_host_ed25519_key', fresh.private, 0o600);
    root.write('/etc/ssh/ssh_host_ed25519_key.pub', `${fresh.public}\n`);
  }

  /** The instance's key pair becomes the login. */
  installLoginKeys(): void {
    const { root, spec } = this.machine;
    const home = spec.loginUser === 'root' ? '/root' : '/home/ecs-user';
    const keys = [...spec.publicKeys, ...(this.config.ssh_authorized_keys ?? [])];
    root.write(`${home}/.ssh/authorized_keys`, keys.map((key) => `${key.trim()}\n`).join(''), 0o600);
  }

  /** Runs user data once; never rejects. */
  async runUserData(): Promise<void> {
    const { machine } = this;
    try {
      this.writeFiles();
      await this.commands(this.config.bootcmd);
      await this.installPackages();
      if (machine.fault('userDataFails')) {
        this.log('/var/lib/cloud/instance/scripts/part-001: line 1: No space left on device');
        this.errors.push(
          "('scripts_user', RuntimeError('Runparts: 1 failures (part-001) in 1 attempted commands'))",
        );
      } else {
        await this.commands(this.config.runcmd);
        if (machine.world.outside !== undefined) await joinAtOnce(machine);
        else for (const [index, script] of this.scripts.entries()) await this.runScript(script, index);
      }
    } catch (error) {
      this.errors.push(String(error));
    }
    if (this.status !== 'running') return;
    this.status = this.errors.length > 0 ? 'error' : 'done';
    this.log(`Cloud-init v. 24.4 finished. Datasource DataSourceAliYun.`);
    machine.root.write(
      '/var/lib/cloud/instance/boot-finished',
      `${machine.world.clock.now().toISOString()}\n`,
    );
    machine.root.write(
      '/run/cloud-init/result.json',
      JSON.stringify({ v1: { datasource: 'DataSourceAliYun', errors: this.errors } }),
    );
    this.wake();
    machine.changed();
  }

  /** Resolves when user data is through (or the machine lost its power). */
  async finished(): Promise<void> {
    while (this.machine.powered && (this.status === 'running' || this.status === 'not run'))
      await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  powerOff(): void {
    if (this.status === 'running') {
      this.status = 'error';
      this.errors.push('interrupted');
    }
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private log(text: string): void {
    if (text !== '' && !this.machine.gone)
      this.machine.root.append(LOG, text.endsWith('\n') ? text : `${text}\n`);
  }

  private writeFiles(): void {
    for (const file of this.config.write_files ?? []) {
      const mode = Number.parseInt(String(file.permissions ?? '0644').replace(/^0o/, ''), 8);
      const content = decoded(file.content ?? '', file.encoding ?? '');
      if (file.append === true) this.machine.root.append(file.path, content.toString('utf8'));
      else this.machine.root.write(file.path, content, mode);
    }
  }

  private async installPackages(): Promise<void> {
    const names = (this.config.packages ?? []).map((entry) => (typeof entry === 'string' ? entry : entry[0]));
    if (names.length === 0 && this.config.package_update !== true) return;
    await this.sh(
      `for try in 1 2 3 4 5 6 7 8 9; do apt-get update && break; sleep 10; done${names.length > 0 ? `; apt-get -o DPkg::Lock::Timeout=600 install -y ${names.join(' ')}` : ''}`,
      'package_update_upgrade_install',
    );
  }

  private async commands(list: readonly (string | readonly string[])[] | undefined): Promise<void> {
    if (list === undefined || list.length === 0) return;
    const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
    const lines = list.map((entry) =>
      typeof entry === 'string' ? entry : entry.map(String).map(quoted).join(' '),
    );
    await this.sh(lines.join('\n'), 'runcmd');
  }

  private async sh(text: string, name: string): Promise<void> {
    await this.runScript(`#!/bin/sh\n${text}\n`, 0, name);
  }

  private async runScript(script: string, index: number, name = `part-00${index + 1}`): Promise<void> {
    const { machine } = this;
    if (this.status !== 'running') return; // the machine lost its power in the middle
    const file = `/var/lib/cloud/instance/scripts/${name}`;
    const [first = '', ...rest] = script.replaceAll('\r\n', '\n').split('\n');
    // the interpreter is always bash here: other interpreters of the host stay out of reach
    const options = /^#!\s*\S*(?:env\s+\S+|sh)\s+(-\S+)/.exec(first)?.[1];
    machine.root.write(file, [first, ...rest].join('\n'), 0o700);
    const keep = (chunk: Buffer): void => {
      if (chunk.length > 0 && !machine.gone) machine.root.append(LOG, chunk.toString('utf8'));
    };
    const running = machine.shell.run({
      args: [...(options === undefined ? [] : [options]), machine.root.real(file)],
      cwd: '/',
      onOut: keep,
      onErr: keep,
    });
    const { code } = await running.ended;
    if (code === 0) return;
    const message = `Runparts: 1 failures (${name}) in 1 attempted commands`;
    this.log(`Failed to run module scripts-user (scripts in /var/lib/cloud/instance/scripts)\n${message}`);
    this.errors.push(`('scripts_user', RuntimeError('${message}'))`);
  }
}

function decoded(content: string, encoding: string): Buffer {
  if (/^(gz|gzip)(\+base64|\+b64)?$/.test(encoding)) return gunzipSync(Buffer.from(content, 'base64'));
  if (encoding === 'b64' || encoding === 'base64') return Buffer.from(content, 'base64');
  return Buffer.from(content, 'utf8');
}

/** Splits multipart MIME user data; anything else is one part. */
function parts(userData: string): string[] {
  const boundary = /^content-type:\s*multipart\/[^\n]*boundary="?([^"\s;]+)"?/im.exec(
    userData.slice(0, 2000),
  )?.[1];
  if (boundary === undefined) return [userData];
  return userData
    .split(`--${boundary}`)
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => {
      const text = part.replace(/^\r?\n/, '').replaceAll('\r\n', '\n');
      const cut = text.indexOf('\n\n');
      const body = text.slice(cut + 2);
      return /content-transfer-encoding:\s*base64/i.test(text.slice(0, cut))
        ? Buffer.from(body, 'base64').toString('utf8')
        : body;
    });
}
