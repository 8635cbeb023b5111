import type { CloudError } from '../errors.ts';
import { errorOfCode } from '../errors.ts';
import type { Line } from '../calling/line.ts';
import { byToken } from '../calling/paging.ts';

/** A change of ALB that was accepted. */
export interface Job {
  readonly jobId: string;
  /** `Processing`, `Succeeded`, `Failed`. */
  readonly status: string;
  readonly action: string;
  readonly resourceId: string | undefined;
  /** Why it failed. */
  readonly error: CloudError | undefined;
}

export interface Jobs {
  /** Nothing right after the write means "not visible yet" (ListAsynJobs). */
  jobs(input: {
    readonly ids?: readonly string[] | undefined;
    readonly resourceIds?: readonly string[] | undefined;
  }): Promise<readonly Job[]>;
}

export function createJobs(line: Line<'alb'>): Jobs {
  return {
    async jobs({ ids, resourceIds }) {
      const all = await byToken(async (nextToken) => {
        const answer = await line.call('ListAsynJobs', {
          jobIds: ids && [...ids],
          resourceIds: resourceIds && [...resourceIds],
          maxResults: 100,
          nextToken,
        });
        return { items: answer.jobs ?? [], nextToken: answer.nextToken };
      });
      return all.map((one) => ({
        jobId: one.id ?? '',
        status: one.status ?? '',
        action: one.apiName ?? '',
        resourceId: one.resourceId,
        error:
          one.status === 'Failed'
            ? errorOfCode({ product: 'alb', action: one.apiName ?? 'job' }, one.errorCode)
            : undefined,
      }));
    },
  };
}
