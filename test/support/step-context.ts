import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { parseConnectTo } from '../../src/cloud/connect-to.ts';
import { KeptSessions } from '../../src/cloud/ssh/kept-sessions.ts';
import type { ConnectTo } from '../../src/cloud/connect-to.ts';
import type { StepRecord } from '../../src/cluster/operation.ts';
import type { PlanStep } from '../../src/cluster/plan.ts';
import { Settings } from '../../src/cluster/settings.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import { kindsByName } from '../../src/jobs/kinds.ts';
import type { Output, StepContext } from '../../src/jobs/resource.ts';
import { Looks } from '../../src/jobs/steps/looks.ts';
import { stepContext } from '../../src/jobs/steps/step-context.ts';
import type { Gathered } from '../../src/jobs/steps/step-context.ts';
import type { Secrets } from '../../src/jobs/store/secrets.ts';
import { operation } from '../bot/samples.ts';
import { silentLog } from './silent-log.ts';

export interface ContextOptions {
  /** Default: one that cannot be reached. */
  readonly cloud?: Cloud;
  readonly secrets: Secrets;
  readonly step: PlanStep;
  readonly spec: ClusterSpec;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** As the visits before have left it; what this one remembers is added to it. */
  readonly memory?: Gathered['memory'];
  readonly record?: Partial<StepRecord>;
  /** What the steps of other parts recorded. */
  readonly outputs?: Readonly<Record<string, Output>>;
  readonly connect?: ConnectTo;
  readonly signal?: AbortSignal;
}

/** What a visit to a step of an operation under way is given, as the step runner makes it, and what it gathers. */
export function contextOf(options: ContextOptions): {
  readonly ctx: StepContext;
  readonly gathered: Gathered;
} {
  const { secrets, step, spec, now, memory = {}, outputs = {} } = options;
  const record: StepRecord = { state: 'waiting', startedAt: now, ...options.record };
  const gathered: Gathered = { memory, notes: [], outcome: {} };
  const cloud =
    options.cloud ??
    createCloud({
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'k', accessKeySecret: 's' },
    });
  const other = (part: string): StepRecord | undefined => {
    const output = outputs[part];
    return output === undefined ? undefined : { state: 'done', output };
  };
  const ctx = stepContext({
    tools: {
      cloud,
      settings: Settings.parse({}),
      secrets,
      connect: options.connect ?? parseConnectTo(''),
      sessions: new KeptSessions(),
      timeScale: 1,
      now: () => now,
      kinds: kindsByName(),
      looks: new Looks(1),
    },
    visitor: {
      operation: operation('running', { cluster: spec.name, regionId: spec.regionId, spec }),
      step,
      fence: 2,
      record,
      begun: undefined,
      others: [],
      other,
    },
    record,
    gathered,
    signal: options.signal ?? new AbortController().signal,
    log: silentLog,
    save: async () => undefined,
    early: false,
    tags: undefined,
  });
  return { ctx: ctx as StepContext, gathered };
}
