import { openSsh } from '../../../cloud/ssh.ts';
import { loginKey } from '../../../cloud/ssh/login-key.ts';
import { sshBlock } from '../../../cluster/cidr.ts';
import { AmsError } from '../../../cluster/errors.ts';
import { UNKNOWN } from '../../planning/spec-from-cloud.ts';
import { readSecretPlace } from '../../secret-place.ts';
import { databasePlace } from '../../status/cloud-reads.ts';
import type { ListedContext } from '../nodes/listed.ts';
import { ResourceBroken } from '../../resource-errors.ts';
import { MongoshMissing } from './mongo-shell.ts';
import { programOf, watched } from './watched-commands.ts';

/** Commands on the database host, as root. A command that ends with another code than 0 is an answer, not an error. */
export interface HostShell {
  run(
    command: string,
    options?: { readonly stdin?: string; readonly timeoutMs?: number },
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

export type OpenedHost =
  | { readonly shell: HostShell; readonly privateIp: string; close(): void }
  /** Not answering yet: a young machine refuses, resets and rejects keys in turn until cloud-init is done. */
  | { readonly againMs: number; readonly why: string; readonly phase: string };

/**
 * One SSH session to the database host, kept open for a while where steps ask again and again, its host key checked
 * strictly against the one that we put there.
 * @throws ResourceBroken at another host key: nothing is sent to such a machine
 */
export async function openDatabaseHost(
  ctx: ListedContext,
  /** It was made a moment ago and may not answer yet, where it is known to be. */
  isYoung = false,
): Promise<OpenedHost> {
  const recorded = ctx.recorded?.('database');
  if (recorded && sshAddress(ctx, recorded) !== undefined) {
    const opened = await openAt(ctx, recorded);
    if (!('againMs' in opened)) return keptIn(ctx, recorded, opened);
    if (isYoung) return opened;
    // Somebody may have stopped it, and it has another address now.
    const place = await databasePlace(ctx.region, ctx.cluster);
    return !place || sshAddress(ctx, place) === sshAddress(ctx, recorded) ? opened : openAt(ctx, place);
  }
  const hinted = await openHinted(ctx);
  if (hinted) return hinted;
  const place = await databasePlace(ctx.region, ctx.cluster);
  return keptIn(ctx, place, await openAt(ctx, place));
}

/** Where it answered before. Its host key is checked there too, so that nobody else can be meant. */
async function openHinted(ctx: ListedContext): Promise<OpenedHost | undefined> {
  const place = ctx.hints?.get(hintOf(ctx));
  if (place === undefined) return undefined;
  const opened = await openAt(ctx, JSON.parse(place) as Addresses).catch(() => undefined);
  if (opened && !('againMs' in opened)) return opened;
  ctx.hints?.delete(hintOf(ctx));
  return undefined;
}

function keptIn(ctx: ListedContext, place: Addresses | undefined, opened: OpenedHost): OpenedHost {
  const { privateIp, publicIp } = place ?? {};
  if (!('againMs' in opened)) ctx.hints?.set(hintOf(ctx), JSON.stringify({ privateIp, publicIp }));
  return opened;
}

function hintOf({ cluster }: ListedContext): string {
  return `${cluster} database`;
}

interface Addresses {
  readonly publicIp?: string;
  readonly privateIp?: string;
}

async function openAt(ctx: ListedContext, place: Addresses | undefined): Promise<OpenedHost> {
  const { privateIp } = place ?? {};
  const address = sshAddress(ctx, place);
  if (privateIp === undefined || address === undefined) {
    return { againMs: 5_000, why: 'the database instance has no address yet', phase: 'address' };
  }
  const [privateKey, hostKey] = await Promise.all([
    privateKeyOf(ctx),
    ctx.secrets.get(ctx.cluster, 'host-public-key'),
  ]);
  if (privateKey === undefined || hostKey === undefined) throw new SshKeysMissing(ctx.cluster);
  const { user } = ctx.settings.ssh;
  try {
    const { connect, signal } = ctx;
    const place = { host: address, port: 22, user, privateKey, hostKey, connect, signal };
    const session = await watched(
      ctx.onCommand,
      'connect',
      () => ctx.sessions?.open(place) ?? openSsh(place),
    );
    return {
      privateIp,
      close: () => session.close(),
      shell: {
        run: (command, options = {}) =>
          watched(
            ctx.onCommand,
            programOf(command),
            () => session.run(user === 'root' ? command : asRoot(command), options),
            ({ code }) => code,
          ),
      },
    };
  } catch (error) {
    if (error instanceof AmsError && /host_key/.test(error.code)) {
      throw new ResourceBroken({
        code: 'host_key_mismatch',
        message: `The machine at ${address} shows another SSH host key than the database of cluster ${ctx.cluster} was given; nothing was sent to it.`,
        hint: 'Somebody may have replaced the machine or stands in between. Look at the instance in the ECS console; if it was rebuilt on purpose, destroy the cluster and create it again.',
      });
    }
    if (error instanceof AmsError && !error.retryable && /key|auth/.test(error.code) === false) throw error;
    // A young machine refuses too, until cloud-init has put the key there.
    if (error instanceof AmsError && error.code === 'ssh_auth')
      return { againMs: 5_000, why: refusalWords(ctx, address), phase: 'ssh' };
    return {
      againMs: 5_000,
      why: `SSH on the database host does not answer yet (${address}${admittedWords(ctx)})`,
      phase: 'ssh',
    };
  }
}

/** The likeliest reason, when it stays so, is that this worker comes from another address than the firewall lets in. */
function admittedWords({ cluster, settings, spec }: ListedContext): string {
  const { from } = settings.ssh;
  const now = from === undefined ? undefined : sshBlock(from);
  const planned = spec?.database.source === 'instance' ? spec.database.sshFrom : UNKNOWN;
  const admitted = planned === UNKNOWN ? now : planned;
  if (admitted === undefined) return '';
  const words = `, which only ${admitted} may ask`;
  if (now === undefined || now === admitted || now === `${admitted}/32`) return `${words} (ssh.from)`;
  return `${words}; ssh.from in ams.yaml is ${now}, which \`/ams repair ${cluster}\` lets in`;
}

function refusalWords({ settings, spec }: ListedContext, address: string): string {
  const { user } = settings.ssh;
  const pair =
    spec?.keyPair.source === 'existing' ? `key pair ${spec.keyPair.name}` : "the cluster's key pair";
  return `SSH on the database host does not let ${user} in yet (${address}): if it stays so, the private key that I have is not the one of ${pair}`;
}

/** Whether Redis has lost what is needed to log in to the database host and to know it again. */
export async function isAccessLost({
  cluster,
  secrets,
  spec,
}: Pick<ListedContext, 'cluster' | 'secrets' | 'spec'>): Promise<boolean> {
  const names = [
    'host-public-key' as const,
    ...(spec?.keyPair.source === 'existing' ? [] : ['ssh-key' as const]),
  ];
  const known = await Promise.all(names.map((name) => secrets.get(cluster, name)));
  return known.includes(undefined);
}

/** Of an existing key pair ams.yaml says where its private key lies; that of an own one is stored. */
async function privateKeyOf(ctx: ListedContext): Promise<string | undefined> {
  const keyPair = ctx.spec?.keyPair;
  if (keyPair?.source !== 'existing') return ctx.secrets.get(ctx.cluster, 'ssh-key');
  const place = ctx.settings.keyPairs[keyPair.name];
  return place === undefined ? undefined : loginKey(await readSecretPlace(place), `key pair ${keyPair.name}`);
}

/** The address of the settings, unless only the other one is mapped: then somebody wrote down the way in. */
function sshAddress(ctx: ListedContext, place: Addresses | undefined): string | undefined {
  const { publicIp, privateIp } = place ?? {};
  const [wanted, other] =
    ctx.settings.ssh.address === 'public' ? [publicIp, privateIp] : [privateIp, publicIp];
  const isMapped = (address: string | undefined): boolean =>
    address !== undefined && ctx.connect(address, 22).host !== address;
  return !isMapped(wanted) && isMapped(other) ? other : wanted;
}

/** A host without mongosh proves nothing: undefined. Everything else goes on up. */
export function hostMissing(error: unknown): undefined {
  if (error instanceof MongoshMissing) return undefined;
  throw error;
}

class SshKeysMissing extends AmsError {
  readonly code = 'ssh_keys_missing';

  constructor(cluster: string) {
    super(`The SSH keys of cluster ${cluster} are not in the store of secrets.`, {
      hint: `Start the worker with the Redis that the cluster was made with (for an existing key pair: with its entry under keyPairs in ams.yaml); \`/ams repair ${cluster}\` gives an own database host new ones.`,
    });
  }
}

function asRoot(command: string): string {
  return `sudo -n bash -c '${command.replaceAll("'", `'\\''`)}'`;
}
