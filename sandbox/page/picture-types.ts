/** The simulated cloud as the page draws it. Types alone. */

/** `coming` and `going` are on their way; `trouble` needs a look. */
export type State = 'coming' | 'ready' | 'going' | 'trouble';

/** Anything that is drawn. */
export interface Part {
  readonly id: string;
  readonly name: string;
  readonly state: State;
  /** The state in the cloud's own word. */
  readonly says: string;
}

export interface Machine extends Part {
  readonly zone: string;
  readonly privateIp: string;
  readonly publicIp: string | undefined;
  readonly instanceType: string;
  /** What the load balancer's checks say, where it is asked. */
  readonly health: 'Healthy' | 'Unhealthy' | 'Initial' | undefined;
}

export interface Group extends Part {
  readonly min: number;
  readonly max: number;
  readonly desired: number | undefined;
  /** Asked for and not there yet. */
  readonly launching: number;
  readonly machines: readonly Machine[];
}

export interface ListenerPart extends Part {
  readonly port: number;
  readonly protocol: string;
  /** Names of the scaling groups it leads to. */
  readonly leadsTo: readonly string[];
}

export interface Balancer extends Part {
  readonly dnsName: string;
  readonly listeners: readonly ListenerPart[];
}

export interface Zone extends Part {
  readonly zone: string;
  readonly cidr: string;
}

/** A VPC with all that is in it. */
export interface Network extends Part {
  /** Name of the cluster, by its tag. */
  readonly cluster: string;
  readonly cidr: string;
  readonly zones: readonly Zone[];
  readonly groups: readonly Group[];
  /** Machines that no scaling group made. */
  readonly machines: readonly Machine[];
  readonly balancers: readonly Balancer[];
  /** Security groups, key pair, server groups, launch templates, certificate. */
  readonly others: readonly (Part & { readonly kind: string })[];
}

export interface Picture {
  readonly networks: readonly Network[];
}
