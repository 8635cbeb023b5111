/** What CreateListener and UpdateListenerAttribute take, checked. */
import { ApiError } from '../api-error.ts';
import type { Call } from '../call.ts';
import { casOf } from '../cas/lookup.ts';
import type { Cloud } from '../cloud.ts';
import { oneOf, within } from './health-check-config.ts';
import { albOf, serverGroupById } from './lookup.ts';
import { refuseForEdition, refuseUnlessAvailable } from './server-groups.ts';
import { securityPolicy } from './security-policies.ts';
import type { Action, Listener, LoadBalancer, Tag } from './state.ts';
import { targetsOf } from './state.ts';

export interface ListenerInput {
  readonly ListenerId?: string;
  readonly LoadBalancerId: string;
  readonly ListenerProtocol: string;
  readonly ListenerPort: number;
  readonly ListenerDescription?: string;
  readonly DefaultActions?: readonly Action[];
  readonly Certificates?: readonly { readonly CertificateId?: string }[];
  readonly SecurityPolicyId?: string;
  readonly IdleTimeout?: number;
  readonly RequestTimeout?: number;
  readonly Http2Enabled?: boolean;
  readonly GzipEnabled?: boolean;
  readonly CaEnabled?: boolean;
  readonly XForwardedForConfig?: Readonly<Record<string, unknown>>;
  readonly Tag?: readonly Tag[];
}

/** Checks the numbers and names that do not depend on other resources. */
export function checkPlain(input: Partial<ListenerInput>): void {
  if (input.IdleTimeout !== undefined) within('IdleTimeout', input.IdleTimeout, 1, 60);
  if (input.RequestTimeout !== undefined) within('RequestTimeout', input.RequestTimeout, 1, 180);
  const description = input.ListenerDescription;
  if (description !== undefined && !/^[\p{L}\p{N}.,;/@_-]{2,256}$/u.test(description)) {
    throw new ApiError(
      'InvalidParameter',
      400,
      `The value ${description} of ListenerDescription is not valid.`,
    );
  }
  if (input.SecurityPolicyId !== undefined && securityPolicy(input.SecurityPolicyId) === undefined) {
    throw new ApiError(
      'ResourceNotFound.SecurityPolicy',
      404,
      `The specified resource ${input.SecurityPolicyId} is not found.`,
    );
  }
}

/** Checks that every forward action names a fitting server group that is there and ready. */
export function checkActions(
  cloud: Cloud,
  call: Call,
  balancer: LoadBalancer,
  protocol: Listener['protocol'],
  actions: readonly Action[],
): void {
  for (const action of actions) {
    if (action.Type !== 'ForwardGroup') continue;
    const targets = targetsOf(action);
    if (targets.length === 0) {
      throw new ApiError('MissingParameter', 400, 'ForwardGroupConfig.ServerGroupTuples is required.');
    }
    for (const id of targets) {
      const group = serverGroupById(cloud, call, id);
      refuseUnlessAvailable(group);
      if (group.vpcId !== '' && group.vpcId !== balancer.vpcId) {
        throw new ApiError(
          'Mismatch.VpcId',
          400,
          `The VPC of ${id} [${group.vpcId}] is not that of ${balancer.id} [${balancer.vpcId}].`,
        );
      }
      if (group.protocol !== 'HTTP' && protocol === 'HTTP') {
        throw new ApiError(
          'Mismatch.Protocol',
          400,
          `The protocol of ${id} [${group.protocol}] does not fit a listener of protocol ${protocol}.`,
        );
      }
      refuseForEdition(albOf(cloud), balancer.id, group);
    }
  }
}

/** The default actions: exactly one, and it forwards. */
export function checkDefaultActions(actions: readonly Action[] | undefined): readonly Action[] {
  if (actions === undefined || actions.length === 0) {
    throw new ApiError('MissingParameter', 400, 'DefaultActions is required.');
  }
  if (actions.length > 1) {
    throw new ApiError('InvalidParameter', 400, 'A listener takes one default action.');
  }
  for (const action of actions) oneOf('DefaultActions.Type', action.Type, ['ForwardGroup']);
  return actions;
}

/** Checks certificates of a listener and returns their ids. */
export function checkCertificates(
  cloud: Cloud,
  protocol: Listener['protocol'],
  certificates: ListenerInput['Certificates'],
): string[] {
  const ids = (certificates ?? []).flatMap((entry) => entry.CertificateId ?? []);
  if (protocol === 'HTTP') {
    if (ids.length === 0) return [];
    throw new ApiError('InvalidParameter', 400, 'An HTTP listener takes no certificate.');
  }
  if (ids.length === 0) throw new ApiError('MissingParameter', 400, 'Certificates is required for HTTPS.');
  if (ids.length > 1) {
    throw new ApiError(
      'InvalidParameter',
      400,
      'Exactly one certificate is taken here; associate others later.',
    );
  }
  return ids.map((id) => requireCertificate(cloud, id));
}

/** @throws ApiError ResourceNotFound.Certificate when CAS does not hold it under this identifier */
export function requireCertificate(cloud: Cloud, id: string): string {
  if (casOf(cloud).byIdentifier(id) !== undefined) return id;
  throw new ApiError('ResourceNotFound.Certificate', 404, `The specified resource ${id} is not found.`);
}
