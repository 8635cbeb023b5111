import { ApiError } from '../api-error.ts';
import { endDryRun, type Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { tagsAsked } from '../tags.ts';
import { oneOf, within } from './health-check-config.ts';
import { startJob } from './jobs.ts';
import {
  checkActions,
  checkCertificates,
  checkDefaultActions,
  checkPlain,
  type ListenerInput,
} from './listener-input.ts';
import {
  albOf,
  among,
  balancerById,
  freeBalancer,
  hasTags,
  listenerById,
  type Page,
  pageOf,
} from './lookup.ts';
import type { Listener, Tag } from './state.ts';
import { isInRegion } from './surroundings.ts';
import { newTags } from './tags.ts';
import { listenerDetail, listenerView } from './views.ts';

export function createListener(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as ListenerInput;
  const state = albOf(cloud);
  const balancer = balancerById(cloud, call, input.LoadBalancerId);
  oneOf('ListenerProtocol', input.ListenerProtocol, ['HTTP', 'HTTPS', 'QUIC']);
  within('ListenerPort', input.ListenerPort, 1, 65_535);
  checkPlain(input);
  const protocol = input.ListenerProtocol as Listener['protocol'];
  const actions = checkDefaultActions(input.DefaultActions);

  const taken = state.listeners
    .bearing(balancer.id)
    .some(
      (listener) =>
        listener.port === input.ListenerPort && (listener.protocol === 'QUIC') === (protocol === 'QUIC'),
    );
  if (taken) {
    throw new ApiError(
      'ResourceAlreadyExist.Listener',
      409,
      `A listener on port ${input.ListenerPort} of ${balancer.id} exists already.`,
    );
  }
  if (balancer.status !== 'Active' || balancer.busy !== undefined) {
    throw new ApiError(
      'IncorrectStatus.LoadBalancer',
      400,
      `The status of ${balancer.id} [${balancer.status}] is incorrect.`,
    );
  }
  checkActions(cloud, call, balancer, protocol, actions);

  const listener: Listener = {
    id: cloud.newId('lsn', balancer.regionId),
    regionId: balancer.regionId,
    loadBalancerId: balancer.id,
    port: input.ListenerPort,
    protocol,
    status: 'Provisioning',
    description: input.ListenerDescription ?? '',
    defaultActions: actions,
    certificateIds: checkCertificates(cloud, protocol, input.Certificates),
    securityPolicyId: protocol === 'HTTP' ? '' : (input.SecurityPolicyId ?? 'tls_cipher_policy_1_0'),
    idleTimeout: input.IdleTimeout ?? 15,
    requestTimeout: input.RequestTimeout ?? 60,
    http2: input.Http2Enabled ?? true,
    gzip: input.GzipEnabled ?? true,
    caEnabled: input.CaEnabled ?? false,
    xForwardedFor: { XForwardedForEnabled: true, ...input.XForwardedForConfig },
    tags: newTags(input.Tag),
    visibleAt: cloud.visibleAt(),
  };
  endDryRun(call);
  state.listeners.set(listener.id, listener);
  const JobId = startJob(cloud, state, call, {
    resourceType: 'listener',
    resourceId: listener.id,
    operateType: 'Create',
    takesMs: cloud.durations.listenerCreate,
    balancer,
    done: () => (listener.status = 'Running'),
  });
  return { ListenerId: listener.id, JobId };
}

export function updateListenerAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Partial<ListenerInput> & { readonly ListenerId: string };
  const state = albOf(cloud);
  const listener = listenerById(cloud, call, input.ListenerId);
  const balancer = freeBalancer(cloud, listener);
  checkPlain(input);
  const actions =
    input.DefaultActions === undefined ? listener.defaultActions : checkDefaultActions(input.DefaultActions);
  checkActions(cloud, call, balancer, listener.protocol, input.DefaultActions ?? []);
  const replaced =
    input.Certificates === undefined
      ? undefined
      : checkCertificates(cloud, listener.protocol, input.Certificates)[0];

  endDryRun(call);
  const before = listener.status;
  listener.status = 'Configuring';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'listener',
    resourceId: listener.id,
    operateType: 'Update',
    takesMs: cloud.durations.listenerChange,
    balancer,
    done: () => {
      listener.status = before;
      listener.defaultActions = actions;
      state.listeners.remark(listener.id);
      if (replaced !== undefined) {
        listener.certificateIds = [
          replaced,
          ...listener.certificateIds.slice(1).filter((id) => id !== replaced),
        ];
      }
      listener.description = input.ListenerDescription ?? listener.description;
      listener.securityPolicyId = input.SecurityPolicyId ?? listener.securityPolicyId;
      listener.idleTimeout = input.IdleTimeout ?? listener.idleTimeout;
      listener.requestTimeout = input.RequestTimeout ?? listener.requestTimeout;
      listener.http2 = input.Http2Enabled ?? listener.http2;
      listener.gzip = input.GzipEnabled ?? listener.gzip;
      listener.caEnabled = input.CaEnabled ?? listener.caEnabled;
      listener.xForwardedFor = { ...listener.xForwardedFor, ...input.XForwardedForConfig };
    },
  });
  return { JobId };
}

export function getListenerAttribute(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ListenerId: string };
  return listenerDetail(listenerById(cloud, call, input.ListenerId));
}

export function listListeners(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly LoadBalancerIds?: readonly string[];
    readonly ListenerIds?: readonly string[];
    readonly ListenerProtocol?: string;
    readonly Tag?: readonly Tag[];
  };
  const matching = albOf(cloud)
    .listeners.narrowed(input.LoadBalancerIds, input.ListenerIds, ...tagsAsked(call.params))
    .filter(
      (listener) =>
        isInRegion(cloud, call, listener) &&
        isVisible(listener) &&
        among(input.LoadBalancerIds, listener.loadBalancerId) &&
        among(input.ListenerIds, listener.id) &&
        (input.ListenerProtocol === undefined || input.ListenerProtocol === listener.protocol) &&
        hasTags(listener.tags, input.Tag),
    );
  const { entries, answer } = pageOf(matching, input);
  return { Listeners: entries.map(listenerView), ...answer };
}

export function startListener(call: Call, cloud: Cloud): unknown {
  return switchListener(call, cloud, 'Stopped', 'Running');
}

export function stopListener(call: Call, cloud: Cloud): unknown {
  return switchListener(call, cloud, 'Running', 'Stopped');
}

function switchListener(
  call: Call,
  cloud: Cloud,
  from: Listener['status'],
  to: Listener['status'],
): { readonly JobId: string } {
  const input = call.params as unknown as { readonly ListenerId: string };
  const listener = listenerById(cloud, call, input.ListenerId);
  const balancer = freeBalancer(cloud, listener);
  if (listener.status !== from) {
    throw new ApiError(
      'IncorrectStatus.Listener',
      400,
      `The status of ${listener.id} [${listener.status}] is incorrect.`,
    );
  }
  endDryRun(call);
  listener.status = 'Configuring';
  const JobId = startJob(cloud, albOf(cloud), call, {
    resourceType: 'listener',
    resourceId: listener.id,
    operateType: 'Update',
    takesMs: cloud.durations.listenerChange,
    balancer,
    done: () => (listener.status = to),
  });
  return { JobId };
}

export function deleteListener(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as { readonly ListenerId: string };
  const state = albOf(cloud);
  const listener = listenerById(cloud, call, input.ListenerId);
  const balancer = freeBalancer(cloud, listener);
  endDryRun(call);
  listener.status = 'Deleting';
  const JobId = startJob(cloud, state, call, {
    resourceType: 'listener',
    resourceId: listener.id,
    operateType: 'Delete',
    takesMs: cloud.durations.listenerDelete,
    balancer,
    done: () => {
      state.listeners.delete(listener.id);
      for (const rule of state.rules.bearing(listener.id)) state.rules.delete(rule.id);
    },
  });
  return { JobId };
}
