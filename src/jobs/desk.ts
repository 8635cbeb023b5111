import type { Asked, AuditEntry, ClusterRecord, OperationView, Question } from '../cluster/answers.ts';
import type { Vote } from '../cluster/approval.ts';
import type { Glance } from '../cluster/glance.ts';
import type { ApprovalPolicy, Operation, Requester, Standing, Wish } from '../cluster/operation.ts';
import type { DriftKnown } from './store/remembered.ts';

/** All that the bot may ask of the rest: everything goes through Redis, each call has a deadline of 1 to 2.5 seconds. */
export interface Desk {
  /**
   * Takes a wish: claims the cluster, keeps a draft and queues the planning.
   * @throws RefusedError when another operation holds the cluster (it names it), QueueDown when Redis does not answer
   */
  request(order: Order): Promise<Operation>;
  /**
   * Counts a vote exactly once, whoever else votes at that moment. At the quorum it queues the start.
   * @throws RefusedError when it cannot count, with the words for the person
   */
  vote(operationId: string, vote: Vote): Promise<Operation>;
  /** Stops an operation at its next safe point (what exists stays). @throws RefusedError when it is over already */
  cancel(operationId: string, user: string): Promise<Operation>;
  /**
   * Carries an operation on from what is there that failed, or was cancelled after it had begun.
   * @throws RefusedError when it did neither, was rolled back or overtaken, or the cluster is busy
   */
  retry(operationId: string, user: string): Promise<Operation>;
  /** Queues a question; its answer comes back as the message `ask:<id>`. */
  ask(question: Question, requester: Requester): Promise<Asked>;
  operation(id: string): Promise<OperationView | undefined>;
  /** How these operations stand, by id; those that nothing is recorded of are missing. */
  standing(ids: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /** Newest first. */
  operations(filter: {
    readonly cluster?: string;
    readonly live?: boolean;
    readonly limit: number;
  }): Promise<readonly Operation[]>;
  /** What the looks for drift told last of a cluster. */
  drift(cluster: string): Promise<Pick<DriftKnown, 'told' | 'certificate'> | undefined>;
  asked(id: string): Promise<Asked | undefined>;
  /** Remembered clusters, by name. */
  clusters(): Promise<readonly ClusterRecord[]>;
  /** How clusters were when they were last read. */
  glances(): Promise<readonly Glance[]>;
  /** Queues a reading of a cluster; once it is read, the message `homes` is touched. */
  lookAt(cluster: string): Promise<void>;
  history(filter: { readonly cluster?: string; readonly limit: number }): Promise<readonly AuditEntry[]>;
  /**
   * The first admin's password, to be shown to the requester; undefined once it has been shown. Whoever takes it says how
   * that went: until then nobody else gets it, and if nothing is ever said it can be taken again after a while.
   * @throws RefusedError while it is being shown elsewhere
   */
  takeAdminPassword(operationId: string, user: string): Promise<TakenPassword | undefined>;
}

export interface TakenPassword {
  readonly email: string;
  readonly password: string;
  /** Says whether it was shown. */
  settle(shown: boolean): Promise<void>;
}

export interface Order {
  readonly wish: Wish;
  readonly cluster: string;
  readonly requester: Requester;
  readonly policy: ApprovalPolicy;
  readonly planOnly: boolean;
  /** Same id for the same command delivered twice (trigger id): the second changes nothing and gets the first's answer. */
  readonly requestId: string;
}

/**
 * A message that should be in Slack, named by its key. The worker marks keys as dirty, the bot renders them:
 * `op:<id>` the message of an operation, `note:<id>:<what>` a reply in its thread, `end:<id>:<state>-<run>` its end, told
 * to the requester alone, `admin:<op id>` the private offer to show the admin's password, `ask:<id>` the answer to a
 * question, `picture:<id>` the picture in that, `drift:<cluster>:<number>` a change of a cluster's drift,
 * `expiry:<cluster>:<number>` that its certificate ends soon, `home:<user>` the app's home as that person sees it, `homes`
 * that of everybody who opened it lately.
 */
export type MessageKey = string;
