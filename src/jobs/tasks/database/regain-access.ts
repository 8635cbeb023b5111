import { AmsError } from '../../../cluster/errors.ts';
import { isLoginReady, ownLogin } from '../../own-login.ts';
import type { StepContext, VisitResult } from '../../resource.ts';
import { databasePlace } from '../../status/cloud-reads.ts';
import { askNodes } from '../nodes/ask-nodes.ts';
import { BOOTING, STILL_BOOTING } from './first-boot.ts';
import { isAccessLost } from './host.ts';

/** Looks at a Cloud Assistant that does not answer before that is told: a young machine starts it within a minute. */
const LOOKS = 20;

/** Says that the first boot is not over (`EX_TEMPFAIL` of sysexits.h). */
const TOO_EARLY = 75;
const UNLESS_BOOTING = `if cloud-init status 2>/dev/null | grep -qE '${BOOTING}'; then exit ${TOO_EARLY}; fi`;

const LOGIN_IN_THE_MAKING: VisitResult = { againMs: 1_000, why: 'a new login for it is in the making' };

/** Neither SSH nor Cloud Assistant leads to the database host. */
class AccessLost extends AmsError {
  readonly code = 'ssh_keys_missing';

  constructor(cluster: string, instanceId: string) {
    super(
      `The SSH keys of cluster ${cluster} are not in the store of secrets, and Cloud Assistant on ${instanceId} does not answer to get new ones there.`,
      {
        hint: 'Look at Cloud Assistant of that instance in the ECS console and press Retry; or restore Redis from its backup; or destroy the cluster and create it again.',
      },
    );
  }
}

/**
 * Gets a way to the database host again whose keys were lost with Redis: Cloud Assistant tells the host's own key and,
 * unless the key pair is somebody else's, lets a new login in. The new key is stored before it is used, and what says
 * that access is there is stored last, so that being killed anywhere loses nothing.
 * @returns undefined when there is nothing to get
 * @throws AccessLost
 */
export async function regainAccess(ctx: StepContext): Promise<VisitResult | undefined> {
  if (!(await isAccessLost(ctx))) return undefined;
  const { cluster, secrets } = ctx;
  const place = await databasePlace(ctx.region, cluster);
  if (place === undefined)
    return { againMs: 5_000, why: 'the database instance is not to be seen', phase: 'address' };
  const words: string[] = [UNLESS_BOOTING];
  if (ctx.spec.keyPair.source === 'own') {
    await secrets.drop(cluster, ['host-key', 'host-public-key']);
    if (!(await isLoginReady(ctx))) return LOGIN_IN_THE_MAKING;
    words.push(letIn(ctx.settings.ssh.user, (await ownLogin(ctx)).publicKey));
  }
  const command = [...words, 'cat /etc/ssh/ssh_host_ed25519_key.pub'].join(' && ');
  const asked = await askNodes(
    ctx,
    [{ instanceId: place.instanceId, command }],
    'Cloud Assistant on the database host is asked for its keys',
  );
  if (!('answers' in asked)) return asked;
  const [answer] = asked.answers;
  if (answer?.exitCode === TOO_EARLY) return STILL_BOOTING;
  const hostKey = /^ssh-ed25519 [A-Za-z0-9+/=]+/m.exec(answer?.output ?? '')?.[0];
  if (answer?.exitCode !== 0 || hostKey === undefined) {
    const looks = Number(ctx.memory['assistantLooks'] ?? 0) + 1;
    await ctx.remember({ assistantLooks: looks >= LOOKS ? 0 : looks });
    if (looks >= LOOKS) throw new AccessLost(cluster, place.instanceId);
    return { againMs: 5_000, why: 'Cloud Assistant on the database host does not answer yet' };
  }
  await secrets.put(cluster, 'host-public-key', hostKey);
  ctx.note('The SSH keys of the database host were lost with Redis; Cloud Assistant gave it new ones.');
  return undefined;
}

/** Adds a public key to those that may log in, once. */
function letIn(user: string, publicKey: string): string {
  const folder = `${user === 'root' ? '/root' : `/home/${user}`}/.ssh`;
  const file = `${folder}/authorized_keys`;
  return [
    'umask 077',
    `mkdir -p ${folder}`,
    `touch ${file}`,
    `{ grep -qxF '${publicKey}' ${file} || echo '${publicKey}' >>${file}; }`,
    ...(user === 'root' ? [] : [`chown -R ${user}: ${folder}`]),
  ].join(' && ');
}
