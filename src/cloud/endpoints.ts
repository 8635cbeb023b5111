import { InputError } from '../cluster/errors.ts';

/** Products by the name that their endpoints have. */
export type Product = 'vpc' | 'ecs' | 'alb' | 'ess' | 'cas' | 'alidns' | 'sts' | 'bss' | 'cms';

/** Where calls go: host (with port) and protocol. */
export interface Endpoint {
  readonly protocol: 'http' | 'https';
  /** `ecs.ap-southeast-1.aliyuncs.com`, `127.0.0.1:4000`. */
  readonly host: string;
}

/** Regions whose Auto Scaling is served by the central host (ESS 2022-02-22 endpoint list). */
const ESS_CENTRAL: ReadonlySet<string> = new Set([
  'cn-hangzhou',
  'cn-beijing',
  'cn-shanghai',
  'cn-shenzhen',
  'cn-qingdao',
  'cn-hongkong',
  'cn-nanjing',
  'ap-southeast-1',
  'us-east-1',
  'us-west-1',
]);

export interface EndpointOptions {
  /** One address for all products, with its scheme. */
  readonly endpoint?: string | undefined;
  /** Host of Certificate Management, if the rule by site and region does not fit. */
  readonly casEndpoint?: string | undefined;
  /** Which Alibaba Cloud the account belongs to; default international. */
  readonly site?: 'china' | 'international' | undefined;
}

/**
 * The endpoint of a product in a region. The SDKs' own tables are not used: they know nothing of Auto Scaling and
 * send some regions' certificates to the other site.
 * @throws InputError when `endpoint` is no http(s) address
 */
export function endpointOf(product: Product, regionId: string, options: EndpointOptions): Endpoint {
  if (options.endpoint !== undefined) return parseEndpoint(options.endpoint);
  return { protocol: 'https', host: hostOf(product, regionId, options) };
}

function hostOf(product: Product, regionId: string, options: EndpointOptions): string {
  switch (product) {
    case 'ecs':
      return regionId === 'cn-hangzhou' ? 'ecs-cn-hangzhou.aliyuncs.com' : `ecs.${regionId}.aliyuncs.com`;
    case 'vpc':
      return regionId === 'cn-hangzhou' ? 'vpc.aliyuncs.com' : `vpc.${regionId}.aliyuncs.com`;
    case 'alb':
      return `alb.${regionId}.aliyuncs.com`;
    case 'ess':
      return ESS_CENTRAL.has(regionId) ? 'ess.aliyuncs.com' : `ess.${regionId}.aliyuncs.com`;
    case 'cas':
      return casHost(regionId, options);
    case 'alidns':
      return 'alidns.aliyuncs.com';
    case 'cms':
      return `metrics.${regionId}.aliyuncs.com`;
    case 'sts':
      return 'sts.aliyuncs.com';
    case 'bss':
      return options.site === 'china' ? 'business.aliyuncs.com' : 'business.ap-southeast-1.aliyuncs.com';
  }
}

/** The two worlds of Certificate Management: an international account has one only, a China account both. */
function casHost(regionId: string, options: EndpointOptions): string {
  if (options.casEndpoint !== undefined)
    return options.casEndpoint.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const inChina = options.site === 'china' && regionId.startsWith('cn-');
  return inChina ? 'cas.aliyuncs.com' : 'cas.ap-southeast-1.aliyuncs.com';
}

/** Which region's suffix a certificate's identifier has: the region of CAS, never that of the load balancer. */
export function casRegionOf(regionId: string, options: EndpointOptions): 'cn-hangzhou' | 'ap-southeast-1' {
  return /^cas\.(aliyuncs|cn-)/.test(casHost(regionId, options)) ? 'cn-hangzhou' : 'ap-southeast-1';
}

function parseEndpoint(text: string): Endpoint {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongEndpoint(text);
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.host === '') throw wrongEndpoint(text);
  if (url.pathname !== '/' || url.search !== '' || url.username !== '') throw wrongEndpoint(text);
  return { protocol: url.protocol === 'http:' ? 'http' : 'https', host: url.host };
}

function wrongEndpoint(text: string): InputError {
  const shown = text.replace(/\/\/[^@/]*@/, '//***@');
  return new InputError(
    `AMS_ALIBABA_ENDPOINT is "${shown}", which is no address of the form http(s)://host:port.`,
    'Write only scheme, host and port, for example https://alibaba-proxy.example.com:8443.',
  );
}
