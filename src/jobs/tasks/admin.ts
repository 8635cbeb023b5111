import { randomBytes } from 'node:crypto';
import { AmsError } from '../../cluster/errors.ts';
import { mongoHostsIn, mongoUriOf } from '../mongo-uri.ts';
import type { StepContext, VisitResult } from '../resource.ts';
import { recallSecret } from '../recall-secrets.ts';
import { task } from '../resource.ts';
import { atDoor } from './flight/door.ts';
import type { Door } from './flight/door.ts';
import { isOwned, newPassword, panelPassword } from './flight/panel.ts';

/** The panel belongs to an account that we do not know. */
class PanelOwnedByOthers extends AmsError {
  readonly code = 'panel_owned';

  constructor({ domain, database }: StepContext['spec'], email: string) {
    super(`The panel of ${domain} has an administrator already, and it is not ours (${email}).`, {
      hint:
        database.source === 'uri'
          ? 'Its database keeps the users of a cluster that used it before: if nobody needs them any more, delete them there (collection user of serverdb) and press Retry; else roll this back and create the cluster with another --mongo-uri.'
          : 'If it is one of yours, log in with it and go on without this step; if not, somebody was faster: destroy the cluster and its database and create it again.',
    });
  }
}

/**
 * Makes the first administrator of the panel: until there is one, whoever comes first owns the cluster (AMS
 * `POST /rest/v2/users/initial` asks for no login). The password is generated and stored before it is used, so that
 * an answer lost on the way costs nothing; should Redis lose it, the same one is made again. It reaches the requester in
 * private, once.
 */
export const admin = task({
  kind: 'admin',
  actions: ['ecs:DescribeLaunchTemplates', 'ecs:DescribeLaunchTemplateVersions'],
  typicalSeconds: 5,
  deadlineSeconds: 600,
  parts(spec) {
    return [
      {
        id: 'admin',
        needs: ['nodes-origin', 'listener-443', 'load-balancer'],
        title: `First administrator of the panel of ${spec.domain}, with a generated password`,
      },
    ];
  },
  visit,
});

/**
 * What the password is made of: our key, and the cluster's own secret of the panel, which the nodes keep. A database of
 * others keeps the account when the cluster goes: there it is made of the database's hosts, so that the next cluster of
 * that name knows it again.
 */
async function bytesFor(ctx: StepContext): Promise<(size: number) => Buffer> {
  const own =
    ctx.spec.database.source === 'uri'
      ? mongoHostsIn(await mongoUriOf(ctx))
      : ((await ctx.secrets.get(ctx.cluster, 'jwt')) ?? (await recallSecret(ctx, 'jwt')));
  if (own === undefined) return randomBytes;
  let count = 0;
  return (size) => ctx.secrets.derive(ctx.cluster, 'admin', `${own} ${(count += 1)}`, size);
}

async function visit(ctx: StepContext): Promise<VisitResult> {
  const { dnsName } = await ctx.output('load-balancer');
  const { admin: password } = await ctx.secrets.getOrMake(ctx.cluster, ['admin'], async () => ({
    admin: newPassword(await bytesFor(ctx)),
  }));
  const place = { ...ctx, domain: ctx.spec.domain, dnsName: dnsName ?? '' };
  return atDoor(place, (door) => makeOwner(ctx, door, password ?? ''));
}

async function makeOwner(ctx: StepContext, door: Door, password: string): Promise<VisitResult> {
  const { email } = ctx.settings.admin;
  const owned = await isOwned(door);
  if (typeof owned === 'string') return { againMs: 3_000, why: owned };
  if (!owned) {
    const reply = await door.request(443, 'POST', '/rest/v2/users/initial', {
      email,
      password: panelPassword(password),
      firstName: ctx.settings.admin.firstName,
      lastName: ctx.settings.admin.lastName,
    });
    if (!reply.reached) return { againMs: 3_000, why: reply.why };
    // The panel says so itself when somebody was faster; then the next visit looks who that was.
    if (reply.status >= 400 || !/"success"\s*:\s*true/.test(reply.body))
      return { againMs: 1_000, why: `the panel answers ${reply.status}` };
  }
  if (ctx.memory['proven'] !== 1) {
    const login = await door.request(443, 'POST', '/rest/v2/users/authenticate', {
      email,
      password: panelPassword(password),
    });
    if (!login.reached) return { againMs: 3_000, why: login.why };
    if (login.status !== 200) return { againMs: 3_000, why: `the panel answers ${login.status}` };
    // Even the right password is refused then.
    if (/blocked/i.test(login.body))
      return {
        againMs: 15_000,
        why: `the panel has blocked ${email} for some minutes, after wrong passwords that somebody typed`,
      };
    // Two wrong tries block an account for five minutes: one refusal is enough to know.
    if (!/"success"\s*:\s*true/.test(login.body)) throw new PanelOwnedByOthers(ctx.spec, email);
    await ctx.remember({ proven: 1 });
  }
  ctx.tell({ adminSecret: 'admin', adminEmail: email, panelUrl: `https://${ctx.spec.domain}/` });
  return { done: true, output: { email } };
}
