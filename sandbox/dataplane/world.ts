/** What the data plane sees of the simulated cloud. */
import type { Clock, Guest, Network } from '../contract.ts';
import type { Waits } from '../waits.ts';
import type { AlbState, Listener, LoadBalancer } from '../alibaba/alb/state.ts';
import type { CasState, StoredCertificate } from '../alibaba/cas/state.ts';
import { covers } from '../alibaba/cas/certificate.ts';
import type { DnsState } from '../alibaba/alidns/state.ts';

export interface PlaneWorld {
  readonly alb: AlbState;
  readonly cas: CasState;
  readonly dns: DnsState;
  readonly network: Network;
  readonly clock: Clock;
  readonly waits: Waits;
  guest(instanceId: string): Guest | undefined;
}

/** Certificates of a listener, the default one first; ids CAS no longer holds are left out. */
export function certificatesOf(world: PlaneWorld, listener: Listener): StoredCertificate[] {
  return listener.certificateIds.flatMap((id) => world.cas.byIdentifier(id) ?? []);
}

/**
 * The load balancer that answers for a host name: by its own DNS name, a CNAME record, a configured name, or a
 * certificate on one of its listeners that covers the name; when several qualify, the newest.
 */
function ownerOf(
  world: PlaneWorld,
  host: string,
  domains: Readonly<Record<string, string>> = {},
): LoadBalancer | undefined {
  const serving = [...world.alb.loadBalancers.values()]
    .filter((balancer) => isServing(balancer))
    .toReversed();
  const name = world.dns.resolve(host);
  const configured = domains[host.toLowerCase()];
  return (
    serving.find((balancer) => balancer.dnsName.toLowerCase() === name) ??
    serving.find((balancer) => balancer.id === configured || balancer.name === configured) ??
    // Stands for the people who set the CNAME at a provider of their own: the balancer says for which name it is.
    serving.find((balancer) => balancer.tags.some((tag) => tag.Value === host.toLowerCase())) ??
    serving.find((balancer) =>
      world.alb.listeners
        .bearing(balancer.id)
        .some((listener) =>
          certificatesOf(world, listener).some((certificate) => covers(certificate.parsed, host)),
        ),
    )
  );
}

/** Traffic flows while a balancer is being changed, too. */
function isServing(balancer: LoadBalancer): boolean {
  return balancer.status === 'Active' || balancer.status === 'Configuring';
}

/** The listener that takes a connection on a public port for a host. Without a host: the only one there, if it is. */
export function listenerFor(
  world: PlaneWorld,
  port: number,
  host: string | undefined,
  domains?: Readonly<Record<string, string>>,
): Listener | undefined {
  const { listeners } = world.alb;
  const isHere = (listener: Listener) =>
    listener.port === port &&
    listener.protocol !== 'QUIC' &&
    (listener.status === 'Running' || listener.status === 'Configuring');
  if (host === undefined || host === '') {
    const here = [...listeners.values()].filter(isHere);
    return here.length === 1 ? here[0] : undefined;
  }
  const owner = ownerOf(world, host, domains);
  return owner && listeners.bearing(owner.id).find(isHere);
}
