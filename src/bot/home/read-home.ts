import type { HomeView } from '@slack/types';
import type { OperationView } from '../../cluster/answers.ts';
import { AmsError } from '../../cluster/errors.ts';
import { isUnderWay } from '../../cluster/operation.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { Desk } from '../../jobs/desk.ts';
import type { Access } from '../access.ts';
import { homeView, refusedHome, SHOWN } from '../views/home.ts';
import type { HomeCluster } from '../views/home.ts';

/** A glance older than this is read anew when somebody opens the home, in real milliseconds. */
const FRESH_MS = 60_000;
/** A page of the store: fewer cost as much. */
const LISTED = 100;
/** Of those that are not over all count: an old plan may wait for a decision behind hundreds that are under way. */
const MOST_LIVE = 1_000;

export interface HomeParts {
  readonly desk: Pick<Desk, 'operations' | 'operation' | 'clusters' | 'glances' | 'lookAt'>;
  readonly access: Pick<Access, 'checkMayUse' | 'isApprover'>;
  readonly now: () => number;
}

/**
 * What this person's home shows now. It is asked for with every change of a message, so it goes by what was read before;
 * of what it shows, only a cluster whose operation ended since is asked for. When that is read, the home is touched again.
 */
export async function readHome(user: string, { desk, access }: HomeParts): Promise<HomeView> {
  const refusal = await refusalOf(user, access);
  if (refusal) return refusedHome(refusal);
  const [live, lately, clusters, glances] = await Promise.all([
    desk.operations({ live: true, limit: MOST_LIVE }),
    desk.operations({ limit: LISTED }),
    desk.clusters(),
    desk.glances(),
  ]);
  const known = clusters.map((record) => ({
    record,
    glance: glances.find((one) => one.cluster === record.cluster),
    operation: live.find((one) => one.cluster === record.cluster && one.planOnly !== true),
  }));
  for (const one of known.slice(0, SHOWN.clusters))
    if (isOvertaken(one, lately)) await desk.lookAt(one.record.cluster);
  const running = live.filter(isUnderWay);
  return homeView({
    user,
    // Whom Slack does not tell about may press: the click decides.
    isApprover: await access.isApprover(user).catch(() => true),
    clusters: known,
    pending: live.filter((one) => one.state === 'awaiting-approval'),
    running: await viewsOf(running.slice(0, SHOWN.running), desk),
    runningCount: running.length,
    lately: lately.filter((one) => one.endedAt !== undefined),
  });
}

/** Somebody opened this person's home: has read anew what it shows and what was not read lately. */
export async function lookAtShown(user: string, { desk, access, now }: HomeParts): Promise<void> {
  if (await refusalOf(user, access)) return;
  const [clusters, glances] = await Promise.all([desk.clusters(), desk.glances()]);
  for (const { cluster } of clusters.slice(0, SHOWN.clusters)) {
    const { readAt = 0, health = 'unknown' } = glances.find((one) => one.cluster === cluster) ?? {};
    // Whoever opens it after a look that failed has come to see how it is.
    if (health === 'unknown' || now() - readAt > FRESH_MS) await desk.lookAt(cluster);
  }
}

/** Why this person may not use the bot, if so. */
async function refusalOf(user: string, access: HomeParts['access']): Promise<AmsError | undefined> {
  try {
    await access.checkMayUse(user, undefined);
    return undefined;
  } catch (error) {
    if (error instanceof AmsError && error.code !== 'queue_down') return error;
    throw error;
  }
}

/**
 * Read before the last operation on it ended; or never, and no operation is under way whose end will have it read. One
 * that never began has changed nothing, and may have ended by another clock than that of whoever reads.
 */
function isOvertaken({ record, glance, operation }: HomeCluster, lately: readonly Operation[]): boolean {
  if (glance === undefined) return operation === undefined || !isUnderWay(operation);
  return lately.some(
    ({ cluster, startedAt, endedAt = 0 }) =>
      cluster === record.cluster && startedAt !== undefined && endedAt > glance.readAt,
  );
}

async function viewsOf(
  operations: readonly Operation[],
  desk: Pick<Desk, 'operation'>,
): Promise<readonly OperationView[]> {
  const all = await Promise.all(operations.map((one) => desk.operation(one.id)));
  return all.filter((one) => one !== undefined);
}
