import type { Alb } from './alb.ts';
import { createAlb } from './alb.ts';
import { createBss } from './bss.ts';
import type { Bss } from './bss.ts';
import { createCas } from './cas.ts';
import type { Cas } from './cas.ts';
import { credentialSource } from './credential-source.ts';
import type { StaticCredentials } from './credential-source.ts';
import { createDns } from './dns.ts';
import type { Dns } from './dns.ts';
import { createDryRuns } from './dry-runs.ts';
import type { DryRuns } from './dry-runs.ts';
import { createEcs } from './ecs.ts';
import type { Ecs } from './ecs.ts';
import { casRegionOf, endpointOf } from './endpoints.ts';
import { createEss } from './ess.ts';
import type { Ess } from './ess.ts';
import { openLine } from './calling/line.ts';
import type { CallEvent, Line } from './calling/line.ts';
import { createMonitor } from './monitor.ts';
import type { Monitor } from './monitor.ts';
import { createPricing } from './pricing.ts';
import type { Pricing } from './pricing.ts';
import { createReadCache } from './calling/read-cache.ts';
import type { ClientOf } from './calling/sdk-clients.ts';
import { createSts } from './sts.ts';
import type { Sts } from './sts.ts';
import { createVpc } from './vpc.ts';
import type { Vpc } from './vpc.ts';

export interface CloudOptions {
  /** One address for all products, with its scheme: a proxy. Default: each product's own. */
  readonly endpoint?: string | undefined;
  /** Default: the SDK's own chain. */
  readonly credentials?: StaticCredentials | undefined;
  /** Host of Certificate Management, where the rule by site and region does not fit. */
  readonly casEndpoint?: string | undefined;
  /** Which Alibaba Cloud the account belongs to; default `international`. */
  readonly site?: 'china' | 'international' | undefined;
  /** Longest wait for a connection, milliseconds; default 5 s. See {@link silenceLimitMs}. */
  readonly connectTimeoutMs?: number | undefined;
  /** Longest silence while waiting for an answer, milliseconds; default 30 s. */
  readonly readTimeoutMs?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Told of each call that ends, for metrics and traces. */
  readonly onCall?: ((event: CallEvent) => void) | undefined;
}

/** Alibaba Cloud as one account sees it. */
export interface Cloud {
  /** What is regional. The same object each time. */
  in(regionId: string): RegionCloud;
  /** Certificates for load balancers in that region; CAS itself has two places only. */
  cas(regionId: string): Cas;
  readonly dns: Dns;
  readonly sts: Sts;
  readonly bss: Bss;
}

export interface RegionCloud {
  readonly regionId: string;
  readonly vpc: Vpc;
  readonly ecs: Ecs;
  readonly alb: Alb;
  readonly ess: Ess;
  readonly pricing: Pricing;
  readonly monitor: Monitor;
  readonly dryRuns: DryRuns;
}

/** Where the calls of global products are signed for; any region does. */
const HOME = 'ap-southeast-1';

/**
 * Opens Alibaba Cloud. Nothing is loaded or connected before the first call, and nothing here tries twice: every
 * failure is a {@link CloudError}, and the caller decides.
 * @throws InputError when `endpoint` is no address
 */
export function createCloud(options: CloudOptions): Cloud {
  const credentials = credentialSource(options.credentials);
  const cache = createReadCache();
  const timeoutMs = silenceLimitMs(options);

  function line<P extends keyof ClientOf>(product: P, regionId: string): Line<P> {
    return openLine({
      product,
      regionId,
      endpoint: endpointOf(product, regionId, options),
      credentials,
      timeoutMs,
      userAgent: options.userAgent,
      cache,
      onCall: options.onCall,
    });
  }

  const regions = new Map<string, RegionCloud>();
  const stores = new Map<string, Cas>();
  return {
    in: (regionId) =>
      remembered(regions, regionId, () => {
        const ecs = line('ecs', regionId);
        const vpc = line('vpc', regionId);
        const alb = line('alb', regionId);
        return {
          regionId,
          vpc: createVpc(vpc),
          ecs: createEcs(ecs),
          alb: createAlb(alb),
          ess: createEss(line('ess', regionId)),
          pricing: createPricing(ecs),
          monitor: createMonitor(line('cms', regionId)),
          dryRuns: createDryRuns({ vpc, ecs, alb }),
        };
      }),
    cas: (regionId) =>
      remembered(stores, regionId, () =>
        createCas(line('cas', regionId), { identifierRegion: casRegionOf(regionId, options) }),
      ),
    dns: createDns(line('alidns', HOME)),
    sts: createSts(line('sts', HOME)),
    bss: createBss(line('bss', HOME)),
  };
}

/**
 * The SDK's HTTP layer has two limits, and its `connectTimeout` is really one on the silence of the socket: with 5 s
 * it would break off a RunInstances that is answered after 6 s. So both are set to the longer one; a host that does
 * not answer at all costs that much too, and counts as an unknown outcome.
 */
function silenceLimitMs(options: CloudOptions): number {
  return Math.max(options.connectTimeoutMs ?? 5_000, options.readTimeoutMs ?? 30_000);
}

function remembered<Value>(all: Map<string, Value>, key: string, make: () => Value): Value {
  const found = all.get(key);
  if (found !== undefined) return found;
  const made = make();
  all.set(key, made);
  return made;
}
