import type { Clock, MachineRoom } from '../contract.ts';
import type { Waits } from '../waits.ts';
import type { Durations } from './durations.ts';
import type { Product } from './product.ts';
import type { Region } from './regions.ts';

/** An access key of the account. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** Set for temporary (STS) keys: the call must carry it. */
  readonly securityToken?: string;
  /** Name of the RAM user that owns the key; the account itself when left out. */
  readonly user?: string;
  readonly inactive?: boolean;
  /** Actions refused for this key by their names in RAM, `ecs:RunInstances`; `ecs:*` refuses a whole product. */
  readonly deny?: readonly string[];
}

/** Limits of the account, for each region where that applies. */
interface Quotas {
  readonly vpcs: number;
  readonly vSwitchesPerVpc: number;
  readonly securityGroups: number;
  readonly rulesPerSecurityGroup: number;
  readonly keyPairs: number;
  readonly launchTemplates: number;
  readonly launchTemplateVersions: number;
  /** Pay-as-you-go vCPUs. */
  readonly vCpus: number;
  readonly instances: number;
  readonly loadBalancers: number;
  readonly scalingGroups: number;
}

/** Stock that is gone; what is left out matches everything. */
interface SoldOut {
  readonly regionId?: string;
  readonly zoneId?: string;
  readonly instanceType?: string;
  readonly diskCategory?: string;
}

export interface AlibabaOptions {
  /** Not closed by the cloud. */
  readonly clock: Clock;
  readonly rooms: MachineRoom;
  /** Where it is told when things became ready. */
  readonly waits?: Waits;
  /** One key `sandbox-key-id` / `sandbox-key-secret` unless told. */
  readonly accessKeys?: readonly AccessKey[];
  /** Sixteen digits. */
  readonly accountId?: string;
  /** Region of calls that do not tell theirs; `eu-central-1` unless told. */
  readonly defaultRegionId?: string;
  readonly regions?: readonly Region[];
  readonly durations?: Partial<Durations>;
  readonly quotas?: Partial<Quotas>;
  /** Money left, in US dollars; below 100 pay-as-you-go resources are refused. 5000 unless told. */
  readonly balanceUsd?: number;
  readonly soldOut?: readonly SoldOut[];
  /** Marketplace product codes the account has subscribed to; all unless told. */
  readonly subscribedProducts?: readonly string[];
  /**
   * For how long (simulated) lists do not show a new instance, load balancer, server group or listener; 1500 unless
   * told. Where it is longer, they are as late with networks, security groups, keys, templates and their versions,
   * certificates, DNS records, and scaling groups and their rules.
   */
  readonly visibleAfterMs?: number;
  /**
   * CloudMonitor knows scaling groups and their first instances so long (real) before they were there, as if they had
   * run all that time at the size they first had: who looks at a young cluster sees a past, though a made-up one.
   * Whatever changes later is told as it was. 0 unless told.
   */
  readonly pastMs?: number;
  /** Refuse parameters that the action's model does not have; true unless told. */
  readonly refuseUnknownParameters?: boolean;
  /** All products of `products.ts` unless told. */
  readonly products?: readonly Product[];
  /** Any free port unless told. */
  readonly port?: number;
}

/** The options with every default filled in. `balanceUsd`, `soldOut` and `quotas` may be changed while running. */
export interface Settings {
  readonly accessKeys: readonly AccessKey[];
  readonly accountId: string;
  readonly defaultRegionId: string;
  readonly refuseUnknownParameters: boolean;
  readonly pastMs: number;
  visibleAfterMs: number;
  quotas: Quotas;
  balanceUsd: number;
  soldOut: readonly SoldOut[];
  /** Undefined: all. */
  subscribedProducts: readonly string[] | undefined;
}

const DEFAULT_QUOTAS: Quotas = {
  vpcs: 10,
  vSwitchesPerVpc: 150,
  securityGroups: 500,
  rulesPerSecurityGroup: 200,
  keyPairs: 500,
  launchTemplates: 30,
  launchTemplateVersions: 30,
  vCpus: 500,
  instances: 200,
  loadBalancers: 60,
  scalingGroups: 200,
};

/** How late lists usually are. */
export const USUALLY_VISIBLE_AFTER_MS = 1_500;

export function settingsOf(options: AlibabaOptions): Settings {
  return {
    accessKeys: options.accessKeys ?? [{ id: 'sandbox-key-id', secret: 'sandbox-key-secret' }],
    accountId: options.accountId ?? '5123456789012345',
    defaultRegionId: options.defaultRegionId ?? 'eu-central-1',
    refuseUnknownParameters: options.refuseUnknownParameters ?? true,
    pastMs: options.pastMs ?? 0,
    visibleAfterMs: options.visibleAfterMs ?? USUALLY_VISIBLE_AFTER_MS,
    quotas: { ...DEFAULT_QUOTAS, ...options.quotas },
    balanceUsd: options.balanceUsd ?? 5_000,
    soldOut: options.soldOut ?? [],
    subscribedProducts: options.subscribedProducts,
  };
}
