import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../sandbox/redis.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { startTraceReceiver } from '../support/trace-receiver.ts';

describe('a receiver that takes nothing', () => {
  const PLAN = 'plan create-cluster live --origin 1';
  const planned = (town: Town) => town.next((message) => message.text.includes('Plan'));

  it('is told of once, and nothing else suffers', async () => {
    const town = await openTown({ idle: true });
    Object.assign(town.env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:hidden-password@127.0.0.1:${await freePort()}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    const product = await town.start();
    const complaints = () => product.output.filter((line) => line.includes('traces do not arrive'));

    await town.dana.command(PLAN, { channel: town.channel });
    await planned(town);
    await expect.poll(complaints).toHaveLength(1);
    await town.dana.command(PLAN, { channel: town.channel });
    await planned(town);

    expect(await product.stop()).toBe(0);
    expect(complaints()).toHaveLength(1);
    expect(product.output.join('\n')).not.toContain('hidden-password');
    expect(product.output.at(-1)).toContain('"stopped"');
    await town.close();
  });

  it('and never answers is not waited for when the process stops', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const town = await openTown({ idle: true });
    Object.assign(town.env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000000',
      OTEL_BSP_EXPORT_TIMEOUT: '1000000',
    });
    const product = await town.start();

    await town.dana.command(PLAN, { channel: town.channel });
    await planned(town);

    // Whoever waited for it would wait longer than this test may last.
    expect(await product.stop()).toBe(0);
    silent.closeAllConnections();
    silent.close();
    await town.close();
  });
});

describe('what a process loads', () => {
  const TRACING = /@opentelemetry|bullmq-otel|product\/tracing-/;

  /** Every script that a product has run from its start to its end: V8 tells all of them. */
  async function loaded(env: Record<string, string>, command?: string): Promise<readonly string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'ams-loaded-'));
    const town = await openTown({ idle: true });
    Object.assign(town.env, env, { NODE_V8_COVERAGE: folder });
    const product = await town.start();
    if (command !== undefined) await town.plan(command);
    expect(await product.stop()).toBe(0);
    await town.close();
    const scripts = readdirSync(folder).flatMap((file) => {
      const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        readonly result: readonly { readonly url: string }[];
      };
      return result.map(({ url }) => url);
    });
    rmSync(folder, { recursive: true });
    return scripts;
  }

  it('holds nothing of tracing where no endpoint is set, when it has made a plan', async () => {
    const env = { OTEL_SERVICE_NAME: 'ams', OTEL_EXPORTER_OTLP_ENDPOINT: '' };
    const scripts = await loaded(env, 'create-cluster live --origin 1');

    expect(scripts.some((url) => url.includes('/product/worker-role-'))).toBe(true);
    expect(scripts.filter((url) => TRACING.test(url))).toEqual([]);
  });

  it('holds nothing of it where traces are switched off', async () => {
    const scripts = await loaded({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_SDK_DISABLED: 'true',
    });

    expect(scripts.filter((url) => TRACING.test(url))).toEqual([]);
  });

  it('holds it where one is set, so that the above would be seen', async () => {
    const receiver = await startTraceReceiver();

    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/elsewhere` };
    const scripts = await loaded(env, 'create-cluster live --origin 1');

    expect(scripts.filter((url) => TRACING.test(url)).length).toBeGreaterThan(20);
    expect(receiver.requests[0]?.url).toBe('/elsewhere');
    await receiver.close();
  });
});
