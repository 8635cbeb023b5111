import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAlibaba } from './alibaba/server.ts';
import type { AlibabaServer } from './alibaba/server.ts';
import type { AlibabaOptions } from './alibaba/options.ts';
import { createNetwork } from './alibaba/ecs/network.ts';
import { makeCertificate } from './certificates.ts';
import type { MadeCertificate } from './certificates.ts';
import { createClock } from './clock.ts';
import { startDataPlane } from './dataplane/start.ts';
import type { DataPlane, PlaneOptions } from './dataplane/plane.ts';
import { createMachineRoom } from './machine/room.ts';
import type { MachineRoomOptions, OpenMachineRoom } from './machine/room.ts';
import { seeded } from './random.ts';
import { startSlack } from './slack/server.ts';
import type { SlackServer } from './slack/server.ts';
import type { SlackOptions } from './slack/types.ts';
import { createWaits } from './waits.ts';
import type { Waits } from './waits.ts';

/** The people and places of the simulated workspace, unless told otherwise. */
export const PEOPLE = {
  requester: 'U0DANA0001',
  approver: 'U0ALEX0001',
  secondApprover: 'U0KIM00001',
  outsider: 'U0SAM00001',
  approvers: 'S0APPROVER',
  channel: 'C0EVENTS01',
} as const;

/** A past for a cloud that people look at: enough for all that a status draws. See `AlibabaOptions.pastMs`. */
export const PAST_MS = 3 * 3_600_000;

/** Worlds whose waits vary are alike. */
const VARY_SEED = 1;

export interface WorldOptions {
  /** Real seconds per simulated second; 0.02 (fifty times faster) unless told. */
  readonly timeScale?: number;
  /** Each wait is longer or shorter by a share of at most this, drawn anew each time; 0 unless told. */
  readonly vary?: number;
  /** Beyond the usual people and places. */
  readonly slack?: SlackOptions;
  readonly alibaba?: Partial<AlibabaOptions>;
  readonly machines?: Partial<MachineRoomOptions>;
  readonly plane?: PlaneOptions;
  /** Names that the configured certificate covers; `*.live.example.com` unless told. */
  readonly names?: readonly string[];
  /** Instead of the certificate made for `names`. */
  readonly certificate?: MadeCertificate;
}

/** The outside world: Alibaba Cloud, its machines and load balancers, and Slack, all on loopback. */
export interface World {
  /** Real seconds per simulated second, now. */
  readonly timeScale: number;
  /** Changes the pace of everything simulated; a product that runs already keeps the one of its environment. */
  setTimeScale(timeScale: number): void;
  readonly alibaba: AlibabaServer;
  readonly machines: OpenMachineRoom;
  readonly plane: DataPlane;
  readonly slack: SlackServer;
  /** When each thing became ready. */
  readonly waits: Waits;
  readonly certificate: MadeCertificate;
  /** Folder with certificate files and the settings; removed at close. */
  readonly folder: string;
  /**
   * Environment of a product that lives in this world. `settings` are lines of YAML that come after the usual ones and
   * replace those of the same name.
   */
  environment(input: {
    redisUrl: string;
    settings?: Readonly<Record<string, unknown>>;
  }): Promise<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the world. Every server takes a free port, so many worlds live side by side. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { timeScale = 0.02, vary = 0 } = options;
  const random = seeded(VARY_SEED);
  const clock = createClock(timeScale, () => 1 + vary * (2 * random() - 1));
  const waits = createWaits();
  const machines = await createMachineRoom({ clock, waits, ...options.machines });
  const alibaba = await startAlibaba({ clock, rooms: machines, waits, ...options.alibaba });
  const plane = await startDataPlane(alibaba.cloud, {
    network: createNetwork(() => alibaba.cloud),
    ...options.plane,
  });
  const slack = await startSlack({ ...workspace(), ...options.slack });
  const certificate =
    options.certificate ?? (await makeCertificate({ names: options.names ?? ['*.live.example.com'] }));
  const folder = await mkdtemp(join(tmpdir(), 'ams-world-'));
  const files = {
    chain: join(folder, 'chain.pem'),
    key: join(folder, 'key.pem'),
    roots: join(folder, 'roots.pem'),
    settings: join(folder, 'ams.yaml'),
  };
  await writeFile(files.chain, certificate.chainPem);
  await writeFile(files.key, certificate.keyPem, { mode: 0o600 });
  await writeFile(files.roots, certificate.caPem);
  return {
    get timeScale() {
      return clock.scale;
    },
    setTimeScale: (timeScale) => clock.setScale(timeScale),
    alibaba,
    machines,
    plane,
    slack,
    waits,
    certificate,
    folder,
    async environment({ redisUrl, settings = {} }) {
      const usual = {
        region: 'eu-central-1',
        domain: '{cluster}.live.example.com',
        certificates: { default: { chain: `file:${files.chain}`, key: `file:${files.key}` } },
        trustedRoots: `file:${files.roots}`,
        ssh: { from: '198.51.100.10/32' },
        mongo: {
          installScript: { url: 'https://mirror.example.com/install_mongodb.sh', sha256: machines.sha256 },
        },
        approval: { approvers: [PEOPLE.approvers], expiresAfterMinutes: 60 },
        prices: { albPerHour: 0.025 },
      };
      // JSON is YAML.
      await writeFile(files.settings, JSON.stringify({ ...usual, ...settings }, undefined, 2));
      return {
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: options.slack?.botToken ?? 'xoxb-0000-sandbox',
        SLACK_APP_TOKEN: options.slack?.appToken ?? 'xapp-1-A0AMSAPP01-sandbox',
        REDIS_URL: redisUrl,
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox-key-id',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-key-secret',
        AMS_ALIBABA_ENDPOINT: alibaba.url,
        AMS_CONNECT_TO: [...machines.connectTo(), ...plane.connectTo()].join(','),
        AMS_SECRET_KEY: 'a-key-for-the-simulated-world-only',
        AMS_TIME_SCALE: String(clock.scale),
        AMS_CONFIG: files.settings,
        LOG_LEVEL: 'info',
      };
    },
    async close() {
      await slack.close();
      await plane.close();
      await alibaba.close();
      await machines.close();
      clock.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The simulated workspace, unless told otherwise. */
export function workspace(): SlackOptions {
  const { requester, approver, secondApprover, outsider, approvers, channel } = PEOPLE;
  return {
    users: [
      { id: requester, name: 'dana', realName: 'Dana Diaz' },
      { id: approver, name: 'alex', realName: 'Alex Arden' },
      { id: secondApprover, name: 'kim', realName: 'Kim Klein' },
      { id: outsider, name: 'sam', realName: 'Sam Stone' },
    ],
    userGroups: [{ id: approvers, handle: 'stream-leads', users: [approver, secondApprover] }],
    channels: [{ id: channel, name: 'events', members: [requester, approver, secondApprover, outsider] }],
  };
}
