import type { Cloud, RegionCloud } from '../cloud/cloud.ts';
import type { ConnectTo } from '../cloud/connect-to.ts';
import type { KeptSessions } from '../cloud/ssh/kept-sessions.ts';
import type { Problem } from '../cluster/errors.ts';
import type { Settings } from '../cluster/settings.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Outcome } from '../cluster/operation.ts';
import type { Secrets } from './store/secrets.ts';
import type { OnCommand } from './tasks/database/watched-commands.ts';
import type { Log } from './log.ts';

/** One thing of a kind in a cluster of a given spec, e.g. `listener-443` of kind `listener`. */
export interface Part {
  /** Unique in the cluster, `a-z0-9-`; also the value of the tag `ams-resource`. */
  readonly id: string;
  /** Ids of the parts that must be ready first. */
  readonly needs: readonly string[];
  /** For people, with the values that matter. */
  readonly title: string;
}

/** A resource as it was seen in the cloud. */
export interface Found<Seen> {
  readonly part: string;
  /** Its id in the cloud. */
  readonly id: string;
  /** False for what somebody else made and the spec only names: it is used, never changed, never removed. */
  readonly ours: boolean;
  /** Value of the tag `ams-operation`, where the product has tags. */
  readonly operationId?: string;
  readonly seen: Seen;
}

export type Readiness =
  | { readonly state: 'ready' }
  /** `lookAgainMs` is unscaled time; the engine adds jitter. `leaves`: it is being deleted, so as good as gone. */
  | {
      readonly state: 'waiting';
      readonly why: string;
      readonly lookAgainMs: number;
      readonly leaves?: true;
    }
  /** `remake`: a new one in its place mends it, and nothing is lost with the old one. */
  | { readonly state: 'broken'; readonly problem: Problem; readonly remake?: true };

/** Of what is not ready and changes by itself. @param status the cloud's word for how it is */
export function notReady(me: string, status: string, lookAgainMs: number): Readiness {
  const waiting = { state: 'waiting', why: `${me} is ${status}`, lookAgainMs } as const;
  return status === 'Deleting' ? { ...waiting, leaves: true } : waiting;
}

export type Change =
  | { readonly action: 'none' }
  /** `changes` are sentences for the approver. */
  | { readonly action: 'update'; readonly changes: readonly string[] }
  | { readonly action: 'replace'; readonly changes: readonly string[] };

/** What observing needs: works without a spec, so that a cluster whose record is lost can be seen and removed. */
export interface Observing {
  readonly cluster: string;
  readonly regionId: string;
  readonly spec: ClusterSpec | undefined;
  readonly cloud: Cloud;
  readonly region: RegionCloud;
  /** Tags to list by: default the cluster's. Where many clusters are looked at, what all have, so that they share. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The one part that is asked about: of others only their ids count, so nothing more needs to be read of them. */
  readonly part?: string | undefined;
  /** Only what is there matters, not how it is set: nothing that lists do not show needs to be read. */
  readonly shallow?: boolean | undefined;
  /** Of a scaling group only what its own list shows: not whether it names the cluster's other parts as they are now. */
  readonly numbersOnly?: boolean | undefined;
  /** The plan leaves numbers of nodes as they are by the time that its steps are carried out. */
  readonly keepsNumbers?: boolean | undefined;
  /** The looking step has made the part: what lists do not show of it is as it was asked for. */
  readonly isMade?: boolean | undefined;
  /** What a step of the running operation recorded of another part; undefined where the cloud must tell. */
  readonly recorded?: ((part: string) => Output | undefined) | undefined;
  /** Ids of a kind that go with the cluster: all that was seen of it, and nobody makes others meanwhile. */
  readonly removes?: ((kind: string) => readonly string[]) | undefined;
  /** Reads what stays as it is while the operation runs: all answers since its start serve. */
  readonly lasting?: (<Answer>(read: () => Promise<Answer>) => Promise<Answer>) | undefined;
}

/** Facts for other parts and for people: ids, addresses. */
export type Output = Readonly<Record<string, string>>;

/** What a step is given on each visit. A visit is short: it never sleeps. */
export interface StepContext extends Observing {
  readonly spec: ClusterSpec;
  readonly operationId: string;
  readonly stepId: string;
  readonly part: string;
  /** ClientToken: the same for each visit of this step; `freshToken()` starts a new one after changed parameters. */
  readonly token: string;
  /** Nothing was done in this step before: it goes by what was seen right before the operation began. */
  readonly early: boolean;
  /** That look found nothing of this part, and nothing was done in this step since: there is none. */
  readonly isNew: boolean;
  /** Earlier waits of this kind were over by now. */
  readonly isLikely: boolean;
  /** Places that were found before. Whoever goes by one sees for himself whether it still holds. */
  readonly hints: Hints;
  /** Everything of a kind was looked for, after all changes of this operation to it, and there was none. */
  isNoneLeft(kind: string): boolean;
  /** A look that began when this visit's answers begin showed nothing of a kind. */
  sawNone(kind: string): void;
  /** When this step last changed something and the cloud said yes, milliseconds since 1970. */
  readonly changedAt: number | undefined;
  /** From now on a new token is used (after a refusal that made us change the parameters). */
  freshToken(): Promise<string>;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly connect: ConnectTo;
  /** SSH sessions that stay open from visit to visit. */
  readonly sessions: KeptSessions;
  /** Told of each command on a machine, for traces. */
  readonly onCommand?: OnCommand | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Multiplies waiting intervals that a task uses itself (time-outs of probes are not scaled). */
  readonly timeScale: number;
  readonly now: () => number;
  /** When this step began, for its own deadlines. */
  readonly startedAt: number;
  /**
   * Facts of another part: what its step recorded, else what is found in the cloud.
   * @throws MissingPart when there is no such thing (somebody removed it meanwhile)
   */
  output(part: string): Promise<Output>;
  readonly recorded: (part: string) => Output | undefined;
  /** When the step of another part ended in this operation, milliseconds since 1970. */
  readonly endOf: (part: string) => number | undefined;
  /** What this step remembered on earlier visits. */
  readonly memory: Readonly<Record<string, string | number>>;
  /** Keeps small facts for the next visit; written before it resolves. Never a secret. */
  remember(facts: Readonly<Record<string, string | number>>): Promise<void>;
  /** Tells people something, once (same text twice counts once). */
  note(text: string): void;
  /** Adds to what the final message tells. */
  tell(outcome: Partial<Outcome>): void;
}

/** Small facts about places in the cloud that spare looking for them: by `<cluster> <what>`, e.g. `live listener-edge`. */
export interface Hints {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
}

/** What a closer look needs besides what was seen. */
export type Hidden = Observing & Pick<StepContext, 'spec' | 'settings' | 'secrets'>;

/** All the planner and the engine know of one kind of cloud resource. Stateless; each call may be repeated. */
export interface Resource<Seen = unknown> {
  readonly type: 'resource';
  readonly kind: string;
  /** RAM actions it calls; a test compares deploy/ram-policy.json with these. */
  readonly actions: readonly string[];
  /** Typical time to be ready and the longest allowed one, in seconds. */
  readonly typicalSeconds: number;
  readonly deadlineSeconds: number;
  /** Typical time until it is gone once its removal was accepted, where that is not a moment, in seconds. */
  readonly goneSeconds?: number;
  /** How long what goes before it still holds it once that is gone, in seconds, as long as nothing is learned of it. */
  readonly heldSeconds?: number;
  /** How long it stays at least before that time begins, in seconds. */
  staysSeconds?(seen: Seen): number;
  /** The parts of this kind that a cluster of this spec consists of. */
  parts(spec: ClusterSpec): readonly Part[];
  /** Everything of this kind that carries the cluster's tag (or derived name), and what the spec adopts. */
  observe(look: Observing): Promise<readonly Found<Seen>[]>;
  ready(found: Found<Seen>): Readiness;
  /** Pure. What of the spec the found one does not fulfil. */
  diff(spec: ClusterSpec, part: string, seen: Seen): Change;
  /**
   * Has ready what `create` takes and the cloud does not make.
   * @returns false as long as that is in the making: nothing is looked at until then
   */
  prepare?(ctx: StepContext): Promise<boolean>;
  /**
   * At most one change in the cloud. Called only when `observe` did not show the part.
   * @returns its facts where the cloud makes it before it answers; else it is looked at until it is ready
   */
  create(ctx: StepContext): Promise<Output | void>;
  /**
   * What `create` has made in this step, as it was asked for, from the step's memory: what is left to change is changed
   * at once, without a look. Only where things are there as soon as the cloud has answered.
   */
  made?(ctx: StepContext): Found<Seen> | undefined;
  /**
   * At most one change in the cloud; called again until `diff` is `none`.
   * @returns `settled` where the cloud has done it before it answers and nothing else is left to change; its new facts
   *   where lists may show those late
   */
  update?(ctx: StepContext, found: Found<Seen>): Promise<'settled' | Output | void>;
  /**
   * What differs that `diff` does not see, since it is secret (sentences without it) or takes further reads. Reads
   * only; asked when planning a repair.
   */
  hidden?(look: Hidden, found: Found<Seen>): Promise<readonly string[]>;
  /** Whether something is out of date that `diff` cannot see, for these reasons. Asked in steps that update. */
  outdated?(ctx: StepContext, found: Found<Seen>): Promise<boolean>;
  /**
   * At most one change; already gone is success. Called again until the resource is no longer observed.
   * @returns `gone` where the cloud has removed it before it answers, `unlocked` where it may be removed from now on
   */
  remove?(ctx: VisitContext, found: Found<Seen>): Promise<'gone' | 'unlocked' | void>;
  /** Parts of this kind that others of it name: they go after those. */
  readonly removeLast?: readonly string[];
  /** It lies in a thing of that kind, and is gone with it. */
  readonly liesIn?: string;
  /** What is being removed is asked for one by one: that the cloud has removed it, its answer says, and no look after it. */
  readonly goneByAnswer?: boolean;
  /** Kinds that must be gone before this kind goes. */
  readonly removeAfter?: readonly string[];
  /** Kinds whose ids or addresses it holds: when one that it needs is made anew, it must take over the new one. */
  readonly holds?: readonly string[];
  /** An update makes a new version of it, which those who hold it must take over. */
  readonly versioned?: boolean;
  /** The cloud refuses changes of several of this kind at once: created, changed and removed one by one. */
  readonly oneByOne?: boolean;
  output(found: Found<Seen>): Output;
}

/** What a visit to any step is given: a spec is lacking where the record is lost, and a removal works without one. */
export interface VisitContext extends Omit<StepContext, 'spec'> {
  readonly spec: ClusterSpec | undefined;
}

/** Result of one visit to a step. */
export type VisitResult =
  | { readonly done: true; readonly output?: Readonly<Record<string, string>> }
  /**
   * Unscaled time until the next look (0: at once, nothing is waited for), and the reason in words. `phase` names what
   * is waited for: the next look then comes when earlier waits of that phase were over. Never where the number of looks
   * counts. `since`: when that wait began, where it was before this step, milliseconds since 1970. `typicalMs` and
   * `leastMs`: how long it usually and at least takes, unscaled, where that is known and no wait before tells.
   * `isCheap`: looking costs no request of the cloud's. `isUnbegun`: nothing was looked at or changed yet.
   */
  | {
      readonly againMs: number;
      readonly why: string;
      readonly phase?: string;
      readonly since?: number | undefined;
      readonly typicalMs?: number | undefined;
      readonly leastMs?: number | undefined;
      readonly isCheap?: boolean;
      readonly isUnbegun?: true;
    };

/** A step that is no cloud resource: an installation, a wait for nodes, a test flight. Each visit may be repeated. */
export interface Task {
  readonly type: 'task';
  readonly kind: string;
  readonly actions: readonly string[];
  readonly typicalSeconds: number;
  readonly deadlineSeconds: number;
  parts(spec: ClusterSpec): readonly Part[];
  visit(ctx: StepContext): Promise<VisitResult>;
}

export type StepKind = Resource | Task;

/** Lets a resource keep its own `Seen` type while the list holds them all. */
export function resource<Seen>(definition: Omit<Resource<Seen>, 'type'>): Resource {
  return { type: 'resource', ...definition } as unknown as Resource;
}

export function task(definition: Omit<Task, 'type'>): Task {
  return { type: 'task', ...definition };
}
