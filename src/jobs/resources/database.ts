import { CloudError } from '../../cloud/errors.ts';
import { newHostKey } from '../../cloud/ssh.ts';
import { AmsError } from '../../cluster/errors.ts';
import { resourceName } from '../../cluster/names.ts';
import { resource } from '../resource.ts';
import { inStockWords } from '../in-stock.ts';
import { isLoginReady, ownLogin } from '../own-login.ts';
import { patienceMs } from '../patience.ts';
import type { StepContext } from '../resource.ts';
import { databaseUserData } from './database-user-data.ts';
import { listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

export interface SeenDatabase {
  readonly instanceId: string;
  /** `Pending`, `Starting`, `Running`, `Stopping`, `Stopped`. */
  readonly status: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly zoneId: string;
  readonly privateIp: string | undefined;
  readonly publicIp: string | undefined;
  readonly deletionProtected: boolean;
  /** Why the cloud holds it (`financial`, `security`), if it does. */
  readonly locks: readonly string[];
}

/** No type of the list can be had in the zone now. */
class DatabaseSoldOut extends AmsError {
  readonly code = 'sold_out';

  constructor(types: readonly string[], zone: string, stock: string) {
    super(`None of ${types.join(', ')} can be had in ${zone} for the database now.`, {
      hint: `Press Retry later, or roll back and create the cluster with another --mongo-type or in other zones. ${stock}`.trim(),
    });
  }
}

/** Mbit/s: enough to download packages and for SSH. */
const DATABASE_BANDWIDTH_MBPS = 10;
/** An instance that is accepted and then not seen for this long was taken back for want of stock. */
const VANISHED_MS = 120_000;
/** When its deletion was accepted: it is listed until it is gone, and another call would change nothing. */
const DELETE_ASKED_AT = 'deleteAskedAt';
const LISTED_STILL_MS = 60_000;
/** Which type of the list is tried now; kept when one is sold out. */
const TYPE_AT = 'typeAt';
const ACCEPTED_AT = 'acceptedAt';

/** The instance that MongoDB is installed on; its disk goes with it. */
export const database = resource<SeenDatabase>({
  kind: 'database',
  actions: [
    'ecs:RunInstances',
    'ecs:DescribeInstances',
    'ecs:DeleteInstance',
    'ecs:ModifyInstanceAttribute',
    'ecs:DescribeAvailableResource',
    'ecs:TagResources',
  ],
  typicalSeconds: 45,
  goneSeconds: 20,
  deadlineSeconds: 900,
  parts(spec) {
    const { database: wanted } = spec;
    if (wanted.source !== 'instance') return [];
    return [
      {
        id: 'database',
        needs: ['vswitch-1', 'security-group-database', 'key-pair'],
        title: `Database instance ${resourceName(spec.name, 'database')}, ${wanted.instanceTypes[0]}, Ubuntu ${wanted.osRelease}, ${wanted.diskGiB} GiB, in ${spec.zones[0]}`,
      },
    ];
  },
  async observe(look) {
    const tagged = await look.region.ecs.listInstances({ tags: listTags(look) });
    return oldestFirst(tagged).flatMap((one) => {
      const part = partOf(one.tags, look.cluster, 'database');
      if (part !== 'database') return [];
      const seen: SeenDatabase = {
        instanceId: one.instanceId,
        status: one.status,
        instanceType: one.instanceType,
        imageId: one.imageId,
        zoneId: one.zoneId,
        privateIp: one.privateIp,
        publicIp: one.publicIp,
        deletionProtected: one.deletionProtection,
        locks: one.locks,
      };
      return [ours(part, one.instanceId, one.tags, seen)];
    });
  },
  ready({ seen }) {
    const me = `database instance ${seen.instanceId}`;
    if (seen.locks.length > 0) {
      return {
        state: 'broken',
        problem: {
          code: 'instance_locked',
          message: `The ${me} is locked by Alibaba Cloud (${seen.locks.join(', ')}).`,
          hint: 'financial: settle the account; security: see the Security Center. Then press Retry.',
        },
      };
    }
    if (seen.status === 'Stopped' || seen.status === 'Stopping') {
      return {
        state: 'broken',
        problem: {
          code: 'instance_stopped',
          message: `The ${me} is ${seen.status}: somebody stopped it, or the account is overdue.`,
          hint: 'Start it in the ECS console, then press Retry.',
        },
      };
    }
    if (seen.status === 'Running' && seen.privateIp !== undefined) return { state: 'ready' };
    return { state: 'waiting', why: `the ${me} is ${seen.status}`, lookAgainMs: 5_000 };
  },
  diff: () => ({ action: 'none' }),
  prepare: async (ctx) => ctx.spec.keyPair.source === 'existing' || isLoginReady(ctx),
  create,
  async remove(ctx, { seen }) {
    if (seen.deletionProtected) {
      await ctx.region.ecs.setDeletionProtection(seen.instanceId, false);
      return 'unlocked';
    }
    const askedAt = Number(ctx.memory[DELETE_ASKED_AT] ?? 0);
    if (ctx.now() < askedAt + patienceMs(LISTED_STILL_MS, ctx.timeScale, 1_000)) return undefined;
    await ctx.region.ecs.deleteInstance(seen.instanceId);
    return ctx.remember({ [DELETE_ASKED_AT]: ctx.now() });
  },
  output({ seen }) {
    return {
      instanceId: seen.instanceId,
      ...(seen.privateIp === undefined ? {} : { privateIp: seen.privateIp }),
      ...(seen.publicIp === undefined ? {} : { publicIp: seen.publicIp }),
    };
  },
});

async function create(ctx: StepContext): Promise<void> {
  const wanted = ctx.spec.database;
  if (wanted.source !== 'instance') return;
  const before = Number(ctx.memory[ACCEPTED_AT] ?? 0);
  // What was there until somebody pressed Retry was not taken back.
  const acceptedAt = before < ctx.startedAt ? 0 : before;
  if (acceptedAt > 0 && ctx.now() > acceptedAt + patienceMs(VANISHED_MS, ctx.timeScale)) {
    return nextType(ctx, wanted.instanceTypes, 'was accepted and taken back');
  }
  const at = Number(ctx.memory[TYPE_AT] ?? 0);
  const instanceType = wanted.instanceTypes[at];
  const zone = ctx.spec.zones[0] ?? ctx.regionId;
  if (instanceType === undefined) {
    await ctx.remember({ [TYPE_AT]: 0 });
    const { instanceTypes } = wanted;
    const stock = await inStockWords(ctx.region, { zones: [zone], instanceTypes });
    throw new DatabaseSoldOut(instanceTypes, zone, stock);
  }
  const [{ vSwitchId = '' }, { securityGroupId = '' }, { keyPairName = '' }] = await Promise.all([
    ctx.output('vswitch-1'),
    ctx.output('security-group-database'),
    ctx.output('key-pair'),
  ]);
  const [keys, login] = await Promise.all([
    ctx.secrets.getOrMake(ctx.cluster, ['host-key', 'host-public-key'], () => {
      const made = newHostKey();
      return { 'host-key': made.privateKey, 'host-public-key': made.publicKey };
    }),
    ctx.spec.keyPair.source === 'own' ? ownLogin(ctx) : undefined,
  ]);
  const userData = databaseUserData(
    { privateKey: keys['host-key'], publicKey: keys['host-public-key'] },
    login?.publicKey,
  );
  try {
    await ctx.region.ecs.runInstance({
      name: resourceName(ctx.cluster, ctx.part),
      instanceType,
      imageId: wanted.imageId,
      vSwitchId,
      securityGroupId,
      keyPairName,
      loginAsNonRoot: ctx.settings.ssh.user !== 'root',
      diskGiB: wanted.diskGiB,
      bandwidthMbps: DATABASE_BANDWIDTH_MBPS,
      userData: Buffer.from(userData).toString('base64'),
      tags: tagsFor(ctx),
      token: ctx.token,
    });
  } catch (error) {
    if (!(error instanceof CloudError) || error.errorClass !== 'sold-out') throw error;
    return nextType(ctx, wanted.instanceTypes, 'is sold out');
  }
  if (acceptedAt === 0) await ctx.remember({ [ACCEPTED_AT]: ctx.now() });
}

/** Goes on to the next type, under a new token since the parameters change. */
async function nextType(ctx: StepContext, types: readonly string[], why: string): Promise<void> {
  const at = Number(ctx.memory[TYPE_AT] ?? 0);
  const next = types[at + 1];
  const zone = ctx.spec.zones[0] ?? ctx.regionId;
  await ctx.remember({ [TYPE_AT]: at + 1, [ACCEPTED_AT]: 0 });
  await ctx.freshToken();
  if (next !== undefined) {
    ctx.note(`Database: ${types[at] ?? 'the instance type'} ${why} in ${zone}; taking ${next} instead.`);
  }
}
