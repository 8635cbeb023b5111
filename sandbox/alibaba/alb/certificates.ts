import { ApiError } from '../api-error.ts';
import { endDryRun, type Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { startJob } from './jobs.ts';
import { requireCertificate } from './listener-input.ts';
import { albOf, among, freeBalancer, listenerById, type Page, pageOf } from './lookup.ts';
import type { Listener } from './state.ts';

interface CertificatesInput {
  readonly ListenerId: string;
  readonly Certificates: readonly { readonly CertificateId?: string }[];
}

const MOST_ADDITIONAL = 25;

export function listListenerCertificates(call: Call, cloud: Cloud): unknown {
  const input = call.params as unknown as Page & {
    readonly ListenerId: string;
    readonly CertificateType?: string;
    readonly CertificateIds?: readonly string[];
  };
  const listener = listenerById(cloud, call, input.ListenerId);
  const rows =
    input.CertificateType === 'Ca'
      ? []
      : listener.certificateIds
          .map((id, index) => ({
            CertificateId: id,
            CertificateType: 'Server',
            IsDefault: index === 0,
            Status: listener.status === 'Provisioning' ? 'Associating' : 'Associated',
          }))
          .filter((row) => among(input.CertificateIds, row.CertificateId));
  const { entries, answer } = pageOf(rows, input);
  return { Certificates: entries, ...answer };
}

export function associateAdditionalCertificates(call: Call, cloud: Cloud): unknown {
  const { listener, ids } = read(call, cloud);
  const balancer = freeBalancer(cloud, listener);
  for (const id of ids) {
    requireCertificate(cloud, id);
    if (listener.certificateIds.includes(id)) {
      throw new ApiError(
        'ResourceAlreadyAssociated.Certificate',
        400,
        `The certificate ${id} is associated with ${listener.id} already.`,
      );
    }
  }
  if (listener.certificateIds.length - 1 + ids.length > MOST_ADDITIONAL) {
    throw new ApiError(
      'QuotaExceeded.AdditionalCertificatesNum',
      400,
      `A listener takes at most ${MOST_ADDITIONAL} additional certificates.`,
    );
  }
  endDryRun(call);
  listener.status = 'Configuring';
  const JobId = startJob(cloud, albOf(cloud), call, {
    resourceType: 'listener',
    resourceId: listener.id,
    operateType: 'Associate',
    takesMs: 5000,
    balancer,
    done: () => {
      listener.status = 'Running';
      listener.certificateIds = [...listener.certificateIds, ...ids];
    },
  });
  return { JobId };
}

export function dissociateAdditionalCertificates(call: Call, cloud: Cloud): unknown {
  const { listener, ids } = read(call, cloud);
  const balancer = freeBalancer(cloud, listener);
  const additional = listener.certificateIds.slice(1);
  for (const id of ids) {
    if (!additional.includes(id)) {
      throw new ApiError(
        'ResourceNotAssociated.Certificate',
        400,
        `The certificate ${id} is not associated with ${listener.id}.`,
      );
    }
  }
  endDryRun(call);
  listener.status = 'Configuring';
  const JobId = startJob(cloud, albOf(cloud), call, {
    resourceType: 'listener',
    resourceId: listener.id,
    operateType: 'Dissociate',
    takesMs: 5000,
    balancer,
    done: () => {
      listener.status = 'Running';
      listener.certificateIds = listener.certificateIds.filter(
        (id, index) => index === 0 || !ids.includes(id),
      );
    },
  });
  return { JobId };
}

function read(call: Call, cloud: Cloud): { readonly listener: Listener; readonly ids: readonly string[] } {
  const input = call.params as unknown as CertificatesInput;
  const listener = listenerById(cloud, call, input.ListenerId);
  if (listener.protocol === 'HTTP') {
    throw new ApiError('OperationDenied.ProtocolNotSupport', 400, 'An HTTP listener takes no certificates.');
  }
  const ids = input.Certificates.flatMap((entry) => entry.CertificateId ?? []);
  if (ids.length === 0) throw new ApiError('MissingParameter', 400, 'Certificates is required.');
  return { listener, ids };
}
