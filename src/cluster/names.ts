import { createHash } from 'node:crypto';
import { InputError } from './errors.ts';

/** Every resource we make carries these tags; they alone say what is ours. */
export const TAG = {
  /** Name of the cluster. */
  cluster: 'ams-cluster',
  /** Which part of the cluster it is, e.g. `vswitch-1`. */
  resource: 'ams-resource',
  /** Constant, so that one paged read finds the resources of all clusters of a region. */
  managed: 'ams-managed',
  /** The operation that made it, so that a roll back removes what that operation made and nothing else. */
  operation: 'ams-operation',
  /** On the load balancer: the domain that the cluster serves, since no other resource holds it. */
  domain: 'ams-domain',
} as const;

export const MANAGED_BY = 'ams-chatops';

export type Role = 'origin' | 'edge';
export const ROLES: readonly Role[] = ['origin', 'edge'];

/** Public ports of a cluster, the group each leads to, and its protocol. */
export const LISTENERS = [
  { port: 80, protocol: 'HTTP', role: 'origin' },
  { port: 443, protocol: 'HTTPS', role: 'origin' },
  { port: 5080, protocol: 'HTTP', role: 'edge' },
  { port: 5443, protocol: 'HTTPS', role: 'edge' },
] as const satisfies readonly { port: number; protocol: 'HTTP' | 'HTTPS'; role: Role }[];

/** The form of a region's id: `eu-central-1`, `cn-hangzhou`. Which there are, only the cloud knows. */
export const REGION_ID = /^[a-z]{2}-[a-z]+(-[a-z0-9]+)*$/;
/** The form of a zone's id: `eu-central-1a`, `cn-hangzhou-h`. */
export const ZONE_ID = /^[a-z]{2}-[a-z0-9-]*[a-z0-9]$/;

const CLUSTER_NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,29}$/;

/**
 * Checks a cluster's name: 2 to 30 of a-z, 0-9 and single hyphens, a letter first. The bounds leave room for
 * `<cluster>-<part>` in the tightest product (key pairs, server groups and scaling groups: 64 characters).
 * @throws InputError naming the value and the rule
 */
export function checkClusterName(name: string): string {
  if (CLUSTER_NAME.test(name)) return name;
  const near = nearName(name);
  throw new InputError(
    `"${printable(name)}" cannot be the name of a cluster.`,
    'Use 2 to 30 of a-z, 0-9 and single hyphens, starting with a letter and not ending with a hyphen, like "live-eu".',
    near !== undefined && CLUSTER_NAME.test(near) ? { replace: name, by: near } : undefined,
  );
}

/** The same without marks, accents and capitals; nothing where letters are left that have no like among a-z. */
function nearName(name: string): string | undefined {
  const letters = withoutUnseen(name).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  if (/(?![a-z0-9])[\p{L}\p{N}]/u.test(letters)) return undefined;
  return letters.replace(/[^a-z0-9]+/g, '-').replace(/^[-\d]+|-+$/g, '');
}

export function isClusterName(name: string): boolean {
  return CLUSTER_NAME.test(name);
}

/** The name in the cloud of a part of a cluster: `<cluster>-<part>`. */
export function resourceName(cluster: string, part: string): string {
  return `${cluster}-${part}`;
}

/**
 * The name of a cluster's certificate in Certificate Management, where names are unique in the account.
 * @param sha256 its fingerprint, lower-case hex: the beginning of it tells which certificate it is
 */
export function certificateName(cluster: string, sha256: string): string {
  return resourceName(cluster, sha256.slice(0, 12));
}

/** The tags of a part of a cluster, given in the create call so that they are atomic with it. */
export function resourceTags(
  cluster: string,
  part: string,
  operationId: string,
): Readonly<Record<string, string>> {
  return {
    [TAG.cluster]: cluster,
    [TAG.resource]: part,
    [TAG.managed]: MANAGED_BY,
    [TAG.operation]: operationId,
  };
}

/** Tags that a search for everything of one cluster uses. */
export function clusterTags(cluster: string): Readonly<Record<string, string>> {
  return { [TAG.cluster]: cluster };
}

/**
 * A ClientToken (at most 64 ASCII characters; ALB, ECS, VPC and ESS take one): the same operation, step and epoch give
 * the same token, so that a repeated create is recognised by the cloud as the same one.
 */
export function clientToken(operationId: string, stepId: string, epoch: number): string {
  return createHash('sha256').update(`${operationId}\n${stepId}\n${epoch}`).digest('hex').slice(0, 64);
}

/** Short, readable aloud, and the same for the same source: `op-7k3m9q2x`. */
export function derivedId(prefix: string, source: string): string {
  const alphabet = '23456789abcdefghjkmnpqrstvwxyz';
  const digest = createHash('sha256').update(source).digest();
  return `${prefix}-${[...digest.subarray(0, 8)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}

/** Without what nobody sees: marks that keyboards, web pages and messengers leave in what is copied from them. */
export function withoutUnseen(text: string): string {
  return text.replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g, '');
}

/** Foreign text made safe to print: no control characters, at most 80 characters. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  const clean = withoutUnseen(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  return clean.length > 80 ? `${clean.slice(0, 79).replace(/[\uD800-\uDBFF]$/, '')}…` : clean;
}

/** Whether it is a host name (RFC 1123 rules) with at least two labels. */
export function isDomainName(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length <= 253 &&
    labels.length >= 2 &&
    labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
}
