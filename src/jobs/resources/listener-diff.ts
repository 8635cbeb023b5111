import { LISTENERS } from '../../cluster/names.ts';
import type { Role } from '../../cluster/names.ts';

/** A listener with what it is compared to, all read in the same visit. */
export interface SeenListener {
  readonly listenerId: string;
  readonly loadBalancerId: string;
  readonly port: number;
  readonly protocol: string;
  readonly status: string;
  readonly serverGroupIds: readonly string[];
  /** Default certificates in ALB's form (`123-cn-hangzhou`). */
  readonly certificateIds: readonly string[];
  readonly securityPolicyId: string | undefined;
  readonly idleTimeoutSeconds: number | undefined;
  readonly requestTimeoutSeconds: number | undefined;
  readonly forwardedProto: boolean | undefined;
  readonly forwardedClientPort: boolean | undefined;
  /** Server groups of the cluster. */
  readonly groups: Readonly<Partial<Record<Role, string>>>;
  /** Identifier of the certificate that HTTPS listeners must serve; undefined when it is not known. */
  readonly wantedCertificate: string | undefined;
}

/** WebSockets stay open as long as something passes; 60 s is the API's longest (UpdateListenerAttribute). */
export const IDLE_SECONDS = 60;
export const REQUEST_SECONDS = 60;
/** The default policy still takes TLS 1.0. */
export const TLS_POLICY = 'tls_cipher_policy_1_2';

const STRICT_POLICIES: readonly string[] = [
  TLS_POLICY,
  'tls_cipher_policy_1_2_strict',
  'tls_cipher_policy_1_2_strict_with_1_3',
];
const WEAK_POLICIES: readonly string[] = ['tls_cipher_policy_1_0', 'tls_cipher_policy_1_1'];

/** Whom a port leads to and how; undefined for ports that the cluster does not have. */
export function listenerOf(part: string) {
  return LISTENERS.find((one) => part === `listener-${one.port}`);
}

/** A policy of the account's own (`tls-…`) is somebody's decision and passes. */
export function isStrict(policyId: string | undefined): boolean {
  if (policyId === undefined) return false;
  return STRICT_POLICIES.includes(policyId) || !WEAK_POLICIES.includes(policyId);
}

/** CAS number of an identifier: ids are compared by their leading digits (the suffix names the CAS region). */
export function certificateNumber(identifier: string): string {
  return /^\d+/.exec(identifier)?.[0] ?? identifier;
}

/** What a listener does otherwise than it must, one sentence each. */
export function listenerMistakes(part: string, seen: SeenListener): readonly string[] {
  const wanted = listenerOf(part);
  if (!wanted) return [];
  const me = `listener ${wanted.port}`;
  const words: string[] = [];
  const group = seen.groups[wanted.role];
  if (group !== undefined && !(seen.serverGroupIds.length === 1 && seen.serverGroupIds[0] === group)) {
    words.push(`${me} leads to ${targetWords(seen)}, must lead to the ${wanted.role} group`);
  }
  if (wanted.protocol === 'HTTPS') {
    const { wantedCertificate } = seen;
    if (
      wantedCertificate !== undefined &&
      !seen.certificateIds.some((id) => certificateNumber(id) === certificateNumber(wantedCertificate))
    ) {
      words.push(
        `${me} serves ${seen.certificateIds.length === 0 ? 'no certificate' : `certificate ${seen.certificateIds.join(', ')}`}, must serve ${wantedCertificate}`,
      );
    }
    if (!isStrict(seen.securityPolicyId)) {
      words.push(
        `${me} takes old TLS (${seen.securityPolicyId ?? 'no policy'}), must use ${TLS_POLICY} or stricter`,
      );
    }
  }
  if (seen.idleTimeoutSeconds !== undefined && seen.idleTimeoutSeconds !== IDLE_SECONDS)
    words.push(`${me} closes idle connections after ${seen.idleTimeoutSeconds} s, must be ${IDLE_SECONDS} s`);
  if (seen.requestTimeoutSeconds !== undefined && seen.requestTimeoutSeconds !== REQUEST_SECONDS)
    words.push(`${me} gives up requests after ${seen.requestTimeoutSeconds} s, must be ${REQUEST_SECONDS} s`);
  if (seen.forwardedProto === false) words.push(`${me} does not tell nodes the protocol (X-Forwarded-Proto)`);
  if (seen.forwardedClientPort === true)
    words.push(`${me} adds the client's port to X-Forwarded-For, which the panel does not understand`);
  return words;
}

function targetWords(seen: SeenListener): string {
  if (seen.serverGroupIds.length === 0) return 'no server group';
  const names = seen.serverGroupIds.map((id) => {
    if (id === seen.groups.origin) return 'the origin group';
    if (id === seen.groups.edge) return 'the edge group';
    return `server group ${id}`;
  });
  return names.join(' and ');
}
