import type { GuestSpec } from '../contract.ts';

/** Which machines a planted fault hits; all given conditions must hold; nothing given means every machine. */
export interface GuestMatch {
  readonly instanceId?: string;
  /** Instance name, `*` stands for anything. */
  readonly name?: string | RegExp;
  /** A word of the instance name (`...-edge`) or the value of any tag. */
  readonly role?: string;
  /** Only the n-th matching machine in boot order, from 1. */
  readonly nth?: number;
}

/** Failures of the database installation, see the failure table of the installer. */
export type InstallFault =
  | 'apt-lists-locked'
  | 'apt-dpkg-locked'
  | 'no-network'
  | 'slow-network'
  | 'unsupported-release'
  | 'unsigned-repository'
  | 'disk-full'
  | 'half-configured-dpkg'
  | 'mongod-crash'
  | 'credentials-lost'
  | 'script-changed';

/** What can be planted. Each call adds one fault that stays until `clear()` or its returned function is called. */
export interface MachineFaults {
  /** The cluster mode script is a no-op: the node serves, alone. */
  staysStandalone(match?: GuestMatch): () => void;
  neverBoots(match?: GuestMatch): () => void;
  /** Ant Media Server crashes at each start. */
  crashLoops(match?: GuestMatch): () => void;
  /** The application is not deployed. */
  appMissing(match?: GuestMatch, app?: string): () => void;
  /** The node runs in cluster mode and never registers itself. */
  missingFromNodeList(match?: GuestMatch): () => void;
  heartbeatStops(match?: GuestMatch): () => void;
  /** TCP 5000 between nodes is closed on the machine itself. */
  nodePortClosed(match?: GuestMatch): () => void;
  communityEdition(match?: GuestMatch): () => void;
  /** mongod listens on loopback whatever its configuration says. */
  mongodLoopbackOnly(match?: GuestMatch): () => void;
  /** Cuts the SSH sessions once, `afterMs` simulated milliseconds after a command with `during` in it started. */
  sshCut(match?: GuestMatch, options?: { afterMs?: number; during?: string }): () => void;
  /** Presents another host key than the one user data installed. */
  otherHostKey(match?: GuestMatch): () => void;
  /** User data fails at its first command. */
  userDataFails(match?: GuestMatch): () => void;
  /** An installation fault; lasts `forMs` simulated milliseconds after the machine booted, or for good. */
  install(fault: InstallFault, match?: GuestMatch, options?: { forMs?: number }): () => void;
  clear(): void;
}

/** Faults as the machines ask for them. */
export interface Faults extends MachineFaults {
  enroll(spec: GuestSpec): void;
  has(kind: string, spec: GuestSpec, uptimeMs?: number): boolean;
  rules(kind: string, spec: GuestSpec): readonly FaultRule[];
}

/** A planted fault. */
export interface FaultRule {
  readonly kind: string;
  readonly match: GuestMatch;
  readonly forMs?: number;
  readonly afterMs?: number;
  readonly during?: string;
  readonly app?: string;
  used: boolean;
}

/** Whether a machine meets the conditions of a match, its turn left aside. */
export function meets(match: GuestMatch, spec: GuestSpec): boolean {
  if (match.instanceId !== undefined && match.instanceId !== spec.instanceId) return false;
  if (match.name !== undefined && !namePattern(match.name).test(spec.instanceName)) return false;
  if (match.role === undefined) return true;
  const word = new RegExp(`(^|[-_.])${match.role}([-_.]|$)`);
  return word.test(spec.instanceName) || Object.values(spec.tags).includes(match.role);
}

function namePattern(name: string | RegExp): RegExp {
  if (name instanceof RegExp) return name;
  return new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
}

/** Makes the empty list of faults of a room. */
export function createFaults(): Faults {
  let planted: FaultRule[] = [];
  const booted: GuestSpec[] = [];
  const add = (kind: string, match: GuestMatch = {}, more: Partial<FaultRule> = {}): (() => void) => {
    const rule: FaultRule = { kind, match, used: false, ...more };
    planted.push(rule);
    return () => (planted = planted.filter((other) => other !== rule));
  };
  const hits = (rule: FaultRule, spec: GuestSpec): boolean => {
    if (!meets(rule.match, spec)) return false;
    if (rule.match.nth === undefined) return true;
    const turn = booted.filter((other) => meets(rule.match, other))[rule.match.nth - 1];
    return turn?.instanceId === spec.instanceId;
  };
  const rules = (kind: string, spec: GuestSpec): FaultRule[] =>
    planted.filter((rule) => rule.kind === kind && hits(rule, spec));

  return {
    staysStandalone: (match) => add('staysStandalone', match),
    neverBoots: (match) => add('neverBoots', match),
    crashLoops: (match) => add('crashLoops', match),
    appMissing: (match, app = 'WebRTCAppEE') => add('appMissing', match, { app }),
    missingFromNodeList: (match) => add('missingFromNodeList', match),
    heartbeatStops: (match) => add('heartbeatStops', match),
    nodePortClosed: (match) => add('nodePortClosed', match),
    communityEdition: (match) => add('communityEdition', match),
    mongodLoopbackOnly: (match) => add('mongodLoopbackOnly', match),
    sshCut: (match, options = {}) =>
      add('sshCut', match, { afterMs: options.afterMs ?? 5_000, during: options.during ?? '' }),
    otherHostKey: (match) => add('otherHostKey', match),
    userDataFails: (match) => add('userDataFails', match),
    install: (fault, match, options = {}) => add(`install:${fault}`, match, options),
    clear: () => void (planted = []),
    enroll: (spec) => void booted.push(spec),
    rules,
    has: (kind, spec, uptimeMs = 0) =>
      rules(kind, spec).some((rule) => rule.forMs === undefined || uptimeMs < rule.forMs),
  };
}
