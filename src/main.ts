#!/usr/bin/env node
import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { loadConfig } from './config/config.ts';
import type { Config, ProcessRole, TracingConfig } from './config/config.ts';
import { AmsError } from './cluster/errors.ts';
import { readEnvFile } from './config/env-file.ts';
import { keepHeapSmall } from './heap.ts';
import { createLog } from './log.ts';
import type { Log } from './jobs/log.ts';
import type { Ops } from './ops/ops.ts';
import type { Tracing } from './ops/tracing/tracing.ts';

const USAGE = `Usage: node dist/product/main.js <command>

  start    bot and worker in one process
  bot      Slack in and out
  worker   the cloud work
  doctor   checks the environment, Redis, Slack and Alibaba Cloud, and says what to fix
`;

/** How long running work may take to reach a safe point after SIGTERM; what is left is taken over by others. */
const GRACE_MS = 20_000;
/** What closing the rest may take after that; sending the last traces takes 1.5 s more at most. */
const CLOSING_MS = 8_000;
/** npm passes on what a terminal has told the program already: so close together, two signals are one. */
const SAME_SIGNAL_MS = 1_000;

interface Running {
  stop(graceMs: number): Promise<void>;
}

async function main(command: string | undefined): Promise<number> {
  // What the environment sets already wins over the file.
  for (const [name, value] of Object.entries(readEnvFile('.env'))) process.env[name] ??= value;
  if (command === 'doctor') {
    const { runDoctor } = await import('./doctor.ts');
    return runDoctor(process.env, (line) => process.stdout.write(`${line}\n`));
  }
  if (command !== 'start' && command !== 'bot' && command !== 'worker') {
    process.stderr.write(USAGE);
    return command === undefined || command === 'help' || command === '--help' ? 0 : 2;
  }
  keepHeapSmall();
  const roles: readonly ProcessRole[] = command === 'start' ? ['bot', 'worker'] : [command];
  const config = loadConfig(process.env, roles);
  const log = createLog(config.logLevel);
  for (const doubt of config.doubts) log.warn({}, doubt);
  // First of all, so that whoever watches sees a start that takes long.
  const ops = config.ops && (await (await import('./ops-role.ts')).startOps(config, config.ops, log));
  const tracing = config.tracing && (await startTraces(config.tracing, log));
  // Heard from the beginning on: a bot may wait for Slack for long, and a worker beside it is stopped in peace.
  const stopped = stopSignal();
  const running = startRoles(config, roles, log, ops, tracing);
  const started = running.started.then(() => {
    ops?.readiness.started();
    log.info({ roles }, 'ready');
  });
  await Promise.race([started.then(() => stopped), stopped]);
  log.info({ roles }, 'stopping');
  ops?.readiness.stopping();
  // Whatever hangs while it closes, a dead connection for one, must not hold up the next version.
  await Promise.race([running.stop(GRACE_MS).then(() => ops?.close()), setTimeout(GRACE_MS + CLOSING_MS)]);
  await tracing?.close();
  log.info({ roles }, 'stopped');
  return 0;
}

/** Starts the roles; the bot never loads the cloud's SDKs, the worker never loads Slack's. A stop may come before the end. */
function startRoles(
  config: Config,
  roles: readonly ProcessRole[],
  log: Log,
  ops: Ops | undefined,
  tracing: Tracing | undefined,
): Running & { readonly started: Promise<void> } {
  const running: Running[] = [];
  const begun = (role: Running): void => void running.push(role);
  // Side by side: a worker waits for Redis, and a bot says meanwhile that it is away.
  const starting = roles.map(async (role) => {
    if (role === 'worker')
      return (await import('./worker-role.ts')).startWorkerRole(config, log, ops, tracing, begun);
    return (await import('./bot-role.ts')).startBotRole(config, log, ops, tracing, begun);
  });
  return {
    started: Promise.all(starting).then(() => undefined),
    stop: async (graceMs) => void (await Promise.all(running.map((role) => role.stop(graceMs)))),
  };
}

/** Loaded for those alone who want it. What cannot be sent is told once, not each time. */
async function startTraces({ origin }: TracingConfig, log: Log): Promise<Tracing> {
  const { startTracing } = await import('./ops/tracing/tracing.ts');
  log.info({ origin }, 'operations are traced');
  return startTracing((trouble) => {
    if (trouble === undefined) log.info({ origin }, 'traces arrive again');
    else log.warn({ origin, trouble }, 'traces do not arrive');
  });
}

/**
 * Resolves at the first SIGTERM or SIGINT. A second one ends the process at once; it does so itself, since signals
 * without a listener do nothing to the first process of a container.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const told = (signal: 'SIGTERM' | 'SIGINT'): void => {
      const now = performance.now();
      first ??= now;
      if (now - first > SAME_SIGNAL_MS) process.exit(128 + constants.signals[signal]);
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => told(signal));
  });
}

try {
  process.exitCode = await main(process.argv[2]);
  // Whatever a library still holds open must not keep a stopped process alive.
  process.exit();
} catch (error) {
  const words =
    error instanceof AmsError
      ? `${error.message}\n${error.hint}`
      : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${words}\n`);
  process.exit(1);
}
