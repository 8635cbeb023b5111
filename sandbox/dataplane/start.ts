import { albOf } from '../alibaba/alb/lookup.ts';
import { dnsOf } from '../alibaba/alidns/lookup.ts';
import { casOf } from '../alibaba/cas/lookup.ts';
import type { Cloud } from '../alibaba/cloud.ts';
import type { Network } from '../contract.ts';
import { type DataPlane, openDataPlane, type PlaneOptions } from './plane.ts';

/**
 * Serves the load balancers of a cloud on loopback and starts their health checks. After a reset of the cloud
 * close this one and start another.
 */
export function startDataPlane(
  cloud: Cloud,
  options: PlaneOptions & { readonly network: Network },
): Promise<DataPlane> {
  return openDataPlane(
    {
      alb: albOf(cloud),
      cas: casOf(cloud),
      dns: dnsOf(cloud),
      network: options.network,
      clock: cloud.clock,
      waits: cloud.waits,
      guest: (instanceId) => cloud.rooms.guest(instanceId),
    },
    options,
  );
}
