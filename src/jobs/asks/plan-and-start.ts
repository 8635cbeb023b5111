import { ComesLater } from './comes-later.ts';
import { remindAt } from '../../cluster/approval.ts';
import type { Problem } from '../../cluster/errors.ts';
import type { Operation } from '../../cluster/operation.ts';
import { planDifferences, removesCluster } from '../../cluster/plan.ts';
import { derivedId } from '../../cluster/names.ts';
import { holdBeforeStart, lookBeforeStart } from '../planning/look-before-start.ts';
import { prepare } from '../planning/prepare.ts';
import type { ReadyPlan } from '../planning/prepared.ts';
import type { AskJob } from '../queues.ts';
import { untraced } from '../trace.ts';
import type { AskParts } from './parts.ts';

/**
 * Plans an operation, or starts what was approved. What comes again, from the sweep for one, finds the work done and
 * leaves no trace.
 * @throws CloudError when the cloud cannot be read now; ComesLater when it is to start together with others, or was cut
 *   short
 */
export async function planOrStart(
  job: Extract<AskJob, { do: 'plan' | 'start' }>,
  parts: AskParts,
  signal: AbortSignal,
): Promise<void> {
  const { store, trace = untraced } = parts;
  const operation = await store.read(job.operation);
  if (!operation) return;
  const { state } = operation;
  if (job.do === 'plan') {
    if (state === 'draft') await trace.during(job, 'plan', {}, () => plan(operation, parts, signal));
  } else if (state === 'approved') {
    const holdMs = holdBeforeStart(operation, parts.tools);
    if (holdMs > 0) throw new ComesLater(holdMs);
    await trace.during(job, 'start', {}, () => start(operation, parts, signal));
  } else if (state === 'running') await begin(operation, parts);
  else if (state === 'superseded') await askAgain(operation, undefined, parts);
}

/**
 * Ends an operation that has changed nothing yet, as long as it stands as it did when it was looked at: of what a worker
 * was planning when it was frozen, people may have approved the plan of another.
 */
export async function refuse(
  { id, state }: Pick<Operation, 'id' | 'state'>,
  problems: readonly Problem[],
  { engine, tools }: Pick<AskParts, 'engine' | 'tools'>,
): Promise<void> {
  const detail = problems.map((problem) => problem.message).join(' ');
  await engine.change(id, { event: 'refused', detail }, (current) =>
    current.state === state ? { ...current, state: 'refused', problems, endedAt: tools.now() } : current,
  );
}

/**
 * Refuses what cannot be planned. A cluster that shall go and of which nothing is there, since people removed it by hand
 * or nothing was ever made, is not remembered any more: else nothing would end that.
 */
async function turnDown(
  { id, cluster, wish, state }: Operation,
  problems: readonly Problem[],
  parts: AskParts,
): Promise<void> {
  if (wish.kind === 'destroy' && problems.some(({ code }) => code === 'unknown_cluster'))
    await parts.store.clusters.forget(cluster, { operation: id, state });
  await refuse({ id, state }, problems, parts);
}

async function plan(operation: Operation, parts: AskParts, signal: AbortSignal): Promise<void> {
  const { store, tools, engine, queues } = parts;
  const { id } = operation;
  const prepared = await prepare(operation, { tools, store, signal });
  expectWhole(signal);
  if (!('plan' in prepared)) return turnDown(operation, prepared.problems, parts);
  // A plan expires by the clock that workers and bots on all machines have in common.
  const now = await queues.redisTime();
  const after = await engine.change(id, { event: 'planned' }, (current) =>
    current.state === 'draft' ? withPlan(current, prepared, now) : current,
  );
  if (after.state !== 'awaiting-approval' || after.expiresAt === undefined) return;
  await queues.queueExpiry(id, after.expiresAt - now);
  if (after.remindAt !== undefined) await queues.queueReminder(id, after.remindAt - now);
}

function withPlan(operation: Operation, prepared: ReadyPlan, now: number): Operation {
  const { spec, plan, digest, regionId, before } = prepared;
  const numbers = before === undefined ? {} : { before };
  const planned = { ...operation, ...numbers, spec, plan, digest, regionId, plannedAt: now };
  if (operation.planOnly === true) return { ...planned, state: 'planned', endedAt: now };
  const reminder = remindAt(operation.policy, now);
  return {
    ...planned,
    state: 'awaiting-approval',
    expiresAt: now + operation.policy.expiresAfterMs,
    ...(reminder === undefined ? {} : { remindAt: reminder }),
  };
}

/** The last look: what was approved is what runs, or it asks again. */
async function start(operation: Operation, parts: AskParts, signal: AbortSignal): Promise<void> {
  const { store, tools, engine } = parts;
  const { id } = operation;
  const prepared = await lookBeforeStart(operation, { tools, store, signal });
  expectWhole(signal);
  if (!('plan' in prepared)) return turnDown(operation, prepared.problems, parts);
  if (prepared.digest !== operation.digest) return askAgain(operation, prepared, parts);
  // Of a cluster of that name which somebody removed by hand there may be some still, known to who had its password.
  if (isAllNew(operation))
    await tools.secrets.forget(operation.cluster, { operation: id, state: 'approved' });
  const after = await store.update(id, { event: 'started' }, (current) =>
    current.state === 'approved'
      ? { ...current, spec: prepared.spec, state: 'running', startedAt: tools.now(), run: 1 }
      : current,
  );
  await Promise.all([begin(after, parts), engine.tell(id)]);
}

/** A look that was cut short, since this worker is told to stop, may lack what it could not ask any more: another one looks. */
function expectWhole(signal: AbortSignal): void {
  if (signal.aborted) throw new ComesLater(1);
}

/** A create that finds nothing of its cluster; a database of others may know an administrator from before. */
function isAllNew({ wish, plan, spec }: Operation): boolean {
  return wish.kind === 'create' && plan?.carriesOn !== true && spec?.database.source === 'instance';
}

/**
 * The first steps. Before that a cluster is remembered of which something will be there, and what is being taken back is
 * marked: it must not be carried on any more.
 */
async function begin(operation: Operation, { store, engine }: AskParts): Promise<void> {
  const { id, state, wish, spec, plan, requester } = operation;
  if (state !== 'running') return;
  if (spec && !removesCluster(plan)) {
    const { name, regionId, domain } = spec;
    // What is remembered before a create is another cluster, which somebody removed by hand.
    const known = wish.kind === 'create' ? undefined : await store.clusters.read(name);
    const { channel, user } = known ?? requester;
    const home = { ...(channel === undefined ? {} : { channel }), ...(user === undefined ? {} : { user }) };
    const record = { cluster: name, regionId, domain, spec, ...home };
    // Whoever was frozen on the way here brings back no cluster that others have removed since.
    await store.clusters.remember(record, { operation: id, state: 'running' });
  }
  if (wish.kind === 'rollback') {
    await engine.change(wish.of, undefined, (current) =>
      current.rolledBackBy === id ? current : { ...current, rolledBackBy: id },
    );
  }
  await engine.advance(id);
}

/** Replaces an operation whose plan no longer holds by a new one that asks, showing what changed. */
async function askAgain(
  operation: Operation,
  prepared: ReadyPlan | undefined,
  { store, engine, queues, tools, trace = untraced }: AskParts,
): Promise<void> {
  const next = successorOf(operation, prepared, await queues.redisTime());
  const note = {
    event: 'requested',
    user: operation.requester.user,
    detail: `again, instead of ${operation.id}`,
  };
  if (prepared) {
    const after = await engine.change(
      operation.id,
      { event: 'superseded', detail: next.id },
      (current) =>
        current.state === 'approved'
          ? { ...current, state: 'superseded', replacedBy: next.id, endedAt: tools.now() }
          : current,
      { successor: { operation: next, note } },
    );
    // Somebody has cancelled it meanwhile.
    if (after.replacedBy !== next.id) return;
  }
  await trace.request(next, async () => {
    await store.add(next, note);
    await queues.queuePlanning(next.id);
    await engine.tell(next.id);
  });
}

function successorOf(operation: Operation, prepared: ReadyPlan | undefined, now: number): Operation {
  const differences = prepared && operation.plan ? planDifferences(operation.plan, prepared.plan) : [];
  const { expiresAt: _e, plannedAt: _p, endedAt: _n, replacedBy: _r, ...kept } = operation;
  const { remindAt: _at, remindedAt: _ed, ...rest } = kept;
  return {
    ...rest,
    id: derivedId('op', `${operation.id} again`),
    state: 'draft',
    decisions: [],
    createdAt: now,
    plan: undefined,
    digest: undefined,
    replaces: operation.id,
    differences:
      differences.length > 0 ? differences : ['What is in the cloud changed since the plan was shown.'],
  };
}
