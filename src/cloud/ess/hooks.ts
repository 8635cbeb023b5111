import { readAll } from './list.ts';
import type { HookWish } from './groups.ts';
import type { Line } from '../calling/line.ts';
import { CloudError } from '../errors.ts';
import { gone, idIn } from '../calling/outcome.ts';
import { byToken } from '../calling/paging.ts';
import { wireObject } from '../calling/wire-answer.ts';

/** A place where an instance waits on its way into or out of a group. */
export interface LifecycleHook {
  readonly hookId: string;
  readonly name: string;
  /** `SCALE_OUT`, `SCALE_IN`. */
  readonly transition: string;
  readonly defaultResult: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly active: boolean;
}

/** Instances that wait at a hook. */
export interface LifecycleAction {
  readonly hookId: string;
  readonly actionToken: string;
  /** `Pending`, `Timeout`, `Completed`. */
  readonly status: string;
  readonly instanceIds: readonly string[];
}

export interface Hooks {
  hooks(scalingGroupId: string): Promise<readonly LifecycleHook[]>;
  /** @returns its id (CreateLifecycleHook; no token) */
  createHook(scalingGroupId: string, hook: HookWish): Promise<string>;
  /** Gone already is success; instances that wait go on (DeleteLifecycleHook). */
  deleteHook(hookId: string): Promise<void>;
  /** Who waits because of a scaling activity (DescribeLifecycleActions). */
  lifecycleActions(activityId: string): Promise<readonly LifecycleAction[]>;
  /** Lets them go on; done already or timed out is success (CompleteLifecycleAction). */
  completeLifecycleAction(input: {
    readonly hookId: string;
    readonly actionToken: string;
    readonly result?: 'CONTINUE' | 'ABANDON' | undefined;
    readonly token?: string | undefined;
  }): Promise<void>;
  /** Lets them wait longer (RecordLifecycleActionHeartbeat). */
  prolongLifecycleAction(input: {
    readonly hookId: string;
    readonly actionToken: string;
    readonly timeoutSeconds: number;
  }): Promise<void>;
}

export function createHooks(line: Line<'ess'>): Hooks {
  const RegionId = line.regionId;
  return {
    async hooks(scalingGroupId) {
      const all = await readAll(line, 'DescribeLifecycleHooks', 'LifecycleHooks', {
        ScalingGroupId: scalingGroupId,
      });
      return all.map((one) => ({
        hookId: one.text('LifecycleHookId') ?? '',
        name: one.text('LifecycleHookName') ?? '',
        transition: one.text('LifecycleTransition') ?? '',
        defaultResult: one.text('DefaultResult'),
        timeoutSeconds: one.number('HeartbeatTimeout'),
        active: (one.text('LifecycleHookStatus') ?? 'Active').toLowerCase() === 'active',
      }));
    },
    async createHook(ScalingGroupId, hook) {
      const answer = await line.callByForm('CreateLifecycleHook', {
        ScalingGroupId,
        LifecycleHookName: hook.name,
        LifecycleTransition: hook.transition,
        HeartbeatTimeout: hook.timeoutSeconds,
        DefaultResult: hook.defaultResult,
      });
      return idIn(answer['LifecycleHookId'] as string | undefined, 'ess', 'CreateLifecycleHook');
    },
    deleteHook: (LifecycleHookId) =>
      gone(line.callByForm('DeleteLifecycleHook', { RegionId, LifecycleHookId })),
    async lifecycleActions(ScalingActivityId) {
      const all = await byToken(async (NextToken) => {
        const answer = wireObject(
          await line.callByForm('DescribeLifecycleActions', {
            RegionId,
            ScalingActivityId,
            MaxResults: 50,
            NextToken,
          }),
        );
        return { items: answer.objects('LifecycleActions'), nextToken: answer.text('NextToken') };
      });
      return all.map((one) => ({
        hookId: one.text('LifecycleHookId') ?? '',
        actionToken: one.text('LifecycleActionToken') ?? '',
        status: one.text('LifecycleActionStatus') ?? '',
        instanceIds: one.texts('InstanceIds'),
      }));
    },
    async completeLifecycleAction({ hookId, actionToken, result, token }) {
      try {
        await line.callByForm('CompleteLifecycleAction', {
          RegionId,
          LifecycleHookId: hookId,
          LifecycleActionToken: actionToken,
          LifecycleActionResult: result ?? 'CONTINUE',
          ClientToken: token,
        });
      } catch (error) {
        const over = 'lifecyclehookidandlifecycleactiontoken.invalid';
        if (!(error instanceof CloudError) || error.alibabaCode?.toLowerCase() !== over) throw error;
      }
    },
    async prolongLifecycleAction({ hookId, actionToken, timeoutSeconds }) {
      // The one action of the product whose parameters begin with a small letter.
      await line.callByForm('RecordLifecycleActionHeartbeat', {
        RegionId,
        lifecycleHookId: hookId,
        lifecycleActionToken: actionToken,
        heartbeatTimeout: timeoutSeconds,
      });
    },
  };
}
