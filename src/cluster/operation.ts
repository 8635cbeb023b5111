import type { Problem } from './errors.ts';
import type { Plan } from './plan.ts';
import type { ClusterSpec } from './spec.ts';
import type { Role } from './names.ts';

/** What somebody wants done. A command only builds this; the planner and the engine do the rest. */
export type Wish =
  | { readonly kind: 'create'; readonly options: CreateOptions }
  | {
      readonly kind: 'scale';
      readonly role: Role;
      readonly amount: ScaleAmount;
      readonly withLimits: boolean;
    }
  | { readonly kind: 'destroy' }
  /** Plans whatever differs between the spec and the cloud. */
  | { readonly kind: 'repair' }
  /** Undoes what the operation `of` did. */
  | { readonly kind: 'rollback'; readonly of: string };

export type OperationKind = Wish['kind'];

/** `set` is an absolute number of nodes, `add` a difference (may be negative). */
export type ScaleAmount = { readonly set: number } | { readonly add: number };

/** The numbers of nodes of a group. */
export interface GroupNumbers {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

/** What was typed or chosen in the form; what is missing comes from the configuration. */
export interface CreateOptions {
  readonly region?: string;
  readonly zones?: readonly string[];
  readonly domain?: string;
  /** Name of a configured certificate, or the number or identifier of one in CAS. */
  readonly certificate?: string;
  /** Marketplace, custom or shared image id; else the newest fitting Ant Media image. */
  readonly image?: string;
  readonly vpc?: string;
  readonly cidr?: string;
  readonly keyPair?: string;
  /** Name of an entry of `mongo.uris`, or a `mongodb://` URI without a password. */
  readonly mongoUri?: string;
  readonly mongoType?: string;
  /** Disk of the database, GiB. */
  readonly mongoDisk?: number;
  readonly ubuntu?: string;
  readonly origin?: GroupOptions;
  readonly edge?: GroupOptions;
  /** Public, of each node, Mbit/s. */
  readonly bandwidth?: number;
  readonly app?: string;
  readonly dns?: 'print' | 'alidns';
}

export interface GroupOptions {
  readonly type?: string;
  readonly min?: number;
  readonly max?: number;
  readonly desired?: number;
  /** Average that scaling holds, percent. */
  readonly cpu?: number;
}

/**
 * draft -> planning is going on · refused: pre-flight found something wrong · planned: `/ams plan`, shown and over ·
 * awaiting-approval · approved: about to start, after a last look at the cloud · running ·
 * succeeded · failed (can be retried) · cancelled · rejected · expired · superseded (the plan changed; a new one asks)
 */
export type OperationState =
  | 'draft'
  | 'refused'
  | 'planned'
  | 'awaiting-approval'
  | 'approved'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'rejected'
  | 'expired'
  | 'superseded';

/** States in which an operation holds its cluster: a second one is refused meanwhile. */
export const BUSY_STATES: readonly OperationState[] = ['draft', 'awaiting-approval', 'approved', 'running'];

/** Somebody has begun to change the cluster; a plan that waits for a decision changes nothing. */
export function isUnderWay({ state }: { readonly state: OperationState }): boolean {
  return state === 'approved' || state === 'running';
}

/** How an operation stands. */
export type Standing = Pick<Operation, 'state' | 'run'>;

export interface Decision {
  readonly user: string;
  readonly verdict: 'approve' | 'reject';
  readonly at: number;
  readonly reason?: string;
}

/** Who may approve, as it stood when the plan was shown. */
export interface ApprovalPolicy {
  /** Slack user ids (`U…`, `W…`) and user group ids (`S…`). */
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly selfApproval: boolean;
  readonly expiresAfterMs: number;
  /** How long before the expiry the approvers are reminded; none: not at all. */
  readonly remindBeforeMs?: number;
}

export interface Requester {
  readonly user: string;
  readonly channel: string;
  readonly team?: string;
  /** What was typed, for the audit; free of secrets since commands that carry one are refused. */
  readonly text: string;
}

/** The live record of an operation, without its steps. Times are milliseconds since 1970. */
export interface Operation {
  readonly id: string;
  readonly cluster: string;
  readonly regionId: string | undefined;
  readonly wish: Wish;
  readonly state: OperationState;
  readonly requester: Requester;
  readonly policy: ApprovalPolicy;
  readonly spec: ClusterSpec | undefined;
  readonly plan: Plan | undefined;
  readonly digest: string | undefined;
  readonly decisions: readonly Decision[];
  readonly createdAt: number;
  readonly plannedAt?: number;
  readonly expiresAt?: number;
  /** When the approvers are to be reminded, and when they were. */
  readonly remindAt?: number;
  readonly remindedAt?: number;
  readonly startedAt?: number;
  /** When its present run began, if that is not the first. */
  readonly retriedAt?: number;
  readonly endedAt?: number;
  /** Counts retries: part of job ids, so that a retried step is a new job. */
  readonly run: number;
  /** Why it was refused, failed or superseded; several when pre-flight found several. */
  readonly problems: readonly Problem[];
  /** For a plan that replaced another: what changed since. */
  readonly differences?: readonly string[];
  readonly replaces?: string;
  readonly replacedBy?: string;
  readonly outcome?: Outcome;
  /** For a change of one group: its numbers when the plan was made, so that the change can be rolled back. */
  readonly before?: GroupNumbers;
  /** The operation that began to roll this one back: it can be carried on no more. */
  readonly rolledBackBy?: string;
  /** Who cancelled it. */
  readonly cancelledBy?: string;
  /** `/ams plan`: shows the plan and asks nobody. */
  readonly planOnly?: boolean;
}

/** What the final message tells. */
export interface Outcome {
  readonly domain?: string;
  readonly loadBalancerName?: string;
  readonly publishUrl?: string;
  readonly playUrl?: string;
  readonly panelUrl?: string;
  /** `name CNAME value`. */
  readonly cname?: {
    readonly name: string;
    readonly value: string;
    /** Resolvers know it. */
    readonly set: boolean;
    /** We made the record, so nobody has to. */
    readonly made?: boolean;
  };
  /** Name of the secret with the first admin's password, to be shown once to the requester. */
  readonly adminSecret?: string;
  readonly adminEmail?: string;
  readonly notes: readonly string[];
}

export type StepState = 'pending' | 'running' | 'waiting' | 'done' | 'failed';

/** What a step waits for now, for learning how long such things take. Times are milliseconds since 1970. */
export interface StepWait {
  readonly kind: string;
  readonly since: number;
  /** The newest look at which it lasted still. */
  readonly seenAt: number;
  /** Looks at moments where it might have been over. */
  readonly looks: number;
  /** The look that comes is such a one. */
  readonly likely?: true;
  /** That look comes later than need be: if the wait is over then, it teaches nothing. */
  readonly isLate?: true;
  /** It began at `since` at the earliest, since nobody knows when what it waits for was made: it teaches nothing. */
  readonly isAdopted?: true;
}

/** The live record of one step. */
export interface StepRecord {
  readonly state: StepState;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** What it waits for, in words, and when it looks again. */
  readonly why?: string;
  readonly lookAgainAt?: number;
  readonly wait?: StepWait;
  /** For so long nobody looked though it was time, milliseconds: its deadline is so much later. */
  readonly unseenMs?: number;
  /** Changes of the cloud that it has made. */
  readonly changes?: number;
  /** When the cloud last said yes to one, milliseconds since 1970. */
  readonly changedAt?: number;
  /** Failed attempts in a row, for back-off. */
  readonly attempts?: number;
  readonly problem?: Problem;
  /** Small facts for later steps: ids, addresses. Never a secret. */
  readonly output?: Readonly<Record<string, string>>;
  /** What the step remembers between visits. Never a secret. */
  readonly memory?: Readonly<Record<string, string | number>>;
  /** A change of the cloud may be under way in this visit: whatever happens, it may still come true. */
  readonly changing?: boolean;
  /** What it wants people to know, e.g. "type ecs.c7.xlarge is sold out in zone b: took ecs.c8i.xlarge". */
  readonly notes?: readonly string[];
}

/** Whether the last look before the start refused it: people had approved it and were told that it starts. */
export function isRefusedAfterApproval({ state, decisions }: Operation): boolean {
  return state === 'refused' && decisions.some((one) => one.verdict === 'approve');
}

/** Names a note of a step among an operation's messages: `step-database`, and `step-database.2` for its second one. */
export const STEP_NOTE = /^step-([^.]+)(?:\.(\d+))?$/;

/** The names of all notes that steps have. */
export function stepNotesOf(steps: Readonly<Record<string, StepRecord>>): readonly string[] {
  return Object.entries(steps).flatMap(([step, { notes = [] }]) =>
    notes.map((_note, at) => (at === 0 ? `step-${step}` : `step-${step}.${at + 1}`)),
  );
}

/** How much of the steps is done. */
export function progress(
  steps: Readonly<Record<string, StepRecord>>,
  plan: Plan,
): { done: number; of: number } {
  return {
    done: plan.steps.filter((step) => steps[step.id]?.state === 'done').length,
    of: plan.steps.length,
  };
}

/** Steps that may start: not yet begun, everything before them done. */
export function readySteps(plan: Plan, steps: Readonly<Record<string, StepRecord>>): readonly string[] {
  return plan.steps
    .filter((step) => (steps[step.id]?.state ?? 'pending') === 'pending')
    .filter((step) => step.after.every((id) => steps[id]?.state === 'done'))
    .map((step) => step.id);
}
