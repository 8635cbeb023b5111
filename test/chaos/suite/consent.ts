import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { OperationView } from '../../../src/cluster/answers.ts';
import { ROLES } from '../../../src/cluster/names.ts';
import type { Operation } from '../../../src/cluster/operation.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { holdingsOf } from '../../support/holdings.ts';
import { offers } from '../../support/town.ts';
import type { Message, Town } from '../../support/town.ts';
import { CHANGES } from './changes.ts';
import type { Change } from './changes.ts';
import { holdings } from './inventory.ts';
import { COMMANDS, live, openFastTown } from './life.ts';
import { changesLimits, groupIds, keptNumbers, narrowed, numbersOf, otherNumbers } from './numbers.ts';
import type { GroupIds, Numbers } from './numbers.ts';
import { READS } from './points.ts';
import { seeded } from '../../../sandbox/random.ts';
import { operationIn } from './record.ts';

/** What became of clicks on plans that something had happened to. */
export interface Consent {
  readonly clicks: number;
  /** The plan was still the plan: it ran. */
  readonly ran: number;
  /** Of those, plans that named other limits of a group. */
  readonly limits: number;
  /** It was not: nothing ran, a newer plan or a reason was shown. */
  readonly askedAgain: number;
  /** Changes of the cloud that were in no plan an approver saw, in words. */
  readonly unseen: readonly string[];
}

const OVER = ['succeeded', 'failed', 'superseded', 'refused', 'cancelled', 'expired', 'rejected'];
const PATIENCE_MS = 90_000;
/** All towns are made at once: on a busy computer that takes a while. */
const CREATE_PATIENCE_MS = 600_000;
/** How long a running operation is looked on once its changes are made, real milliseconds. */
const LOOKED_ON_MS = 1_000;
const WITH_LIMITS = '--with-limits';

/** Opens a town with one cluster and lets something change between so many plans and their clicks. */
export async function changesInTown(order: {
  readonly seed: number;
  readonly changes: number;
}): Promise<Consent> {
  const town = await openFastTown();
  try {
    await town.start();
    await live(town, COMMANDS.create, undefined, CREATE_PATIENCE_MS);
    return await changeAndClick(town, order);
  } finally {
    await town.close();
  }
}

/** The same against a town whose cluster `live` stands. */
export async function changeAndClick(
  town: Town,
  order: { readonly seed: number; readonly changes: number },
): Promise<Consent> {
  const random = seeded(order.seed);
  const redis = new Redis(town.redis.url);
  const store = new Store(redis, new Keys());
  const unseen: string[] = [];
  let [clicks, ran, limits, askedAgain] = [0, 0, 0, 0];
  try {
    for (let tries = 0; clicks < order.changes && tries < order.changes * 3; tries += 1) {
      const change = CHANGES[Math.floor(random() * CHANGES.length)] as Change;
      const command = drawCommand(town, random);
      const heal = prepared(town, random, command);
      const plan = await asked(town, command);
      if (plan === undefined) {
        heal?.();
        continue;
      }
      const shown = (await store.view(operationIn(plan)))?.operation;
      if (shown === undefined) throw new Error(`no operation in ${plan.text}`);
      const groups = groupIds(town);
      const undo = await change.apply(town, random, store.clusters);
      const calls = town.world.alibaba.cloud.requests.length;
      const before = holdings(town.world);
      const numbers = numbersOf(town, groups);
      await town.alex.click(plan, 'Approve');
      const { operation: after, steps } = await over(town, store, shown.id).catch((error: unknown) => {
        throw new Error(
          `${command}, ${change.name} before the click (seed ${order.seed}, click ${clicks + 1})`,
          {
            cause: error,
          },
        );
      });
      clicks += 1;
      const runs = after.startedAt !== undefined;
      if (runs) ran += 1;
      else askedAgain += 1;
      if (runs && changesLimits(shown)) limits += 1;
      const then = { calls, before, groups, numbers };
      for (const wrong of notInPlan(town, shown, runs ? steps : undefined, then))
        unseen.push(
          `${command}, ${change.name} before the click: ${wrong} (seed ${order.seed}, click ${clicks})`,
        );
      await dismiss(town, store, shown);
      await undo();
      heal?.();
    }
    return { clicks, ran, limits, askedAgain, unseen };
  } finally {
    redis.disconnect();
  }
}

/** A command that has something to plan now. */
function drawCommand(town: Town, random: () => number): string {
  const role = random() < 0.8 ? 'edge' : 'origin';
  const now = holdingsOf(town.world, 'live').scalingGroup(role).desired ?? 0;
  const drawn = random();
  if (drawn < 0.15) return COMMANDS.repair;
  if (drawn < 0.25 && now < 3) return `scale ${role} +1 live`;
  const other = [1, 2, 3].filter((count) => count !== now);
  const command = `scale ${role} ${other[Math.floor(random() * other.length)] ?? 1} live`;
  return drawn < 0.75 ? command : `${command} ${WITH_LIMITS}`;
}

/** Gives a command something to do that there is not yet. Returns what puts it right again. */
function prepared(town: Town, random: () => number, command: string): (() => void) | undefined {
  if (command === COMMANDS.repair) return damaged(town, random);
  if (!command.endsWith(WITH_LIMITS)) return undefined;
  return narrowed(town, command.startsWith('scale edge') ? 'edge' : 'origin');
}

/** Something for a repair to find. Returns what puts it right in case the repair does not run. */
function damaged(town: Town, random: () => number): () => void {
  const group = holdingsOf(town.world, 'live').securityGroup('nodes');
  const { rules } = group;
  const gone = Math.floor(random() * rules.length);
  group.rules = rules.filter((_rule, index) => index !== gone);
  return () => void (group.rules = rules);
}

/** Types a command and returns the plan that asks, or undefined when there is nothing to approve. */
async function asked(town: Town, command: string): Promise<Message | undefined> {
  const { slack } = town.world;
  const seen = () => [...slack.messages(town.channel), ...slack.ephemerals(town.dana.id, town.channel)];
  const before = new Set(seen().map((one) => one.ts));
  await town.dana.command(command, { channel: town.channel });
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const news = seen().filter((one) => !before.has(one.ts) && (one.thread_ts ?? one.ts) === one.ts);
    const plan = news.find((one) => offers(one, 'Approve'));
    if (plan !== undefined) return plan;
    if (news.some((one) => /^(Cannot|Nothing|Failed)/.test(one.text))) return undefined;
    await sleep(10);
  }
  throw new Error(`${command} was not answered:\n${town.world.slack.transcript(town.channel).slice(-3_000)}`);
}

/**
 * Waits for the end of an operation. Once all its changes are made nobody needs to see how nodes come: it is looked on for
 * a while, for changes that no plan has, and cancelled.
 */
async function over(town: Town, store: Store, id: string): Promise<OperationView> {
  const until = performance.now() + PATIENCE_MS;
  let changedAt: number | undefined;
  let cancelled = false;
  for (;;) {
    const view = await store.view(id);
    if (view === undefined) throw new Error(`there is no operation ${id}`);
    const { operation, steps } = view;
    const isVisited = Object.values(steps).some((step) => step.changing === true);
    if (OVER.includes(operation.state) && !isVisited) return view;
    const changes = (operation.plan?.steps ?? []).filter((step) => step.action !== 'check');
    if (operation.state === 'running' && changes.every((step) => steps[step.id]?.state === 'done')) {
      changedAt ??= performance.now();
      if (!cancelled && performance.now() > changedAt + LOOKED_ON_MS) {
        cancelled = true;
        await town.dana.command(`cancel ${id}`, { channel: town.channel });
      }
    }
    if (performance.now() > until) throw new Error(`${id} came to no end: ${JSON.stringify(view)}`);
    await sleep(10);
  }
}

/** Calls and differences that the shown plan does not explain. @param records its steps; undefined: it did not run */
function notInPlan(
  town: Town,
  shown: Operation,
  records: OperationView['steps'] | undefined,
  then: {
    readonly calls: number;
    readonly before: ReturnType<typeof holdings>;
    readonly groups: GroupIds;
    readonly numbers: Numbers;
  },
): string[] {
  const kinds = kindsByName();
  const steps = records === undefined ? [] : (shown.plan?.steps ?? []);
  const allowed = new Set(
    steps.flatMap((step) => kinds.get(step.kind)?.actions ?? []).map((action) => action.split(':').at(-1)),
  );
  const wrong: string[] = [];
  for (const { action, params } of town.world.alibaba.cloud.requests.slice(then.calls)) {
    if (READS.test(action)) continue;
    if (!allowed.has(action)) wrong.push(`${action} is of no step of the plan`);
    if (action === 'ModifyScalingGroup') wrong.push(...otherNumbers(then, shown, params));
  }
  const parts = new Set(steps.map((step) => step.part));
  const roles = ROLES.filter((role) => parts.has(`scaling-group-${role}`));
  const isOfPlan = (what: string) =>
    [...parts].some((part) => what.includes(part)) ||
    roles.some((role) => what.includes(`scaling-group-${role}`) || what.includes(`server-group-${role}`));
  const lines = (of: ReturnType<typeof holdings>) => of.map((one) => `${one.what}: ${one.how}`);
  const [were, are] = [lines(then.before), lines(holdings(town.world))];
  for (const line of [
    ...are.filter((one) => !were.includes(one)),
    ...were.filter((one) => !are.includes(one)),
  ])
    if (!isOfPlan(line) && !settles(line)) wrong.push(`changed without being in the plan: ${line}`);
  const now = numbersOf(town, then.groups);
  for (const role of roles) {
    const isDone = records?.[`scaling-group-${role}`]?.state === 'done';
    wrong.push(...keptNumbers(role, shown, then.numbers[role], now[role], isDone));
  }
  return wrong;
}

/** Health checks and scaling that the change itself set off go on meanwhile. */
function settles(line: string): boolean {
  return /^(server group|instance|disk|member of)/.test(line);
}

/** Takes back what asks again, so that the next command finds the cluster free. */
async function dismiss(town: Town, store: Store, shown: Operation): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const busy = await Promise.all((await store.liveIds()).map((id) => store.view(id)));
    const [next] = busy.filter((view) => view?.operation.cluster === shown.cluster);
    if (next === undefined) return;
    if (performance.now() > until) throw new Error(`${next.operation.id} stays ${next.operation.state}`);
    if (next.operation.state === 'awaiting-approval')
      await town.dana.command(`cancel ${next.operation.id}`, { channel: town.channel });
    await sleep(30);
  }
}
