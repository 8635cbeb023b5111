import { answersSince, withAnswersSince } from '../../cloud/calling/answers.ts';
import type { Cloud } from '../../cloud/cloud.ts';
import type { ConnectTo } from '../../cloud/connect-to.ts';
import type { KeptSessions } from '../../cloud/ssh/kept-sessions.ts';
import type { Operation, Outcome, StepRecord } from '../../cluster/operation.ts';
import { clientToken } from '../../cluster/names.ts';
import { removedIds, removesCluster } from '../../cluster/plan.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { Log } from '../log.ts';
import type { Output, VisitContext, StepKind } from '../resource.ts';
import type { Secrets } from '../store/secrets.ts';
import type { StepVisit } from '../store/visits.ts';
import type { Looks } from './looks.ts';
import type { OnCommand } from '../tasks/database/watched-commands.ts';
import { changesNumbers } from '../resources/scaling-group-diff.ts';
import { TOKEN_EPOCH } from '../store/reopened.ts';
import { MissingPart } from '../resource-errors.ts';

/** What every step needs of the outside, built once a process. */
export interface Tools {
  readonly cloud: Cloud;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly connect: ConnectTo;
  readonly sessions: KeptSessions;
  readonly onCommand?: OnCommand | undefined;
  readonly timeScale: number;
  readonly now: () => number;
  readonly kinds: ReadonlyMap<string, StepKind>;
  readonly looks: Looks;
}

/** What one visit gathers besides its result. */
export interface Gathered {
  memory: Record<string, string | number>;
  notes: string[];
  outcome: Partial<Outcome>;
}

/** Builds the context of a visit. `save` writes the step's memory at once (fenced). */
export function stepContext(input: {
  readonly tools: Tools;
  readonly visitor: StepVisit;
  readonly record: StepRecord;
  readonly gathered: Gathered;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly save: () => Promise<void>;
  readonly early: boolean;
  readonly tags: VisitContext['tags'];
}): VisitContext {
  const { tools, visitor, record, gathered, signal, log, save, early, tags } = input;
  const { operation, step } = visitor;
  const regionId = operation.regionId ?? operation.spec?.regionId ?? tools.settings.region;
  const look = {
    cluster: operation.cluster,
    regionId,
    spec: operation.spec,
    cloud: tools.cloud,
    region: tools.cloud.in(regionId),
  };
  const recorded = (part: string): Output | undefined => {
    const other = part === step.part ? undefined : visitor.other(part);
    return other?.state === 'done' ? other.output : undefined;
  };
  const startedAt = tools.looks.startOf(operation.id);
  const tokenNow = (): string =>
    clientToken(operation.id, step.id, Number(gathered.memory[TOKEN_EPOCH] ?? 0));
  // Of what is removed alone there may be more that stays.
  const isWhole = operation.run === 1 && removesCluster(operation.plan);
  // Field by field: objects that are spread, or have an accessor of their own, are slow to build and to read.
  const ctx = {
    cluster: look.cluster,
    regionId,
    spec: look.spec,
    cloud: look.cloud,
    region: look.region,
    operationId: operation.id,
    stepId: step.id,
    part: step.part,
    tags,
    early,
    // A create of a cluster of which nothing is there: all that it makes is new.
    isNew:
      early &&
      step.action === 'create' &&
      operation.wish.kind === 'create' &&
      operation.plan?.carriesOn !== true,
    numbersOnly: step.numbersOnly,
    keepsNumbers:
      operation.wish.kind === 'repair' ||
      (operation.plan?.carriesOn === true && !changesNumbers(step.changes)),
    // In an earlier run does not count: whoever presses Retry may have changed anything before.
    isMade:
      step.action === 'create' &&
      record.changedAt !== undefined &&
      record.changedAt >= (record.startedAt ?? record.changedAt),
    isLikely: record.wait?.likely === true,
    hints: tools.looks.hints,
    // Whoever presses Retry may have done anything before.
    isNoneLeft: (kind: string) => operation.run === 1 && tools.looks.isNoneLeft(operation.id, kind),
    sawNone: (kind: string) => tools.looks.sawNone(operation.id, kind, answersSince() ?? performance.now()),
    removes: (kind: string) => (isWhole ? removedIds(operation.plan, kind) : []),
    lasting: <Answer>(read: () => Promise<Answer>) =>
      startedAt === undefined ? read() : withAnswersSince(startedAt, read),
    changedAt: record.changedAt,
    recorded,
    endOf: (part: string) => visitor.other(part)?.endedAt,
    token: tokenNow(),
    async freshToken() {
      gathered.memory[TOKEN_EPOCH] = Number(gathered.memory[TOKEN_EPOCH] ?? 0) + 1;
      await save();
      ctx.token = tokenNow();
      return ctx.token;
    },
    settings: tools.settings,
    secrets: tools.secrets,
    connect: tools.connect,
    sessions: tools.sessions,
    onCommand: tools.onCommand,
    log,
    signal,
    timeScale: tools.timeScale,
    now: tools.now,
    startedAt: record.startedAt ?? tools.now(),
    memory: gathered.memory,
    async remember(facts: Readonly<Record<string, string | number>>) {
      Object.assign(gathered.memory, facts);
      await save();
    },
    note(text: string) {
      if (!gathered.notes.includes(text)) gathered.notes.push(text);
    },
    tell(outcome: Partial<Outcome>) {
      gathered.outcome = mergeOutcome(gathered.outcome, outcome);
    },
    async output(part: string) {
      const known = recorded(part);
      if (known) return known;
      for (const kind of tools.kinds.values()) {
        if (kind.type !== 'resource' || !ownsPart(kind.kind, part)) continue;
        const found = (await kind.observe({ ...look, part })).find((one) => one.part === part);
        if (found) return kind.output(found);
      }
      throw new MissingPart(part, operation.cluster);
    },
  };
  return ctx;
}

/** Part ids begin with their kind: `listener-443` is of kind `listener`, `vpc` of kind `vpc`. */
function ownsPart(kind: string, part: string): boolean {
  return part === kind || part.startsWith(`${kind}-`);
}

/** An operation whose final message tells more. */
export function withOutcome(operation: Operation, more: Partial<Outcome>): Operation {
  const { notes = [], ...facts } = mergeOutcome(operation.outcome ?? {}, more);
  return { ...operation, outcome: { ...facts, notes } };
}

/** Later facts win, notes add up. */
function mergeOutcome(before: Partial<Outcome>, more: Partial<Outcome>): Partial<Outcome> {
  const notes = [...new Set([...(before.notes ?? []), ...(more.notes ?? [])])];
  return { ...before, ...more, ...(notes.length > 0 ? { notes } : {}) };
}
