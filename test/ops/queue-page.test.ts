import { Queue } from 'bullmq';
import { chromium } from 'playwright-core';
import type { Request } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { findChromium } from '../../sandbox/page/chromium.ts';
import { startRedis } from '../../sandbox/redis.ts';
import { loadConfig } from '../../src/config/config.ts';
import { Keys } from '../../src/jobs/store/keys.ts';
import { ASKS } from '../../src/jobs/queues.ts';
import { startOps } from '../../src/ops-role.ts';
import { LOGIN, SHOWN } from './town.ts';
import { silentLog } from '../support/silent-log.ts';

it('a browser shows the queues and asks nobody else for anything', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  const config = loadConfig({ AMS_SECRET_KEY: '0123456789abcdef', REDIS_URL: redis.url, ...SHOWN }, [
    'worker',
  ]);
  if (!config.ops) throw new Error('nothing is shown');
  const ops = await startOps(config, config.ops, silentLog);
  onTestFinished(() => ops.close());
  const address = `http://127.0.0.1:${ops.port}`;
  const queue = new Queue(ASKS, {
    connection: { url: redis.url },
    prefix: new Keys(config.namespace).prefix,
  });
  onTestFinished(() => queue.close());
  await queue.add('plan', { do: 'plan', operation: 'op-1' }, { jobId: 'plan.op-1' });
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage({
    httpCredentials: { username: LOGIN.user, password: LOGIN.password },
  });
  const elsewhere = new Set<Request>();
  const broken: string[] = [];
  page.on('request', (asked) => {
    if (!asked.url().startsWith(`${address}/`) && !/^(data|blob):/.test(asked.url())) elsewhere.add(asked);
  });
  // Bull Board names fonts of Google's. What the page's own policy forbids never leaves the browser.
  page.on('requestfailed', (asked) => {
    if (/csp/i.test(asked.failure()?.errorText ?? '')) elsewhere.delete(asked);
  });
  page.on('pageerror', (error) => broken.push(error.message));

  await page.goto(`${address}/queues/queue/asks?status=waiting`);
  await page.getByText('plan.op-1').first().waitFor();

  await page.waitForLoadState('networkidle');
  expect([...elsewhere].map((asked) => asked.url())).toEqual([]);
  expect(broken).toEqual([]);
});
