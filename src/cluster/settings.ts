import { z } from 'zod';
import { sshBlock, vpcCidrMistake } from './cidr.ts';
import { InputError } from './errors.ts';
import { APP_NAME, BANDWIDTH_MBPS, CPU_PERCENT, DISK_GIB, MAX_ASKED_NODES } from './limits.ts';
import { REGION_ID, ZONE_ID, isClusterName, isDomainName } from './names.ts';
import type { Role } from './names.ts';
import type { GroupNumbers, GroupOptions } from './operation.ts';
import { STEP_KINDS } from './step-kinds.ts';

/** Said of whatever stands where a secret's place belongs, never with its value: it may be the secret itself. */
export const SECRET_PLACE = 'must be env:NAME or file:/absolute/path';

const secretPlace = z.string(SECRET_PLACE).regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/, SECRET_PLACE);

const regionId = z.string().regex(REGION_ID, 'must be a region id like eu-central-1');

/** An IPv4 block that a VPC can have. */
const vpcBlock = z.string().superRefine((text, found) => {
  const mistake = sayOf(() => vpcCidrMistake(text));
  if (mistake !== undefined) found.addIssue({ code: 'custom', message: mistake });
});

/** An IPv4 address, or a block that is not half the internet. */
const source = z.string().superRefine((text, found) => {
  const mistake = sayOf(() =>
    sshBlock(text) === undefined
      ? `${text} would open SSH to far too many addresses. Use a block of /16 or smaller.`
      : undefined,
  );
  if (mistake !== undefined)
    found.addIssue({ code: 'custom', message: mistake.replace(`"${text}/32" is`, `"${text}" is`) });
});

/** What is wrong, whether it is returned or thrown. */
function sayOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof InputError) return `${error.message} ${error.hint}`;
    throw error;
  }
}

/** Names of entries that people choose by an option: what passes here can be typed, and nothing else can. */
export const ENTRY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const entryName = z
  .string()
  .regex(ENTRY_NAME, 'must be 1 to 100 of A-Z, a-z, 0-9, ., _ and -, beginning with a letter or a digit');

const instanceType = z.string().regex(/^ecs\.[a-z0-9.-]+$/, 'must look like ecs.c7.xlarge');

const channelId = z.string().regex(/^[CGD][A-Z0-9]{2,}$/, 'must be a Slack channel id (C…)');

const person = z.string().regex(/^[UWS][A-Z0-9]{2,}$/, 'must be a Slack user id (U…) or user group id (S…)');

/** What is left out is not given; what is empty is a mistake. */
const notEmpty = z.string().min(1, 'must have a value or be left out');

/** Entries with names that people choose and ask for: `constructor` is none unless somebody wrote it. */
function byName<Entry extends z.ZodType>(entry: Entry, name: z.ZodString = z.string()) {
  return z
    .record(name, entry)
    .default({})
    .transform((entries) => Object.assign(Object.create(null) as typeof entries, entries));
}

const group = (min: number, desired: number) =>
  z
    .strictObject({
      instanceTypes: z
        .array(instanceType)
        .min(1)
        .max(10)
        .default(['ecs.c7.xlarge', 'ecs.c8i.xlarge', 'ecs.c6.xlarge', 'ecs.g7.xlarge']),
      min: z.int().min(0).max(MAX_ASKED_NODES).default(min),
      max: z.int().min(1).max(MAX_ASKED_NODES).default(10),
      // With no node there would be nothing that the last steps of a create could prove.
      desired: z.int().min(1).max(MAX_ASKED_NODES).default(desired),
      cpuPercent: z
        .number()
        .min(CPU_PERCENT.min)
        .max(CPU_PERCENT.max)
        .multipleOf(0.001, 'must have at most 3 decimals')
        .default(60),
      cooldownSeconds: z.int().min(0).max(86_400).default(300),
    })
    .prefault({});

/**
 * The shape of `ams.yaml`: what a team decides once. Everything has a default except who may approve, so that an
 * empty file is a valid one. Secrets are never written here, only where they lie (`env:NAME` or `file:/path`).
 */
export const Settings = z.strictObject({
  /** Region used when the command names none. */
  region: regionId.default('eu-central-1'),
  /** When given, only these regions may be used. */
  regions: z.array(regionId).default([]),
  /** Zones to prefer, in order; else those with stock. */
  zones: z.array(z.string().regex(ZONE_ID, 'must be a zone id like eu-central-1a')).default([]),
  /** `{cluster}` is replaced, e.g. `{cluster}.live.example.com`. */
  domain: z
    .string()
    .refine(
      (text) => isDomainName(text.replaceAll('{cluster}', 'live')),
      "must be a domain name without https:// and without a path, like '{cluster}.live.example.com'",
    )
    .toLowerCase()
    .optional(),
  apps: z
    .array(z.string().regex(APP_NAME, 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -'))
    .min(1)
    .default(['WebRTCAppEE', 'live', 'LiveApp']),
  /** Name of the certificate used when the command names none. */
  certificate: notEmpty.default('default'),
  certificates: byName(
    z.strictObject({
      /** PEM: the leaf first, then the intermediates. */
      chain: secretPlace,
      /** PEM, without a pass phrase. */
      key: secretPlace,
    }),
    entryName,
  ),
  image: z
    .strictObject({
      id: notEmpty.optional(),
      /** Pattern of the Marketplace image's name. */
      name: notEmpty.default('*Ant*Media*Enterprise*'),
      productCode: notEmpty.optional(),
    })
    .prefault({}),
  network: z
    .strictObject({
      cidr: vpcBlock.default('10.0.0.0/16'),
      /** An existing VPC to use. */
      vpcId: notEmpty.optional(),
    })
    .prefault({}),
  keyPair: notEmpty.optional(),
  /** Private keys of existing key pairs, by name. */
  keyPairs: byName(secretPlace),
  mongo: z
    .strictObject({
      instanceTypes: z
        .array(instanceType)
        .min(1)
        .default(['ecs.g7.large', 'ecs.g6e.large', 'ecs.g8i.large', 'ecs.g6.large']),
      diskGiB: z.int().min(DISK_GIB.min).max(DISK_GIB.max).default(40),
      ubuntu: z.enum(['22.04', '24.04']).default('22.04'),
      /** Existing databases by name; the value says where the URI with its password lies. */
      uris: byName(secretPlace, entryName),
      installScript: z
        .strictObject({
          url: z
            .url('must be an address')
            .default(
              'https://raw.githubusercontent.com/ant-media/Scripts/3b3fd732613f2e234847231ff2b4c0e36d0440f1/install_mongodb.sh',
            ),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
            .default('7aadf16d9016bf854ffd9a2f262b68c40f05c8e59f9d4ee421347e67197263b8'),
        })
        .prefault({}),
    })
    .prefault({}),
  ssh: z
    .strictObject({
      /** Where this bot's connections come from, as the database's security group sees them. */
      from: source.optional(),
      user: z.enum(['root', 'ecs-user']).default('root'),
      /** Which address of the database to connect to. */
      address: z.enum(['public', 'private']).default('public'),
    })
    .prefault({}),
  origin: group(1, 1),
  edge: group(2, 2),
  nodes: z
    .strictObject({
      diskGiB: z.int().min(DISK_GIB.min).max(DISK_GIB.max).default(40),
      bandwidthMbps: z.int().min(BANDWIDTH_MBPS.min).max(BANDWIDTH_MBPS.max).default(100),
      stunServer: notEmpty.optional(),
      licenceKey: secretPlace.optional(),
    })
    .prefault({}),
  dns: z.enum(['print', 'alidns']).default('print'),
  admin: z
    .strictObject({
      email: z.email('must be an e-mail address').default('admin@ams.local'),
      firstName: z.string().default('AMS'),
      lastName: z.string().default('Admin'),
    })
    .prefault({}),
  /** Extra root certificates to trust on the test flight (PEM file), e.g. of a company's own authority. */
  trustedRoots: secretPlace.optional(),
  approval: z
    .strictObject({
      approvers: z.array(person).default([]),
      quorum: z.int().min(1).max(20).default(1),
      selfApproval: z.boolean().default(false),
      expiresAfterMinutes: z.number().min(1).max(10_080).default(60),
      /** How long before that the approvers are reminded; 0: not at all. */
      remindBeforeMinutes: z.number().min(0).max(10_080).default(10),
    })
    .prefault({}),
  notify: z
    .strictObject({
      /** Whether the requester gets a private message when an operation of theirs has ended. */
      requester: z.boolean().default(true),
    })
    .prefault({}),
  access: z
    .strictObject({
      /** Who may use /ams; empty: everybody. */
      requesters: z.array(person).default([]),
      /** Channels where it may be used; empty: everywhere. */
      channels: z.array(channelId).default([]),
    })
    .prefault({}),
  drift: z
    .strictObject({
      /** How often each cluster is compared with what it should be. */
      every: z
        .string()
        .regex(/^(off|never|[1-9]\d{0,3}[mhd])$/, 'must be off, or a time like 15m, 2h or 1d')
        .default('15m'),
    })
    .prefault({}),
  history: z
    .strictObject({
      /** How many days after their end operations are kept; 0: for ever. */
      keepDays: z.int().min(0).max(3650).default(90),
    })
    .prefault({}),
  /** Default cluster of a channel. */
  channels: byName(
    z.string().refine(isClusterName, 'must be the name of a cluster, like live-eu'),
    channelId,
  ),
  site: z.enum(['international', 'china']).default('international'),
  casEndpoint: notEmpty.optional(),
  prices: z
    .strictObject({
      /** Price of an ALB instance an hour in the account's currency; the APIs do not tell it. */
      albPerHour: z.number().min(0).optional(),
    })
    .prefault({}),
  /** Longest time that a step of a kind may take, in minutes, by kind of step. */
  deadlineMinutes: z
    .record(z.string(), z.number().min(1).max(1440))
    .superRefine((given, found) => {
      for (const kind of Object.keys(given).filter((each) => !STEP_KINDS.includes(each)))
        found.addIssue({
          code: 'custom',
          path: [kind],
          message: `no step is of this kind; there are ${STEP_KINDS.join(', ')}`,
        });
    })
    .default({}),
});
export type Settings = z.infer<typeof Settings>;

/** The numbers of a new group: those asked for, as they are, and for what was left out those of the settings. */
export function groupNumbers(settings: Settings, role: Role, asked: GroupOptions = {}): GroupNumbers {
  const { min, max, desired } = settings[role];
  return { min: asked.min ?? min, max: asked.max ?? max, desired: asked.desired ?? desired };
}
