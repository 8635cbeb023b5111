import { readHealth } from './health.ts';
import type { GroupHealth } from './health.ts';
import type { Line } from '../calling/line.ts';
import { gone, idIn, orNothing } from '../calling/outcome.ts';
import { byToken, inRuns } from '../calling/paging.ts';
import { eachOnce } from '../calling/each-once.ts';
import { fromTagList, toTagList } from '../calling/tags.ts';
import type { Tags } from '../calling/tags.ts';

export interface Listener {
  readonly listenerId: string;
  readonly loadBalancerId: string;
  readonly port: number;
  /** `HTTP`, `HTTPS`, `QUIC`. */
  readonly protocol: string;
  /** `Provisioning`, `Running`, `Configuring`, `Stopped`. */
  readonly status: string;
  readonly serverGroupIds: readonly string[];
  readonly securityPolicyId: string | undefined;
  readonly idleTimeoutSeconds: number | undefined;
  readonly requestTimeoutSeconds: number | undefined;
  /** Whether X-Forwarded-Proto is sent. */
  readonly forwardedProto: boolean | undefined;
  /** Whether X-Forwarded-Client-srcport is sent. */
  readonly forwardedClientPort: boolean | undefined;
  readonly tags: Tags;
}

/** One listener with its default certificate, which lists do not show. */
export interface ListenerDetail extends Listener {
  /** In ALB's form, `123-cn-hangzhou`. */
  readonly certificateIds: readonly string[];
}

/** The parts of a listener that may change. */
export interface ListenerWish {
  readonly serverGroupId?: string | undefined;
  /** CAS identifier with its region. Replaces the default certificate. */
  readonly certificateId?: string | undefined;
  /** `tls_cipher_policy_1_2` or stricter; the API's default takes TLS 1.0. */
  readonly securityPolicyId?: string | undefined;
  /** 1 to 60. */
  readonly idleTimeoutSeconds?: number | undefined;
  /** 1 to 180. */
  readonly requestTimeoutSeconds?: number | undefined;
  readonly forwardedProto?: boolean | undefined;
  readonly forwardedClientPort?: boolean | undefined;
  readonly description?: string | undefined;
}

export interface Listeners {
  /** Those of a load balancer that is gone are none. (ListListeners) */
  listListeners(input: {
    readonly loadBalancerIds?: readonly string[] | undefined;
    readonly ids?: readonly string[] | undefined;
    readonly tags?: Tags | undefined;
  }): Promise<readonly Listener[]>;
  /** One with its certificate, or nothing (GetListenerAttribute). */
  listener(listenerId: string): Promise<ListenerDetail | undefined>;
  /** `Provisioning` at first; `exists` when the port is taken. (CreateListener) */
  createListener(
    input: ListenerWish & {
      readonly loadBalancerId: string;
      readonly protocol: 'HTTP' | 'HTTPS';
      readonly port: number;
      readonly serverGroupId: string;
      readonly tags: Tags;
      readonly token: string;
    },
  ): Promise<{ readonly listenerId: string; readonly jobId: string | undefined }>;
  /** @returns the job's id (UpdateListenerAttribute) */
  updateListener(
    input: ListenerWish & { readonly listenerId: string; readonly token?: string | undefined },
  ): Promise<string | undefined>;
  /** Gone already is success (DeleteListener). */
  deleteListener(listenerId: string, token?: string): Promise<void>;
  /** For each server group of a listener, the servers that are not healthy (GetListenerHealthStatus). */
  listenerHealth(listenerId: string): Promise<readonly GroupHealth[]>;
}

export function createListeners(line: Line<'alb'>): Listeners {
  return {
    async listListeners({ loadBalancerIds, ids, tags }) {
      const runs = ids === undefined ? [undefined] : inRuns(ids, 20);
      const pages = await Promise.all(
        runs.map((run) =>
          byToken(async (nextToken) => {
            const answer = await orNothing(
              line.call('ListListeners', {
                loadBalancerIds: loadBalancerIds && [...loadBalancerIds],
                listenerIds: run && [...run],
                tag: toTagList(tags),
                maxResults: 100,
                nextToken,
              }),
            );
            return { items: answer?.listeners ?? [], nextToken: answer?.nextToken };
          }),
        ),
      );
      return pages.flat().map(toListenerOnce);
    },
    async listener(listenerId) {
      const one = await orNothing(line.call('GetListenerAttribute', { listenerId }));
      if (!one?.listenerId) return undefined;
      const certificateIds = (one.certificates ?? []).flatMap((each) =>
        each.certificateId ? [each.certificateId] : [],
      );
      return { ...toListener(one), certificateIds };
    },
    async createListener(input) {
      const answer = await line.call('CreateListener', {
        loadBalancerId: input.loadBalancerId,
        listenerProtocol: input.protocol,
        listenerPort: input.port,
        ...fieldsOf(input),
        tag: toTagList(input.tags),
        clientToken: input.token,
      });
      return { listenerId: idIn(answer.listenerId, 'alb', 'CreateListener'), jobId: answer.jobId };
    },
    async updateListener(input) {
      const answer = await line.call('UpdateListenerAttribute', {
        listenerId: input.listenerId,
        ...fieldsOf(input),
        clientToken: input.token,
      });
      return answer.jobId;
    },
    deleteListener: (listenerId, token) =>
      gone(line.call('DeleteListener', { listenerId, clientToken: token })),
    listenerHealth: (listenerId) => readHealth(line, listenerId),
  };
}

interface AnyListener {
  readonly listenerId?: string | undefined;
  readonly loadBalancerId?: string | undefined;
  readonly listenerPort?: number | undefined;
  readonly listenerProtocol?: string | undefined;
  readonly listenerStatus?: string | undefined;
  readonly securityPolicyId?: string | undefined;
  readonly idleTimeout?: number | undefined;
  readonly requestTimeout?: number | undefined;
  readonly XForwardedForConfig?:
    | {
        readonly XForwardedForProtoEnabled?: boolean | undefined;
        readonly XForwardedForClientSrcPortEnabled?: boolean | undefined;
      }
    | undefined;
  readonly defaultActions?:
    | readonly {
        readonly forwardGroupConfig?:
          | {
              readonly serverGroupTuples?:
                | readonly { readonly serverGroupId?: string | undefined }[]
                | undefined;
            }
          | undefined;
      }[]
    | undefined;
  readonly tags?:
    | readonly { readonly key?: string | undefined; readonly value?: string | undefined }[]
    | undefined;
}

const toListenerOnce = eachOnce(toListener);

function toListener(one: AnyListener): Listener {
  return {
    listenerId: one.listenerId ?? '',
    loadBalancerId: one.loadBalancerId ?? '',
    port: one.listenerPort ?? 0,
    protocol: one.listenerProtocol ?? '',
    status: one.listenerStatus ?? '',
    serverGroupIds: (one.defaultActions ?? [])
      .flatMap((action) => action.forwardGroupConfig?.serverGroupTuples ?? [])
      .flatMap((tuple) => (tuple.serverGroupId ? [tuple.serverGroupId] : [])),
    securityPolicyId: one.securityPolicyId === '' ? undefined : one.securityPolicyId,
    idleTimeoutSeconds: one.idleTimeout,
    requestTimeoutSeconds: one.requestTimeout,
    forwardedProto: one.XForwardedForConfig?.XForwardedForProtoEnabled,
    forwardedClientPort: one.XForwardedForConfig?.XForwardedForClientSrcPortEnabled,
    tags: fromTagList(one.tags),
  };
}

function fieldsOf(input: ListenerWish) {
  const forwards = input.forwardedProto !== undefined || input.forwardedClientPort !== undefined;
  return {
    defaultActions:
      input.serverGroupId === undefined
        ? undefined
        : [
            {
              type: 'ForwardGroup',
              forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: input.serverGroupId }] },
            },
          ],
    certificates: input.certificateId === undefined ? undefined : [{ certificateId: input.certificateId }],
    securityPolicyId: input.securityPolicyId,
    idleTimeout: input.idleTimeoutSeconds,
    requestTimeout: input.requestTimeoutSeconds,
    listenerDescription: input.description,
    XForwardedForConfig: forwards
      ? {
          XForwardedForEnabled: true,
          XForwardedForProtoEnabled: input.forwardedProto,
          XForwardedForClientSrcPortEnabled: input.forwardedClientPort,
        }
      : undefined,
  };
}
