import type { Problem } from '../../cluster/errors.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';

/** Whether a part, the only one of its kind, was made by somebody else and the spec only names it: nothing makes it. */
export function isAdopted(part: string, { network, keyPair, certificate }: ClusterSpec): boolean {
  if (part === 'vpc') return network.vpcId !== undefined;
  if (part === 'key-pair') return keyPair.source === 'existing';
  return part === 'certificate' && certificate.source === 'cas';
}

/** That such a part is gone, and what a person can do about it; undefined for what a repair makes again. */
export function adoptedGone(
  part: string,
  { name, regionId, network, keyPair, certificate }: ClusterSpec,
): Problem | undefined {
  if (part === 'vpc' && network.vpcId !== undefined) {
    return {
      code: 'network_gone',
      message: `VPC ${network.vpcId}, which cluster ${name} lies in, is not there any more in ${regionId}.`,
      hint: `Remove what is left with \`/ams destroy-cluster ${name}\` and create it again with another --vpc, or without one.`,
    };
  }
  if (part === 'key-pair' && keyPair.source === 'existing') {
    return {
      code: 'key_pair_gone',
      message: `Key pair ${keyPair.name}, which new nodes of cluster ${name} get, is not there any more in ${regionId}.`,
      hint: `Import it again under that name, then type \`/ams repair ${name}\`.`,
    };
  }
  if (part === 'certificate' && certificate.source === 'cas') {
    return {
      code: 'certificate_gone',
      message: `Certificate Management holds no certificate ${certificate.certId} any more, which cluster ${name} serves.`,
      hint: 'To have another one, destroy the cluster and create it again with that: --certificate.',
    };
  }
  return undefined;
}
