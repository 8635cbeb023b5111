import { randomUUID } from 'node:crypto';
import type { Call } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import type { AlbState, Job, LoadBalancer } from './state.ts';

/** An asynchronous write: what it is about, how long it takes, what is true afterwards. */
export interface Work {
  readonly resourceType: 'loadbalancer' | 'listener' | 'rule' | 'servergroup';
  readonly resourceId: string;
  readonly operateType:
    | 'Create'
    | 'Update'
    | 'Delete'
    | 'Associate'
    | 'Dissociate'
    | 'AddServers'
    | 'RemoveServers';
  /** Simulated milliseconds. */
  readonly takesMs: number;
  /** Balancer that takes no other write meanwhile. */
  readonly balancer?: LoadBalancer | undefined;
  readonly done: () => void;
}

/** Starts a write and returns its job. The job ends when `done` has run. */
export function startJob(cloud: Cloud, state: AlbState, call: Call, work: Work): string {
  const job: Job = {
    id: randomUUID(),
    regionId: call.regionId,
    apiName: call.action,
    resourceType: work.resourceType,
    resourceId: work.resourceId,
    operateType: work.operateType,
    status: 'Processing',
    errorCode: '',
    errorMessage: '',
    createdAt: Date.now(),
    modifiedAt: Date.now(),
  };
  state.jobs.set(job.id, job);
  const { resourceId } = work;
  const vpcId = (work.balancer ?? state.loadBalancers.get(resourceId) ?? state.serverGroups.get(resourceId))
    ?.vpcId;
  if (work.balancer) {
    work.balancer.busy = job.id;
    if (work.balancer.status === 'Active') work.balancer.status = 'Configuring';
  }
  state.changed(vpcId);
  const ended = cloud.waits.begin(`${work.resourceType} ${work.operateType}`, work.resourceId);
  cloud.later(work.takesMs, () => {
    ended();
    work.done();
    job.status = 'Succeeded';
    job.modifiedAt = Date.now();
    if (work.balancer?.busy === job.id) {
      work.balancer.busy = undefined;
      if (work.balancer.status === 'Configuring') work.balancer.status = 'Active';
    }
    state.changed(vpcId);
  });
  return job.id;
}
