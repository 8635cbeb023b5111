import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import { LOGIN, SHOWN, addressOf, ask, series, sum } from './town.ts';

let town: Town | undefined;

afterEach(async () => {
  await town?.close();
  town = undefined;
});

async function openShown(): Promise<Town> {
  town = await openTown({ idle: true });
  Object.assign(town.env, SHOWN);
  return town;
}

it('bot and worker tell of a whole operation in their metrics, and no secret', async () => {
  const { start, run, env, redis } = await openShown();
  const bot = addressOf(await start('bot'));
  const worker = addressOf(await start('worker'));
  expect((await ask(`${bot}/readyz`)).text).toBe('Ready.\n');
  expect((await ask(`${worker}/readyz`)).text).toBe('Ready.\n');

  await run('create-cluster live --edge 1 --edge-min 1');

  const told = (await ask(`${worker}/metrics`)).text;
  expect(sum(told, 'ams_step_duration_seconds_count', 'kind="vpc"', 'outcome="done"')).toBe(1);
  expect(sum(told, 'ams_step_duration_seconds_count', 'kind="listener"', 'outcome="done"')).toBe(4);
  expect(sum(told, 'ams_step_duration_seconds_count', 'outcome="failed"')).toBe(0);
  expect(sum(told, 'ams_cloud_calls_total', 'action="CreateVpc"', 'code="ok"')).toBe(1);
  expect(sum(told, 'ams_cloud_calls_total', 'action="CreateVpc"', 'code="dry_run"')).toBe(1);
  expect(sum(told, 'ams_cloud_call_duration_seconds_count', 'action="CreateVpc"')).toBe(2);
  expect(sum(told, 'ams_operation_changes_total', 'kind="create"', 'state="succeeded"')).toBe(1);
  expect(sum(told, 'ams_operations'), 'nothing is live any more').toBe(0);
  expect(sum(told, 'ams_ready', 'part="worker"')).toBe(1);
  expect([...series(told, 'ams_queue_jobs').keys()].toSorted()).toEqual(
    ['asks', 'outbox', 'steps']
      .flatMap((queue) =>
        ['active', 'delayed', 'waiting'].map((state) => `{queue="${queue}",state="${state}"}`),
      )
      .toSorted(),
  );
  expect(sum(told, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);

  const said = (await ask(`${bot}/metrics`)).text;
  expect(sum(said, 'ams_slack_calls_total', 'method="chat.postMessage"', 'outcome="ok"')).toBeGreaterThan(0);
  expect(
    sum(said, 'ams_slack_calls_total', 'method="apps.connections.open"', 'outcome="ok"'),
  ).toBeGreaterThan(1);
  expect(sum(said, 'ams_slack_ack_seconds_count', 'type="command"')).toBe(1);
  expect(sum(said, 'ams_slack_ack_seconds_count', 'type="block_actions"')).toBe(1);
  expect(sum(said, 'ams_slack_delivery_lag_seconds_count', 'type="block_actions"')).toBe(1);
  expect(sum(said, 'ams_slack_message_lag_seconds_count')).toBeGreaterThan(1);
  expect(sum(said, 'ams_operation_changes_total', 'kind="create"', 'state="approved"')).toBe(1);

  const page = await ask(`${worker}/queues/api/queues?activeQueue=steps&page=1`, { login: LOGIN });
  for (const text of [told, said, page.text]) {
    for (const name of [
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
      'AMS_SECRET_KEY',
    ])
      expect(text).not.toContain(env[name]);
    expect(text).not.toContain(redis.url);
    expect(text).not.toContain(LOGIN.password);
  }
}, 240_000);

it('refused calls, retries, a step that fails and its operation are counted by their codes', async () => {
  const { start, plan, approve, world } = await openShown();
  const address = addressOf(await start());
  const { faults } = world.alibaba.cloud;
  faults.plan({ action: 'CreateVpc', when: 'before', kind: 'throttle', times: 2 });
  faults.plan({
    action: 'CreateVSwitch',
    when: 'before',
    kind: 'code',
    code: 'Forbidden.RAM',
    status: 403,
    times: Infinity,
  });

  const end = await approve(await plan('create-cluster live --edge 1 --edge-min 1'));

  expect(end.text).toMatch(/^Failed/);
  const told = (await ask(`${address}/metrics`)).text;
  expect(sum(told, 'ams_cloud_calls_total', 'action="CreateVpc"', 'code="Throttling')).toBe(2);
  expect(sum(told, 'ams_step_retries_total', 'kind="vpc"', 'reason="throttled"')).toBe(2);
  expect(sum(told, 'ams_step_duration_seconds_count', 'kind="vswitch"', 'outcome="failed"')).toBeGreaterThan(
    0,
  );
  expect(sum(told, 'ams_operation_changes_total', 'kind="create"', 'state="failed"')).toBe(1);
  expect(sum(told, 'ams_cloud_calls_total', 'action="CreateVSwitch"', 'code="Forbidden.RAM"')).toBe(
    sum(told, 'ams_step_duration_seconds_count', 'kind="vswitch"', 'outcome="failed"'),
  );
});

it('an operation that waits for its approval is shown as one', async () => {
  const { start, plan } = await openShown();
  const address = addressOf(await start());

  await plan('create-cluster live --edge 1 --edge-min 1');

  await expect
    .poll(async () => [...series((await ask(`${address}/metrics`)).text, 'ams_operations')])
    .toEqual([['{kind="create",state="awaiting-approval"}', 1]]);
});

it('a bot to which Slack delivers by HTTP is ready when it listens', async () => {
  const { start, env } = await openShown();
  Object.assign(env, { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: 'signed', PORT: '0' });

  const address = addressOf(await start('bot'));

  expect((await ask(`${address}/readyz`)).text).toBe('Ready.\n');
});

it('a process lives but is not ready while Redis is away, and says so', async () => {
  const { start, redis } = await openShown();
  const address = addressOf(await start());

  await redis.kill();

  await expect.poll(async () => (await ask(`${address}/readyz`)).status).toBe(503);
  expect((await ask(`${address}/readyz`)).text).toContain('Redis does not answer.');
  expect((await ask(`${address}/healthz`)).status).toBe(200);
  const { status, text } = await ask(`${address}/metrics`);
  expect(status).toBe(200);
  expect(sum(text, 'ams_ready', 'part="redis"')).toBe(0);
  expect(series(text, 'ams_queue_jobs').size, 'no old numbers').toBe(0);

  await redis.start();
  await expect.poll(async () => (await ask(`${address}/readyz`)).status).toBe(200);
});

it('a bot is not ready while Slack is away', async () => {
  const { start, world } = await openShown();
  const address = addressOf(await start('bot'));

  world.slack.faults.down();

  await expect.poll(async () => (await ask(`${address}/readyz`)).text).toContain('Slack is not connected');
  expect((await ask(`${address}/readyz`)).status).toBe(503);
  world.slack.faults.up();
  await expect.poll(async () => (await ask(`${address}/readyz`)).status).toBe(200);
});

/** A worker in the middle of a call that lasts so many simulated seconds. @returns it, and where it tells how it is */
async function busyWorker(seconds: number) {
  const { start, plan, alex, world } = await openShown();
  await start('bot');
  const worker = await start('worker');
  const proposal = await plan('create-cluster live --edge 1 --edge-min 1');
  const slow = world.alibaba.cloud.faults.plan({
    action: 'CreateVpc',
    when: 'before',
    kind: 'slow',
    delayMs: seconds * 1_000,
  });
  await alex.click(proposal, 'Approve');
  await expect.poll(() => slow.hits, { interval: 5 }).toBe(1);
  return { worker, address: addressOf(worker) };
}

it('a process that is told to stop is not ready until it has gone', async () => {
  // Six real seconds.
  const { worker, address } = await busyWorker(600);

  const gone = worker.stop();

  await expect.poll(async () => (await ask(`${address}/readyz`)).text).toBe('This process is stopping.\n');
  expect((await ask(`${address}/readyz`)).status).toBe(503);
  expect((await ask(`${address}/healthz`)).status).toBe(200);
  expect(await gone).toBe(0);
  await expect(ask(`${address}/healthz`)).rejects.toThrow('ECONNREFUSED');
});

it('a process that is told to stop ends at once when it is told again, be it by another signal', async () => {
  // Fifteen real seconds, which it would wait for.
  const { worker, address } = await busyWorker(1_500);

  const gone = worker.stop();
  await expect.poll(async () => (await ask(`${address}/readyz`)).text).toBe('This process is stopping.\n');
  // Within a second two signals are one.
  await sleep(1_100);
  process.kill(worker.pid, 'SIGINT');

  expect(await gone).toBe(130);
});
