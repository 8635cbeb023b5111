import { randomBytes } from 'node:crypto';
import { AmsError } from '../../cluster/errors.ts';
import type { StepContext, VisitResult } from '../resource.ts';
import { task } from '../resource.ts';
import { patienceMs } from '../patience.ts';
import { ResourceBroken } from '../resource-errors.ts';
import { hostMissing, openDatabaseHost } from './database/host.ts';
import type { HostShell } from './database/host.ts';
import { judgeInstallLog } from './database/install-faults.ts';
import {
  aptHolder,
  CREDENTIALS,
  isHalfSetUp,
  isInstalling,
  lockHolder,
  putLogAside,
  readLog,
  startInstall,
} from './database/install.ts';
import { loginOf, mongoUri } from './database/mongo-shell.ts';
import type { MongoLogin } from './database/mongo-shell.ts';
import { prove } from './database/prove.ts';
import type { Proof } from './database/prove.ts';
import { BOOTING, STILL_BOOTING } from './database/first-boot.ts';
import { regainAccess } from './database/regain-access.ts';
import { closeDatabase, resetUser } from './database/repair.ts';
import { recallSecret } from '../recall-secrets.ts';

/** Repairs of the same kind after which a person has to look. */
const MOST_REPAIRS = 3;

/**
 * Installs MongoDB on the database host over SSH and proves that it serves: a login that works from the private
 * address, and none without. Each visit is short; the installation itself runs detached on the host.
 * The login is kept as the full URI under the secret `mongo`.
 */
export const databaseInstall = task({
  kind: 'database-install',
  actions: [
    'ecs:DescribeInstances',
    'ecs:DescribeLaunchTemplates',
    'ecs:DescribeLaunchTemplateVersions',
    'ecs:RunCommand',
    'ecs:DescribeInvocationResults',
  ],
  typicalSeconds: 150,
  deadlineSeconds: 1_500,
  parts(spec) {
    if (spec.database.source !== 'instance') return [];
    return [
      {
        id: 'database-install',
        needs: ['database'],
        title: `MongoDB on ${spec.name}-database, with a login of its own, proven from its private address`,
      },
    ];
  },
  async visit(ctx) {
    const regaining = await regainAccess(ctx);
    if (regaining) return regaining;
    const isYoung = ctx.now() < ctx.startedAt + patienceMs(YOUNG_MS, ctx.timeScale);
    const opened = await openDatabaseHost(ctx, isYoung);
    // Where its address is not on record, the cloud is asked for it.
    const isCheap = isYoung && ctx.recorded('database') !== undefined;
    if ('againMs' in opened) return { ...opened, isCheap };
    try {
      return await visitHost(ctx, opened.shell, opened.privateIp);
    } finally {
      opened.close();
    }
  },
});

/** A new machine answers within so long, unscaled. */
const YOUNG_MS = 120_000;

function lockWords(holder: string): string {
  return `${holder} on the database host holds the lock of apt`;
}

function installing(holder: string | undefined): VisitResult {
  const why = holder === undefined ? 'MongoDB is being installed' : lockWords(holder);
  return { againMs: 5_000, why, phase: 'install', isCheap: true };
}

async function visitHost(ctx: StepContext, shell: HostShell, privateIp: string): Promise<VisitResult> {
  const [boot, isBusy, login] = await Promise.all([
    shell.run('cloud-init status'),
    isInstalling(shell),
    storedLogin(ctx),
  ]);
  if (new RegExp(BOOTING, 'm').test(boot.stdout)) return { ...STILL_BOOTING, isCheap: true };
  const proof = login ? await prove(shell, privateIp, login).catch(hostMissing) : undefined;
  if (login && proof?.state === 'proven') {
    // A login set anew on another machine than the one it was made for.
    const uri = mongoUri(login, privateIp);
    if ((await ctx.secrets.get(ctx.cluster, 'mongo')) !== uri)
      await ctx.secrets.put(ctx.cluster, 'mongo', uri);
    return { done: true };
  }
  if (isBusy) return installing(await aptHolder(shell));
  const taken = await takeCredentials(ctx, shell, privateIp);
  if (taken) return taken;
  const isInstalled = (await shell.run('command -v mongod && command -v mongosh')).code === 0;
  if (!isInstalled) return install(ctx, shell);
  const active = (await shell.run('systemctl is-active mongod')).stdout.trim();
  if (active !== 'active') return startService(ctx, shell, active);
  return repair(ctx, shell, proof);
}

/** Reads what the installer left, keeps it encrypted if it works, and removes the file either way. */
async function takeCredentials(
  ctx: StepContext,
  shell: HostShell,
  privateIp: string,
): Promise<VisitResult | undefined> {
  const file = await shell.run(`cat ${CREDENTIALS}`);
  const user = /^MongoDB username: *(\S+)/m.exec(file.stdout)?.[1];
  const password = /^MongoDB password: *(\S+)/m.exec(file.stdout)?.[1];
  if (file.code !== 0 || user === undefined || password === undefined) return undefined;
  const found: MongoLogin = { user, password };
  const proof = await prove(shell, privateIp, found).catch(hostMissing);
  if (proof?.state === 'down') {
    const log = await readLog(shell);
    if (log && !log.ended) return { againMs: 3_000, why: proof.why, phase: 'login' };
    if ((await shell.run('systemctl is-active mongod')).stdout.trim() === 'active') {
      return stillSilent(ctx, proof.why);
    }
    return undefined;
  }
  if (proof?.state === 'proven' || proof?.state === 'unfinished') {
    await ctx.secrets.put(ctx.cluster, 'mongo', mongoUri(found, privateIp));
  }
  await shell.run(`rm -f ${CREDENTIALS}`);
  if (proof?.state === 'proven') return { done: true };
  return { againMs: 1_000, why: 'the login of the database is being proven', phase: 'proof' };
}

/** Nothing is there yet, or what an earlier attempt left of it. */
async function install(ctx: StepContext, shell: HostShell): Promise<VisitResult> {
  const log = await readLog(shell);
  if (log) {
    const verdict = judgeInstallLog(log.text);
    await putLogAside(shell);
    if (verdict.kind === 'failed' && log.cutOff) {
      const why =
        'the installation of MongoDB was cut off, by a restart of its host perhaps, and begins anew';
      const sentence = 'The installation of MongoDB was cut off again and again on the database host.';
      return countdown(ctx, 'cutOff', MOST_REPAIRS, 1_000, why, sentence);
    }
    if (verdict.kind === 'failed') throw new ResourceBroken(verdict.problem);
    if (verdict.reason === 'dpkg') return finishPackages(ctx, shell, verdict.why);
    return { againMs: 10_000, why: verdict.why };
  }
  await startInstall(shell, ctx.settings.mongo.installScript);
  return installing(undefined);
}

/** Lets dpkg finish what it was cut off in, by a restart of its host perhaps. What that does not cure is for people. */
async function finishPackages(ctx: StepContext, shell: HostShell, why: string): Promise<VisitResult> {
  const holder = await lockHolder(shell);
  if (holder !== undefined) return { againMs: 10_000, why: lockWords(holder) };
  if (Number(ctx.memory['dpkgRepairs'] ?? 0) > 0) {
    throw new ResourceBroken({
      code: 'dpkg_interrupted',
      message: 'dpkg on the database host is interrupted, and dpkg --configure -a did not cure it.',
      hint: 'Run dpkg --configure -a on the host and read what it says, then press Retry.',
    });
  }
  await shell.run('dpkg --configure -a', { timeoutMs: 120_000 });
  await ctx.remember({ dpkgRepairs: 1 });
  ctx.note('dpkg on the database host was interrupted; ran dpkg --configure -a and tried again.');
  return { againMs: 1_000, why };
}

async function startService(ctx: StepContext, shell: HostShell, state: string): Promise<VisitResult> {
  if (await isHalfSetUp(shell)) return finishPackages(ctx, shell, 'MongoDB was unpacked and is being set up');
  const status = await shell.run('systemctl status mongod --no-pager -n 20');
  if (/status=4\/ILL|core-dump|code=dumped/.test(status.stdout)) {
    throw new ResourceBroken({
      code: 'mongod_crash',
      message:
        'mongod crashes at its start on the database host (illegal instruction): its processor lacks AVX.',
      hint: 'Choose a current instance type (mongo.instanceTypes in ams.yaml, such as ecs.g7.large), destroy the cluster and create it again.',
    });
  }
  await shell.run('systemctl enable mongod');
  await shell.run('systemctl restart mongod');
  const why = `mongod was ${state || 'stopped'} and is being started`;
  return countdown(ctx, 'starts', MOST_REPAIRS, 3_000, why, 'mongod does not stay up on the database host.');
}

async function repair(ctx: StepContext, shell: HostShell, proof: Proof | undefined): Promise<VisitResult> {
  if (proof?.state === 'down') {
    return stillSilent(ctx, proof.why);
  }
  if (proof?.state === 'unfinished') {
    await closeDatabase(shell);
    const sentence = `MongoDB was configured again and again, and still ${proof.why}.`;
    return countdown(ctx, proof.what, MOST_REPAIRS, 3_000, `${proof.why}; that is being corrected`, sentence);
  }
  if ((await storedLogin(ctx)) === undefined && (await recallSecret(ctx, 'mongo')) !== undefined)
    return {
      againMs: 1_000,
      why: 'the login of the database was found in a launch template',
      phase: 'proof',
    };
  // Nobody knows a working login: the file was lost at a reboot, or ruined by a second run of the installer.
  const login = (await storedLogin(ctx)) ?? (await makeLogin(ctx));
  await resetUser(shell, login);
  const sentence = 'The login of the database was set anew and is still refused.';
  return countdown(
    ctx,
    'resets',
    2 * MOST_REPAIRS,
    3_000,
    'the login of the database is being set anew',
    sentence,
  );
}

/** A mongod that was just started opens its port within a second or two; it has a minute. */
function stillSilent(ctx: StepContext, why: string): Promise<VisitResult> {
  const pauseMs = Math.min(500 * 1.4 ** Number(ctx.memory['silent'] ?? 0), 3_000);
  return countdown(ctx, 'silent', 24, pauseMs, why, 'mongod runs and does not answer on port 27017.');
}

/** Looks again, but not for ever: the same repair too often is a failure with a name. */
async function countdown(
  ctx: StepContext,
  what: string,
  most: number,
  againMs: number,
  why: string,
  sentence: string,
): Promise<VisitResult> {
  const tries = Number(ctx.memory[what] ?? 0) + 1;
  if (tries > most) {
    await ctx.remember({ [what]: 0 });
    throw new ResourceBroken({
      code: 'database_broken',
      message: sentence,
      hint: 'Look at systemctl status mongod, /etc/mongod.conf and /var/log/mongodb/mongod.log on the database host, then press Retry.',
    });
  }
  await ctx.remember({ [what]: tries });
  return { againMs, why };
}

async function storedLogin(ctx: StepContext): Promise<MongoLogin | undefined> {
  const uri = await ctx.secrets.get(ctx.cluster, 'mongo');
  return uri === undefined ? undefined : loginOf(uri);
}

/** A login of our own, stored before it is used. */
async function makeLogin(ctx: StepContext): Promise<MongoLogin> {
  const { privateIp } = await ctx.output('database');
  if (privateIp === undefined) throw new NoPrivateAddress(ctx.cluster);
  const { mongo } = await ctx.secrets.getOrMake(ctx.cluster, ['mongo'], () => ({
    mongo: mongoUri(
      { user: randomBytes(6).toString('hex'), password: randomBytes(18).toString('hex') },
      privateIp,
    ),
  }));
  const login = loginOf(mongo);
  if (!login) throw new NoPrivateAddress(ctx.cluster);
  return login;
}

class NoPrivateAddress extends AmsError {
  readonly code = 'database_without_address';

  constructor(cluster: string) {
    super(`The database instance of cluster ${cluster} has no private address.`, {
      hint: 'Look at the instance in the ECS console, then press Retry.',
    });
  }
}
