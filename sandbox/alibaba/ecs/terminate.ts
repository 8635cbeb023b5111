import { ApiError, incorrectStatus } from '../api-error.ts';
import type { Cloud } from '../cloud.ts';
import { releaseInterface } from '../vpc/interfaces.ts';
import { release } from './power.ts';
import type { InstanceEntry } from './state.ts';

interface TerminateOptions {
  readonly force: boolean;
  readonly ignoreProtection?: boolean;
}

/**
 * Releases instances, all or none. Resolves when they are gone; their interfaces vanish a little later.
 *
 * @throws ApiError InvalidOperation.DeletionProtection, IncorrectInstanceStatus.Initializing (Pending),
 * IncorrectInstanceStatus (running without `force`); thrown before anything happens.
 */
export function terminateInstances(
  cloud: Cloud,
  entries: readonly InstanceEntry[],
  options: TerminateOptions,
): Promise<void> {
  checkTermination(entries, options);
  const leaving = entries.filter((entry) => !entry.isReleasing);
  return cloud.track(
    Promise.all(
      leaving.map((entry) => release(cloud, entry, () => releaseInterface(cloud, entry.interfaceId))),
    ).then(() => undefined),
  );
}

/** @throws ApiError as {@link terminateInstances} */
export function checkTermination(entries: readonly InstanceEntry[], options: TerminateOptions): void {
  for (const entry of entries) {
    if (entry.deletionProtection && options.ignoreProtection !== true) {
      throw new ApiError(
        'InvalidOperation.DeletionProtection',
        403,
        `The deletion protection of instance ${entry.id} is enabled.`,
      );
    }
    if (entry.isReleasing) continue;
    if (entry.status === 'Pending') {
      throw incorrectStatus('IncorrectInstanceStatus.Initializing', `instance ${entry.id}`, entry.status);
    }
    if (entry.status !== 'Stopped' && !options.force) {
      throw incorrectStatus('IncorrectInstanceStatus', `instance ${entry.id}`, entry.status);
    }
  }
}
