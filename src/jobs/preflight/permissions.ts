import type { Cloud } from '../../cloud/cloud.ts';
import type { TriedWrite } from '../../cloud/dry-runs.ts';
import type { Findings } from './findings.ts';

/** That all is allowed is believed for this long; a refusal is looked at anew each time, so that mending it helps. */
const BELIEVED_MS = 5 * 60_000;

/** The last try in each region; what is under way is shared by plans made at the same time. */
const lastTries = new WeakMap<Cloud, Map<string, Try>>();

interface Try {
  readonly at: number;
  readonly tried: Promise<readonly TriedWrite[]>;
}

/** What is not needed when the part exists already. */
const ONLY_FOR_OWN = {
  vpc: ['vpc:CreateVpc', 'vpc:DeleteVpc'],
  database: ['ecs:RunInstances', 'ecs:DeleteInstance'],
} as const;

/**
 * Looks whether the credentials may write, as far as Alibaba Cloud lets that be tried without doing it: better than to
 * learn it in the middle, with half a cluster standing. What could not be told is not held against anybody.
 */
export async function checkMayWrite(
  input: {
    readonly cloud: Cloud;
    readonly regionId: string;
    readonly ownVpc: boolean;
    readonly ownDatabase: boolean;
    readonly now: () => number;
  },
  findings: Findings,
): Promise<void> {
  const { cloud, regionId, ownVpc, ownDatabase, now } = input;
  const tried = await tryWrites(cloud, regionId, now());
  const needless: readonly string[] = [
    ...(ownVpc ? [] : ONLY_FOR_OWN.vpc),
    ...(ownDatabase ? [] : ONLY_FOR_OWN.database),
  ];
  const denied = deniedOf(tried).filter((action) => !needless.includes(action));
  if (denied.length === 0) return;
  findings.problem(
    'permission_missing',
    `Alibaba Cloud does not let my credentials do what this needs: ${denied.join(', ')}.`,
    permissionFix(denied),
  );
}

async function tryWrites(cloud: Cloud, regionId: string, now: number): Promise<readonly TriedWrite[]> {
  const tries = lastTries.get(cloud) ?? new Map<string, Try>();
  lastTries.set(cloud, tries);
  const last = tries.get(regionId);
  if (last !== undefined && now - last.at < BELIEVED_MS) return last.tried;
  const running = cloud.in(regionId).dryRuns.tryWrites();
  tries.set(regionId, { at: now, tried: running });
  const tried = await running;
  if (tried.some((one) => one.verdict !== 'allowed')) tries.delete(regionId);
  return tried;
}

export function deniedOf(tried: readonly TriedWrite[]): readonly string[] {
  return tried.filter((one) => one.verdict === 'denied').map((one) => one.action);
}

export function permissionFix(denied: readonly string[]): string {
  return `Allow ${denied.join(', ')} to the credentials' user or role in RAM; deploy/ram-policy.json is all that is needed.`;
}
