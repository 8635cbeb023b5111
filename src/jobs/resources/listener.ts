import { LISTENERS, ROLES } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';
import { notReady, resource } from '../resource.ts';
import type { Found, Observing, StepContext } from '../resource.ts';
import {
  IDLE_SECONDS,
  REQUEST_SECONDS,
  TLS_POLICY,
  isStrict,
  listenerMistakes,
  listenerOf,
} from './listener-diff.ts';
import type { SeenListener } from './listener-diff.ts';
import { observeCertificates, wantedCertificateOf } from './certificate.ts';
import { listTags, oldestFirst, ours, partOf, tagsFor } from './tagged.ts';

/**
 * The four public ports. One ALB takes changes of one listener at a time, so each needs the one before. A listener
 * belongs to the cluster because its load balancer does: unique by port, so that tags are not needed to know it.
 */
export const listener = resource<SeenListener>({
  kind: 'listener',
  actions: [
    'alb:CreateListener',
    'alb:ListListeners',
    'alb:GetListenerAttribute',
    'alb:UpdateListenerAttribute',
    'alb:DeleteListener',
    'alb:ListLoadBalancers',
    'alb:ListServerGroups',
    'alb:TagResources',
  ],
  typicalSeconds: 10,
  goneSeconds: 5,
  deadlineSeconds: 600,
  oneByOne: true,
  liesIn: 'load-balancer',
  holds: ['server-group', 'certificate'],
  parts() {
    return LISTENERS.map((one, index) => {
      const before = LISTENERS[index - 1];
      return {
        id: `listener-${one.port}`,
        needs: [
          'load-balancer',
          `server-group-${one.role}`,
          ...(one.protocol === 'HTTPS' ? ['certificate'] : []),
          ...(before ? [`listener-${before.port}`] : []),
        ],
        title: `Listener ${one.protocol} ${one.port} to the ${one.role} group`,
      };
    });
  },
  observe,
  ready({ seen }) {
    const me = `listener ${seen.port}`;
    if (seen.status === 'Running') return { state: 'ready' };
    if (seen.status === 'Stopped') {
      return {
        state: 'broken',
        remake: true,
        problem: {
          code: 'listener_stopped',
          message: `The ${me} of ${seen.loadBalancerId} is Stopped: somebody stopped it.`,
          hint: 'Start it in the ALB console, then press Retry.',
        },
      };
    }
    return notReady(me, seen.status, 5_000);
  },
  diff(_spec, part, seen) {
    const wanted = listenerOf(part);
    if (wanted && seen.protocol !== wanted.protocol) {
      return {
        action: 'replace',
        changes: [`listener ${wanted.port} speaks ${seen.protocol}, must speak ${wanted.protocol}`],
      };
    }
    const changes = listenerMistakes(part, seen);
    return changes.length === 0 ? { action: 'none' } : { action: 'update', changes };
  },
  async create(ctx) {
    const wanted = listenerOf(ctx.part);
    if (!wanted) return;
    const { loadBalancerId = '' } = await ctx.output('load-balancer');
    await ctx.region.alb.createListener({
      loadBalancerId,
      port: wanted.port,
      protocol: wanted.protocol,
      ...(await settingsOf(ctx, wanted.role, wanted.protocol, undefined)),
      tags: tagsFor(ctx),
      token: ctx.token,
    });
  },
  async update(ctx, { part, seen }) {
    const wanted = listenerOf(part);
    if (!wanted) return;
    const settings = await settingsOf(ctx, wanted.role, wanted.protocol, seen.securityPolicyId);
    await ctx.region.alb.updateListener({ listenerId: seen.listenerId, ...settings });
  },
  async remove(ctx, { seen }) {
    if (seen.status === 'Deleting') return;
    await ctx.region.alb.deleteListener(seen.listenerId);
  },
  output({ seen }) {
    return { listenerId: seen.listenerId };
  },
});

async function settingsOf(
  ctx: StepContext,
  role: Role,
  protocol: 'HTTP' | 'HTTPS',
  policy: string | undefined,
) {
  const { serverGroupId = '' } = await ctx.output(`server-group-${role}`);
  const common = {
    serverGroupId,
    idleTimeoutSeconds: IDLE_SECONDS,
    requestTimeoutSeconds: REQUEST_SECONDS,
    forwardedProto: true,
    forwardedClientPort: false,
  };
  if (protocol === 'HTTP') return common;
  const { certIdentifier = '' } = await ctx.output('certificate');
  return {
    ...common,
    certificateId: certIdentifier,
    // A stricter policy that somebody chose stays.
    securityPolicyId: policy !== undefined && isStrict(policy) ? policy : TLS_POLICY,
  };
}

async function observe(look: Observing): Promise<readonly Found<SeenListener>[]> {
  const { alb } = look.region;
  const balancers = await balancersOf(look);
  if (balancers.length === 0) return [];
  // By tag one without it would be missed, which takes the port all the same.
  const listed = look.tags
    ? (await alb.listListeners({})).filter((one) => balancers.includes(one.loadBalancerId))
    : await alb.listListeners({ loadBalancerIds: balancers });
  const isJudged = (one: (typeof listed)[number]): boolean =>
    look.shallow !== true &&
    (look.part === undefined || (look.part === `listener-${one.port}` && one.status === 'Running'));
  const wishes = listed.some(isJudged) && look.isMade !== true ? await wishesOf(look) : NOTHING_WISHED;
  const found = await Promise.all(
    listed.map(async (one) => {
      // Lists show all of a listener but its certificates.
      const isListed = !isJudged(one) || one.protocol !== 'HTTPS' || look.isMade === true;
      const detail = isListed ? { ...one, certificateIds: [] } : await alb.listener(one.listenerId);
      if (!detail) return undefined;
      return ours<SeenListener>(`listener-${detail.port}`, detail.listenerId, detail.tags, {
        listenerId: detail.listenerId,
        loadBalancerId: detail.loadBalancerId,
        port: detail.port,
        protocol: detail.protocol,
        status: detail.status,
        serverGroupIds: detail.serverGroupIds,
        certificateIds: detail.certificateIds,
        securityPolicyId: detail.securityPolicyId,
        idleTimeoutSeconds: detail.idleTimeoutSeconds,
        requestTimeoutSeconds: detail.requestTimeoutSeconds,
        forwardedProto: detail.forwardedProto,
        forwardedClientPort: detail.forwardedClientPort,
        ...wishes,
      });
    }),
  );
  return found.filter((one) => one !== undefined);
}

async function balancersOf(look: Observing): Promise<readonly string[]> {
  const recorded = look.recorded?.('load-balancer')?.['loadBalancerId'];
  if (recorded !== undefined) return [recorded];
  const going = look.shallow === true ? (look.removes?.('load-balancer') ?? []) : [];
  if (going.length > 0) return going;
  const list = async (): Promise<readonly string[]> =>
    oldestFirst(await look.region.alb.listLoadBalancers({ tags: listTags(look) }))
      .filter((one) => partOf(one.tags, look.cluster, 'load-balancer') !== undefined)
      .map((one) => one.loadBalancerId);
  const known = (await look.lasting?.(list)) ?? [];
  return known.length > 0 ? known : list();
}

/** What listeners must name, as the cluster's other parts are now. */
type Wishes = Pick<SeenListener, 'groups' | 'wantedCertificate'>;

const NOTHING_WISHED: Wishes = { groups: {}, wantedCertificate: undefined };

async function wishesOf(look: Observing): Promise<Wishes> {
  const [groups, wantedCertificate] = await Promise.all([groupsOf(look), certificateOf(look)]);
  return { groups, wantedCertificate };
}

async function groupsOf(look: Observing): Promise<Wishes['groups']> {
  const recorded = ROLES.map((role) => look.recorded?.(`server-group-${role}`)?.['serverGroupId']);
  const listed = recorded.includes(undefined)
    ? await look.region.alb.listServerGroups({ tags: listTags(look) })
    : [];
  const ids = ROLES.flatMap((role, index) => {
    const part = `server-group-${role}`;
    const id =
      recorded[index] ??
      listed.find((one) => partOf(one.tags, look.cluster, 'server-group') === part)?.serverGroupId;
    return id === undefined ? [] : [[role, id] as const];
  });
  return Object.fromEntries(ids);
}

async function certificateOf(look: Observing): Promise<string | undefined> {
  if (look.spec === undefined) return undefined;
  const recorded = look.recorded?.('certificate')?.['certIdentifier'];
  if (recorded !== undefined) return recorded;
  const isConfigured = look.spec.certificate.source === 'configured';
  return wantedCertificateOf(look.spec, isConfigured ? await observeCertificates(look) : []);
}
