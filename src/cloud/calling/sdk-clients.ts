import type AlbClient from '@alicloud/alb20200616';
import type DnsClient from '@alicloud/alidns20150109';
import type CasClient from '@alicloud/cas20200407';
import type EcsClient from '@alicloud/ecs20140526';
import type StsClient from '@alicloud/sts20150401';
import type VpcClient from '@alicloud/vpc20160428';
import type CoreClient from '@alicloud/openapi-core';
import type { $OpenApiUtil } from '@alicloud/openapi-core';

/** The generated client of each product; ESS, BSS and CMS are called through the core that all of them are built on. */
export interface ClientOf {
  readonly alb: InstanceType<typeof AlbClient.default>;
  readonly alidns: InstanceType<typeof DnsClient.default>;
  readonly cas: InstanceType<typeof CasClient.default>;
  readonly ecs: InstanceType<typeof EcsClient.default>;
  readonly sts: InstanceType<typeof StsClient.default>;
  readonly vpc: InstanceType<typeof VpcClient.default>;
  readonly ess: InstanceType<typeof CoreClient.default>;
  readonly bss: InstanceType<typeof CoreClient.default>;
  readonly cms: InstanceType<typeof CoreClient.default>;
}

/** API version of each product, for calls that name it themselves. */
export const VERSION = {
  alb: '2020-06-16',
  alidns: '2015-01-09',
  cas: '2020-04-07',
  ecs: '2014-05-26',
  sts: '2015-04-01',
  vpc: '2016-04-28',
  ess: '2022-02-22',
  bss: '2017-12-14',
  cms: '2019-01-01',
} as const satisfies Record<keyof ClientOf, string>;

/** A loaded SDK package: its client class, and its request classes by name. */
export interface SdkModule {
  readonly Client: new (config: $OpenApiUtil.Config) => unknown;
  readonly requests: Readonly<Record<string, unknown>>;
}

/**
 * Loads a product's package when it is first called: together they take seconds and a hundred MiB. ECS alone costs
 * half a second.
 */
export async function loadSdk(product: keyof ClientOf): Promise<SdkModule> {
  const requests = (await importOf(product)) as Readonly<Record<string, unknown>>;
  return { Client: defaultOf(requests['default']) as SdkModule['Client'], requests };
}

/** The packages are CommonJS: Node gives their exports as `default`, and the class is that one's `default`. */
export function defaultOf(exported: unknown): unknown {
  const inner = (exported as { readonly default?: unknown } | undefined)?.default;
  return inner ?? exported;
}

function importOf(product: keyof ClientOf): Promise<object> {
  switch (product) {
    case 'alb':
      return import('@alicloud/alb20200616');
    case 'alidns':
      return import('@alicloud/alidns20150109');
    case 'cas':
      return import('@alicloud/cas20200407');
    case 'ecs':
      return import('@alicloud/ecs20140526');
    case 'sts':
      return import('@alicloud/sts20150401');
    case 'vpc':
      return import('@alicloud/vpc20160428');
    case 'ess':
    case 'bss':
    case 'cms':
      return import('@alicloud/openapi-core');
  }
}
