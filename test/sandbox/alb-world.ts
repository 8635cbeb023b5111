/** An account with a VPC and two vSwitches, and real SDK clients that talk to it. */
import Alb from '@alicloud/alb20200616';
import Alidns from '@alicloud/alidns20150109';
import Cas from '@alicloud/cas20200407';
import OpenApi, { $OpenApiUtil, OpenApiUtil } from '@alicloud/openapi-core';
import * as $dara from '@darabonba/typescript';
import { alb } from '../../sandbox/alibaba/alb/product.ts';
import { alidns } from '../../sandbox/alibaba/alidns/product.ts';
import { cas } from '../../sandbox/alibaba/cas/product.ts';
import { ess } from '../../sandbox/alibaba/ess/product.ts';
import { type AlibabaServer, startAlibaba } from '../../sandbox/alibaba/server.ts';
import { vpcState } from '../../sandbox/alibaba/vpc/state.ts';
import { vpc } from '../../sandbox/alibaba/vpc/product.ts';
import type { MachineRoom } from '../../sandbox/contract.ts';
import { createClock } from '../../sandbox/clock.ts';
import { holdable } from '../support/held-clock.ts';

const rooms: MachineRoom = {
  boot: () => {
    throw new Error('No machine boots in this world.');
  },
  guest: () => undefined,
  attach: () => undefined,
  publicIps: [],
  connectTo: () => [],
  close: () => Promise.resolve(),
};

export async function startWorld() {
  const { clock, hold, go } = holdable(createClock(0.001));
  const server: AlibabaServer = await startAlibaba({
    clock,
    rooms,
    products: [vpc, alb, cas, alidns, ess],
  });
  const config = new $OpenApiUtil.Config({
    endpoint: server.url.slice('http://'.length),
    protocol: 'http',
    accessKeyId: 'sandbox-key-id',
    accessKeySecret: 'sandbox-key-secret',
    readTimeout: 10_000,
    connectTimeout: 10_000,
  });
  const { vpcs, vSwitches } = vpcState(server.cloud);
  const common = {
    regionId: 'eu-central-1',
    name: '',
    description: '',
    createdAt: new Date(),
    visibleAt: 0,
    tags: new Map<string, string>(),
  };
  vpcs.set('vpc-1', {
    ...common,
    id: 'vpc-1',
    cidrBlock: '10.0.0.0/16',
    routerId: '',
    routeTableId: '',
    resourceGroupId: '',
    status: 'Available',
  });
  for (const [index, zone] of ['a', 'b'].entries()) {
    vSwitches.set(`vsw-${zone}`, {
      ...common,
      id: `vsw-${zone}`,
      vpcId: 'vpc-1',
      zoneId: `eu-central-1${zone}`,
      cidrBlock: `10.0.${index}.0/24`,
      status: 'Available',
      isDeleting: false,
      taken: new Set(),
    });
  }
  return {
    /** Nothing gets ready until `letTimeGo`. */
    holdTime: hold,
    letTimeGo: go,

    server,
    alb: new (clientClass(Alb))(config),
    cas: new (clientClass(Cas))(config),
    dns: new (clientClass(Alidns))(config),
    /** The generic call, raw answers. */
    async ess(action: string, parameters: Record<string, unknown>): Promise<Record<string, unknown>> {
      const client = new (clientClass(OpenApi))(config);
      const params = new $OpenApiUtil.Params({
        action,
        version: '2022-02-22',
        protocol: 'HTTP',
        pathname: '/',
        method: 'POST',
        authType: 'AK',
        style: 'RPC',
        reqBodyType: 'formData',
        bodyType: 'json',
      });
      const request = new $OpenApiUtil.OpenApiRequest({ query: OpenApiUtil.query(parameters) });
      const answer = await client.callApi(params, request, new $dara.RuntimeOptions({}));
      return answer['body'] as Record<string, unknown>;
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Node puts the client class of these CommonJS packages under `default`; the test runner unwraps it. */
function clientClass<T>(module: { readonly default: T }): T {
  return 'default' in module ? module.default : (module as unknown as T);
}

/** The API's code of a refusal, or a note that there was none. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no refusal';
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}
