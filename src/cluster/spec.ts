import { z } from 'zod';
import { BANDWIDTH_MBPS, CPU_PERCENT, DISK_GIB, MAX_ASKED_NODES } from './limits.ts';
import { isClusterName } from './names.ts';

/** More a group never has, whatever the account's quota (ESS CreateScalingGroup). */
const MOST_NODES = 2000;

/** One auto-scaled group of nodes. */
export const GroupSpec = z
  .object({
    /** Wanted type first, then what may take its place when a zone is sold out (1 to 10, ESS LaunchTemplateOverrides). */
    instanceTypes: z
      .array(z.string().regex(/^ecs\.[a-z0-9.-]+$/))
      .min(1)
      .max(10)
      .readonly(),
    // Also what people set by hand, as far as Auto Scaling takes it; what they may ask for, `groupMistake` says.
    min: z.int().min(0).max(MOST_NODES),
    max: z.int().min(0).max(MOST_NODES),
    desired: z.int().min(0).max(MOST_NODES),
    /** Average CPU that target tracking holds. */
    cpuPercent: z.number().min(CPU_PERCENT.min).max(CPU_PERCENT.max).multipleOf(0.001),
    cooldownSeconds: z.int().min(0).max(86_400),
  })
  .readonly();
export type GroupSpec = z.infer<typeof GroupSpec>;

/**
 * What people want, with nothing left open: defaults filled, images and zones looked up. It holds names of secrets,
 * never a secret, and is what a plan's digest is made over.
 */
export const ClusterSpec = z
  .object({
    name: z.string().refine(isClusterName, 'is not a cluster name'),
    regionId: z.string(),
    /** Two or more, each offered by ALB and selling the instance types. */
    zones: z.array(z.string()).min(2).max(8).readonly(),
    network: z
      .object({
        /** An existing VPC to use and never delete; else one is made. */
        vpcId: z.string().optional(),
        cidr: z.string(),
        /** One for each zone, in the order of `zones`. */
        vSwitchCidrs: z.array(z.string()).min(2).readonly(),
      })
      .readonly(),
    domain: z.string(),
    /** AMS applications to try on the test flight, in order. */
    apps: z.array(z.string()).min(1).readonly(),
    certificate: z
      .discriminatedUnion('source', [
        /** A certificate of `ams.yaml`; `sha256` is the leaf's fingerprint, lower-case hex. */
        z.object({ source: z.literal('configured'), name: z.string(), sha256: z.string() }),
        /** One that CAS holds already: used, never deleted. */
        z.object({ source: z.literal('cas'), certId: z.int() }),
      ])
      .readonly(),
    keyPair: z
      .discriminatedUnion('source', [
        z.object({ source: z.literal('own') }),
        /** A key pair of the region, whose private key `ams.yaml` names under `keyPairs`. */
        z.object({ source: z.literal('existing'), name: z.string() }),
      ])
      .readonly(),
    database: z
      .discriminatedUnion('source', [
        z.object({
          source: z.literal('instance'),
          instanceTypes: z.array(z.string()).min(1).readonly(),
          diskGiB: z.int().min(DISK_GIB.min).max(DISK_GIB.max),
          imageId: z.string(),
          osRelease: z.enum(['22.04', '24.04']),
          /** The only address that may open SSH to the database. */
          sshFrom: z.string(),
        }),
        /** An entry of `mongo.uris` in `ams.yaml`, or a URI without a password. */
        z.object({ source: z.literal('uri'), uri: z.string() }),
      ])
      .readonly(),
    image: z.object({ imageId: z.string(), name: z.string(), productCode: z.string().optional() }).readonly(),
    origin: GroupSpec,
    edge: GroupSpec,
    nodes: z
      .object({
        diskGiB: z.int().min(DISK_GIB.min).max(DISK_GIB.max),
        bandwidthMbps: z.int().min(BANDWIDTH_MBPS.min).max(BANDWIDTH_MBPS.max),
        stunServer: z.string().optional(),
      })
      .readonly(),
    dns: z.enum(['print', 'alidns']),
  })
  .readonly();
export type ClusterSpec = z.infer<typeof ClusterSpec>;

/**
 * Says what is wrong with the numbers of a group, or nothing.
 * The rule is the API's own: 0 <= min <= desired <= max (ESS CreateScalingGroup); more than
 * `MAX_ASKED_NODES` nobody may ask for, and AMS needs one node.
 */
export function groupMistake(
  role: string,
  group: Pick<GroupSpec, 'min' | 'max' | 'desired'>,
): string | undefined {
  const { min, max, desired } = group;
  for (const [word, value] of Object.entries({ min, max, desired })) {
    if (!Number.isInteger(value) || value < 0 || value > MAX_ASKED_NODES)
      return `The ${role} group's ${word} is ${value}; it must be a whole number from 0 to ${MAX_ASKED_NODES}.`;
  }
  if (max < 1) return `The ${role} group's max is ${max}; at least 1 node must be possible.`;
  if (min > max) return `The ${role} group's min (${min}) is above its max (${max}).`;
  if (desired < min) return `The ${role} group's desired number (${desired}) is below its min (${min}).`;
  if (desired > max) return `The ${role} group's desired number (${desired}) is above its max (${max}).`;
  return undefined;
}
