/** Begins the mark of a password that is being shown. */
export const TAKING = 'taking:';

/**
 * Names of everything in Redis. One hash tag for all, so that scripts may touch several keys on Redis Cluster and
 * BullMQ's own keys lie beside ours.
 */
export class Keys {
  readonly prefix: string;

  constructor(namespace = 'ams') {
    this.prefix = `{${namespace}}`;
  }

  operation(id: string): string {
    return `${this.prefix}:op:${id}`;
  }

  /** Hash: step id -> StepRecord. */
  steps(id: string): string {
    return `${this.prefix}:op:${id}:steps`;
  }

  /** Hash: step id -> number of the newest visit; older visits may write nothing (fencing). */
  fences(id: string): string {
    return `${this.prefix}:op:${id}:fences`;
  }

  /** Sorted set of all operations by creation time. */
  operations(): string {
    return `${this.prefix}:ops`;
  }

  /** Sorted set of operations that are not over, by creation time. */
  liveOperations(): string {
    return `${this.prefix}:ops:live`;
  }

  /** String: the operation that holds the cluster. */
  busy(cluster: string): string {
    return `${this.prefix}:busy:${cluster}`;
  }

  /** Hash of known clusters: name -> ClusterRecord. A memory: the tags in the cloud are the truth. */
  clusters(): string {
    return `${this.prefix}:clusters`;
  }

  /** Hash: cluster -> what the looks for drift know of it. */
  drift(): string {
    return `${this.prefix}:drift`;
  }

  /** Hash: cluster -> Glance. */
  glances(): string {
    return `${this.prefix}:glances`;
  }

  /** Sorted set of people by when they last opened the app's home. */
  homes(): string {
    return `${this.prefix}:homes`;
  }

  /** List: how long waits of a kind took in a region, newest first. */
  waits(regionId: string, kind: string): string {
    return `${this.prefix}:waits:${regionId}:${kind}`;
  }

  secrets(cluster: string): string {
    return `${this.prefix}:secrets:${cluster}`;
  }

  /** Stream: every transition, with who, when, why and the digest. */
  audit(): string {
    return `${this.prefix}:audit`;
  }

  /** Set of operations whose message may be out of date without the outbox knowing (a process died in between). */
  untold(): string {
    return `${this.prefix}:untold`;
  }

  /** Where a message lies in Slack: channel and ts. */
  message(key: string): string {
    return `${this.prefix}:message:${key}`;
  }

  /** What is left of Slack's budget for a kind of call, for all bots together. */
  pace(lane: string): string {
    return `${this.prefix}:pace:${lane}`;
  }

  /** Exists once the first admin's password of an operation was shown, and while it is (`TAKING` and something). */
  shown(id: string): string {
    return `${this.prefix}:shown:${id}`;
  }

  ask(id: string): string {
    return `${this.prefix}:ask:${id}`;
  }
}
