import { createJobs } from './alb/jobs.ts';
import type { Jobs } from './alb/jobs.ts';
import { createListeners } from './alb/listeners.ts';
import type { Listeners } from './alb/listeners.ts';
import { createLoadBalancers } from './alb/load-balancers.ts';
import type { LoadBalancers } from './alb/load-balancers.ts';
import { createRules } from './alb/rules.ts';
import type { Rules } from './alb/rules.ts';
import { createServerGroups } from './alb/server-groups.ts';
import type { ServerGroups } from './alb/server-groups.ts';
import type { Line } from './calling/line.ts';
import { toTagList } from './calling/tags.ts';
import type { Tags } from './calling/tags.ts';

/**
 * Application load balancers (ALB 2020-06-16); the endpoint decides the region. Writes are accepted first and done
 * later: they answer with the id of a job, which may be asked for with `jobs`. Changes of one load balancer's
 * listeners must go one after the other. Every method throws CloudError when the cloud refuses or does not answer.
 */
export interface Alb extends LoadBalancers, ServerGroups, Listeners, Rules, Jobs {
  /** Zones that take load balancers (DescribeZones). */
  zones(): Promise<readonly { readonly zoneId: string; readonly name: string | undefined }[]>;
  /** Adds tags to what exists (TagResources). */
  tag(input: {
    readonly type: 'loadbalancer' | 'servergroup' | 'listener';
    readonly ids: readonly string[];
    readonly tags: Tags;
  }): Promise<void>;
}

/** @param line to ALB in the region */
export function createAlb(line: Line<'alb'>): Alb {
  return {
    ...createLoadBalancers(line),
    ...createServerGroups(line),
    ...createListeners(line),
    ...createRules(line),
    ...createJobs(line),
    async zones() {
      const answer = await line.call('DescribeZones', { acceptLanguage: 'en-US' });
      return (answer.zones ?? []).flatMap((zone) =>
        zone.zoneId === undefined ? [] : [{ zoneId: zone.zoneId, name: zone.localName }],
      );
    },
    async tag({ type, ids, tags }) {
      await line.call('TagResources', {
        resourceType: type,
        resourceId: [...ids],
        tag: toTagList(tags),
      });
    },
  };
}
