/** A simulated account with real machines behind it, and the real SDK clients that talk to it. */
import Ecs from '@alicloud/ecs20140526';
import OpenApi, { $OpenApiUtil, OpenApiUtil } from '@alicloud/openapi-core';
import Sts from '@alicloud/sts20150401';
import Vpc from '@alicloud/vpc20160428';
import * as $dara from '@darabonba/typescript';
import { expect } from 'vitest';
import type { AlibabaOptions } from '../../sandbox/alibaba/options.ts';
import { startAlibaba } from '../../sandbox/alibaba/server.ts';
import { createClock } from '../../sandbox/clock.ts';
import { createMachineRoom } from '../../sandbox/machine/room.ts';
import { holdable } from '../support/held-clock.ts';

/** The packages are CommonJS: their class is the default of their default. */
function classOf<T>(imported: T): T extends { default: infer C } ? C : T {
  const inner = imported as { default?: unknown };
  return (inner.default ?? imported) as T extends { default: infer C } ? C : T;
}

interface Keys {
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
}

export async function startWorld(options: Partial<AlibabaOptions> = {}) {
  const { clock, hold, go } = holdable(createClock(0.002));
  const rooms = await createMachineRoom({ clock, publicIps: 3 });
  const server = await startAlibaba({ clock, rooms, ...options });

  function config(keys: Keys = {}) {
    return new $OpenApiUtil.Config({
      endpoint: server.url.slice('http://'.length),
      protocol: 'http',
      accessKeyId: keys.accessKeyId ?? 'sandbox-key-id',
      accessKeySecret: keys.accessKeySecret ?? 'sandbox-key-secret',
      readTimeout: 20_000,
      connectTimeout: 20_000,
    });
  }

  const ecs = new (classOf(Ecs))(config());
  const vpc = new (classOf(Vpc))(config());

  /** The generic call with wire names: raw answers. */
  async function call(
    version: string,
    action: string,
    parameters: Record<string, unknown>,
    place: 'query' | 'body' = 'query',
  ): Promise<Record<string, unknown>> {
    const client = new (classOf(OpenApi))(config());
    const params = new $OpenApiUtil.Params({
      action,
      version,
      protocol: 'HTTP',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const request = new $OpenApiUtil.OpenApiRequest(
      place === 'query' ? { query: OpenApiUtil.query(parameters) } : { body: parameters },
    );
    const answer = await client.callApi(params, request, new $dara.RuntimeOptions({}));
    return answer['body'] as Record<string, unknown>;
  }

  return {
    server,
    rooms,
    ecs,
    vpc,
    call,
    /** Nothing in the cloud gets ready until `letTimeGo`. */
    holdTime: hold,
    letTimeGo: go,
    sts: (keys?: Keys) => new (classOf(Sts))(config(keys)),
    ecsAs: (keys: Keys) => new (classOf(Ecs))(config(keys)),
    async close() {
      await server.close();
      await rooms.close();
      clock.close();
    },
  };
}

export type CloudWorld = Awaited<ReturnType<typeof startWorld>>;

/** Waits until `look` answers something, at most a minute. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error('the awaited state did not come within a minute');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Expects a refusal with this code and gives its details. */
export async function refusal(
  promise: Promise<unknown>,
  code: string,
): Promise<{ code: string; statusCode: number; message: string; retryAfter?: number }> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  return error as { code: string; statusCode: number; message: string; retryAfter?: number };
}
