import type { HomeView } from '@slack/types';
import type { OperationView } from '../../cluster/answers.ts';
import { AmsError } from '../../cluster/errors.ts';
import type { Glance } from '../../cluster/glance.ts';
import type { Operation } from '../../cluster/operation.ts';
import type { Desk } from '../../jobs/desk.ts';
import type { Access } from '../access.ts';
import { homeView, refusedHome } from '../views/home.ts';

/** A glance older than this is read anew when somebody looks, in real milliseconds. */
const FRESH_MS = 60_000;
const LATELY_LISTED = 30;

export interface HomeParts {
  readonly desk: Desk;
  readonly access: Access;
  readonly now: () => number;
}

/**
 * What this person's home shows now. Clusters that were not read lately are asked for; when they are read, the home is
 * touched again.
 */
export async function readHome(user: string, parts: HomeParts): Promise<HomeView> {
  const { desk, access, now } = parts;
  try {
    await access.checkMayUse(user, undefined);
  } catch (error) {
    if (error instanceof AmsError && error.code !== 'queue_down') return refusedHome(error);
    throw error;
  }
  const [live, lately, clusters, glances] = await Promise.all([
    desk.operations({ live: true, limit: 50 }),
    desk.operations({ limit: LATELY_LISTED }),
    desk.clusters(),
    desk.glances(),
  ]);
  const known = clusters.map((record) => ({
    record,
    glance: glances.find((one) => one.cluster === record.cluster),
    operation: live.find((one) => one.cluster === record.cluster && one.planOnly !== true),
  }));
  for (const { record, glance } of known)
    if (isStale(glance, record.cluster, lately, now())) await desk.lookAt(record.cluster);
  const running = live.filter((one) => one.state === 'approved' || one.state === 'running');
  return homeView({
    user,
    // Whom Slack does not tell about may press: the click decides.
    isApprover: await access.isApprover(user).catch(() => true),
    clusters: known,
    pending: live.filter((one) => one.state === 'awaiting-approval'),
    running: await viewsOf(running, desk),
    lately: lately.filter((one) => one.endedAt !== undefined),
  });
}

/** Read too long ago, or before the last operation on it ended. */
function isStale(
  glance: Glance | undefined,
  cluster: string,
  lately: readonly Operation[],
  now: number,
): boolean {
  if (glance === undefined || now - glance.readAt > FRESH_MS) return true;
  return lately.some((one) => one.cluster === cluster && (one.endedAt ?? 0) > glance.readAt);
}

async function viewsOf(operations: readonly Operation[], desk: Desk): Promise<readonly OperationView[]> {
  const all = await Promise.all(operations.slice(0, 20).map((one) => desk.operation(one.id)));
  return all.filter((one) => one !== undefined);
}
