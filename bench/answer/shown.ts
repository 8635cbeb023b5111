import { PEOPLE, workspace } from '../../sandbox/world.ts';
import { coveredMs } from '../stats.ts';
import { openBenchTown } from '../time/town.ts';
import type { BenchTown } from '../time/town.ts';

/** What a call takes in the cloud, milliseconds; real ones take from 50 to several hundred. */
export const CALL_MS = 60;
const TIME_SCALE = 0.01;
const PATIENCE_MS = 240_000;
/** Machines without a shell, so that many fit on one computer, need a database that is there already. */
const CREATE =
  'create-cluster bench --origin 1 --origin-min 1 --edge 1 --edge-min 1 --edge-max 1000 --mongo-uri mongodb://10.255.0.9:27017/';

export interface Shown {
  /** From the typed command to the message. */
  readonly totalMs: number;
  /** Of that, the time in which the cloud had at least one call to answer. */
  readonly cloudMs: number;
}

export interface ShownOfSize {
  readonly nodes: number;
  readonly plans: readonly Shown[];
  readonly statuses: readonly Shown[];
}

/**
 * How long the plan of one edge more and the status of a cluster take to be shown, by its number of nodes. Each is
 * typed in a channel of its own: Slack allows about one message a second in a channel.
 */
export async function shown(
  sizes: readonly number[],
  runs: number,
  progress: (text: string) => void,
): Promise<readonly ShownOfSize[]> {
  const slack = workspace();
  const members = (slack.users ?? []).map((one) => one.id);
  const channels = Array.from({ length: sizes.length * (runs + 1) * 2 }, (_none, at) => ({
    id: `C0BENCH${String(at).padStart(3, '0')}`,
    name: `bench-${at}`,
    members,
  }));
  const town = await openBenchTown({
    timeScale: TIME_SCALE,
    machines: { quick: true },
    slack: { ...slack, channels: [...(slack.channels ?? []), ...channels] },
  });
  try {
    await change(town, CREATE);
    const found: ShownOfSize[] = [];
    for (const nodes of sizes) {
      if (nodes > 2) await change(town, `scale edge ${nodes - 1} bench`);
      progress(`a cluster of ${nodes} nodes`);
      const slow = town.world.alibaba.cloud.faults.plan({
        action: '*',
        when: 'before',
        kind: 'slow',
        times: Infinity,
        delayMs: CALL_MS / TIME_SCALE,
      });
      const plans: Shown[] = [];
      const statuses: Shown[] = [];
      for (let run = 0; run <= runs; run += 1) {
        const places = channels.splice(0, 2).map((one) => one.id);
        plans.push(
          await timed(town, 'plan scale edge +1 bench', places[0] ?? '', 'Plan: scale edge of bench'),
        );
        statuses.push(await timed(town, 'status bench', places[1] ?? '', 'bench is '));
      }
      slow.cancel();
      // The first of each loads what only it uses.
      found.push({ nodes, plans: plans.slice(1), statuses: statuses.slice(1) });
    }
    return found;
  } finally {
    await town.close();
  }
}

async function timed(town: BenchTown, command: string, channel: string, begins: string): Promise<Shown> {
  const { slack, alibaba } = town.world;
  const calls: (readonly [from: number, to: number])[] = [];
  const unsubscribe = alibaba.cloud.on('request', ({ durationMs }) => {
    const now = performance.now();
    calls.push([now - durationMs, now]);
  });
  const startedAt = performance.now();
  await slack.as(PEOPLE.requester).command(command, { channel });
  await slack.waitForMessage((message) => message.text.startsWith(begins), {
    channel,
    timeoutMs: PATIENCE_MS,
  });
  const totalMs = performance.now() - startedAt;
  unsubscribe();
  return { totalMs, cloudMs: coveredMs(calls) };
}

/** Types, approves and waits for the end. @throws Error when it does not end well */
async function change(town: BenchTown, command: string): Promise<void> {
  const { channel, world } = town;
  const seen = new Set(world.slack.messages(channel).map((one) => one.ts));
  await world.slack.as(PEOPLE.requester).command(command, { channel });
  const plan = await world.slack.waitForMessage(
    (message) =>
      !seen.has(message.ts) &&
      message.thread_ts === undefined &&
      /"Approve"|Cannot/.test(JSON.stringify(message)),
    { channel, timeoutMs: PATIENCE_MS },
  );
  if (plan.text.startsWith('Cannot')) throw new Error(`${command}: ${world.slack.transcript(channel)}`);
  await world.slack.as(PEOPLE.approver).click(plan, 'Approve');
  const end = await world.slack.waitForMessage(
    (message) => message.ts === plan.ts && /^(?:Done|Failed|Cannot)/.test(message.text),
    { channel, timeoutMs: PATIENCE_MS },
  );
  if (!end.text.startsWith('Done')) throw new Error(`${command}: ${world.slack.transcript(channel)}`);
}
