import type { Problem } from '../../../cluster/errors.ts';
import { recallSecret } from '../../recall-secrets.ts';
import type { Output } from '../../resource.ts';
import { databasePlace } from '../../status/cloud-reads.ts';
import type { DatabasePlace } from '../../status/cloud-reads.ts';
import type { ListedContext } from '../nodes/listed.ts';
import { hostMissing, isAccessLost, openDatabaseHost } from './host.ts';
import { loginOf } from './mongo-shell.ts';
import { prove } from './prove.ts';
import type { Proof } from './prove.ts';

/**
 * What is wrong with a cluster's own database, with its fix: its machine as the cloud sees it, else its service as is
 * seen from there, which takes an SSH session. Never throws.
 * @param known the machine, where it was read already
 * @returns undefined where nothing is wrong, the database is somebody else's, or it cannot be told from here
 */
export async function databaseTrouble(
  ctx: ListedContext,
  known?: DatabasePlace,
): Promise<Problem | undefined> {
  if (ctx.spec?.database.source === 'uri') return undefined;
  try {
    const place = known ?? (await databasePlace(ctx.region, ctx.cluster));
    if (!place) return ctx.spec && missing(ctx.cluster);
    if (/^Stopp(?:ed|ing)$/.test(place.state)) return stopped(place);
    if (place.state !== 'Running') return undefined;
    const proof = await proofOf(ctx, place);
    return proof === undefined || proof.state === 'proven' ? undefined : broken(ctx.cluster, proof);
  } catch {
    return undefined;
  }
}

/** Undefined when nobody gets in. */
async function proofOf(ctx: ListedContext, place: DatabasePlace): Promise<Proof | undefined> {
  if (await isAccessLost(ctx)) return undefined;
  const uri = (await ctx.secrets.get(ctx.cluster, 'mongo')) ?? (await recallSecret(ctx, 'mongo'));
  const login = uri === undefined ? undefined : loginOf(uri);
  if (!login) return undefined;
  const { privateIp, publicIp } = place;
  const addresses: Output = {
    ...(privateIp === undefined ? {} : { privateIp }),
    ...(publicIp === undefined ? {} : { publicIp }),
  };
  // Where it is was read just now: nobody else needs to be asked for it.
  const opened = await openDatabaseHost({ ...ctx, recorded: () => addresses }, true);
  if ('againMs' in opened) return undefined;
  try {
    return await prove(opened.shell, opened.privateIp, login).catch(hostMissing);
  } finally {
    opened.close();
  }
}

function missing(cluster: string): Problem {
  return {
    code: 'missing_part',
    message: `The database instance of cluster ${cluster} is missing.`,
    hint: `\`/ams repair ${cluster}\` plans a new one.`,
  };
}

function stopped({ instanceId, state }: DatabasePlace): Problem {
  return {
    code: 'instance_stopped',
    message: `The database instance ${instanceId} is ${state}: somebody stopped it, or the account is overdue.`,
    hint: 'Start it in the ECS console.',
  };
}

function broken(cluster: string, proof: Exclude<Proof, { readonly state: 'proven' }>): Problem {
  return {
    code: 'database_broken',
    message: `MongoDB of cluster ${cluster} ${wordsOf(proof)}.`,
    hint: `\`/ams repair ${cluster}\` sets that right.`,
  };
}

function wordsOf(proof: Exclude<Proof, { readonly state: 'proven' }>): string {
  if (proof.state === 'wrong-login') return 'refuses the login that its nodes were given';
  // Which word its machine has for that changes by the moment.
  if (proof.state === 'down') return 'does not serve on its machine';
  switch (proof.what) {
    case 'binding':
      return 'listens on the loopback address only, so that no node reaches it';
    case 'authorization':
      return 'lets everybody in who reaches its port: it asks for no login';
    case 'service':
      return 'would not start after a reboot of its machine';
  }
}
