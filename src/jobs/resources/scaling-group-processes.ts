import type { Role } from '../../cluster/names.ts';
import type { SeenScalingGroup } from './scaling-group-diff.ts';

/** What does not happen while a process of a group is suspended (ESS SuspendProcesses). The cluster schedules nothing. */
const WITHOUT: Readonly<Record<string, string>> = {
  ScaleOut: 'no nodes are started',
  ScaleIn: 'no nodes are taken away',
  HealthCheck: 'nodes that break are not replaced',
  AlarmNotification: 'the number of nodes does not follow the load',
};

/** Of suspended processes those that a cluster cannot do without, in an order that is always the same. */
export function neededProcesses(suspended: readonly string[]): readonly string[] {
  return suspended.filter((process) => WITHOUT[process] !== undefined).toSorted();
}

/** What does not happen without such a process. */
export function withoutProcess(process: string): string {
  return WITHOUT[process] ?? '';
}

/** In sentences, what somebody has suspended. */
export function suspensions(role: Role, { suspendedProcesses }: SeenScalingGroup): readonly string[] {
  return suspendedProcesses.map(
    (process) =>
      `${role} group: ${withoutProcess(process)} (its process ${process} is suspended); it must be resumed`,
  );
}
