import type { ClusterSpec } from '../../cluster/spec.ts';

/** One rule of a security group, in the API's words (ECS DescribeSecurityGroupAttribute). */
export interface GroupRule {
  readonly protocol: string;
  /** `5080/5080`; `-1/-1` for protocols without ports. */
  readonly portRange: string;
  /** One of the three says who may come in, or where one may go. */
  readonly cidr?: string | undefined;
  readonly groupId?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly policy: 'accept' | 'drop';
  readonly ruleId?: string | undefined;
  /** Of an outgoing rule; an incoming one has none. */
  readonly direction?: 'egress' | undefined;
}

export interface SeenGroup {
  readonly securityGroupId: string;
  readonly vpcId: string;
  /** `Drop` cuts members off from each other (ModifySecurityGroupPolicy); undefined when it was not told. */
  readonly innerAccess: string | undefined;
  readonly rules: readonly GroupRule[];
  /** The nodes' group of the cluster, if it is there: rules name it. */
  readonly nodesGroupId: string | undefined;
}

/** What one visit has to set right: one kind of call each. */
export interface RuleRepair {
  readonly missing: readonly GroupRule[];
  readonly extra: readonly GroupRule[];
  /** Outgoing ones: everything may go out as long as there is none. */
  readonly extraOut: readonly GroupRule[];
  readonly opensInner: boolean;
}

const accept = (
  protocol: string,
  portRange: string,
  from: { cidr?: string; groupId?: string },
): GroupRule => ({
  protocol,
  portRange,
  policy: 'accept',
  ...from,
});

/**
 * The only rules that a group of the cluster has. Nodes: 5080 for the load balancer (whose addresses lie in the
 * vSwitches) and for each other, 5000 (streams from origin to edge) and 1935 for each other, WebRTC media over UDP
 * for the world. Database: MongoDB for the nodes, SSH for us, and nothing for anybody else.
 */
export function wantedRules(spec: ClusterSpec, part: string, seen: SeenGroup): readonly GroupRule[] {
  if (part === 'security-group-database') {
    const { database } = spec;
    return [
      ...(seen.nodesGroupId === undefined
        ? []
        : [accept('TCP', '27017/27017', { groupId: seen.nodesGroupId })]),
      ...(database.source === 'instance'
        ? [accept('TCP', '22/22', { cidr: fullCidr(database.sshFrom) })]
        : []),
    ];
  }
  const itself = { groupId: seen.securityGroupId };
  return [
    ...spec.network.vSwitchCidrs.map((cidr) => accept('TCP', '5080/5080', { cidr: fullCidr(cidr) })),
    accept('TCP', '5080/5080', itself),
    accept('TCP', '5000/5000', itself),
    accept('TCP', '1935/1935', itself),
    accept('UDP', '50000/60000', { cidr: '0.0.0.0/0' }),
  ];
}

/** What differs; a drop rule is extra wherever it is, since it may take away what a wanted one gives. */
export function repairOf(spec: ClusterSpec, part: string, seen: SeenGroup): RuleRepair {
  const wanted = wantedRules(spec, part, seen);
  const wantedKeys = new Set(wanted.map(keyOf));
  const seenKeys = new Set(seen.rules.map(keyOf));
  // In one order, whatever that of the list: an approval is bound to the words that tell of them.
  const extra = seen.rules
    .filter((rule) => !wantedKeys.has(keyOf(rule)))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
  return {
    missing: wanted.filter((rule) => !seenKeys.has(keyOf(rule))),
    extra: extra.filter((rule) => !isOutgoing(rule)),
    extraOut: extra.filter(isOutgoing),
    opensInner: seen.innerAccess?.toLowerCase() === 'drop',
  };
}

/** The repair in sentences for the approver. */
export function repairWords(repair: RuleRepair, seen: SeenGroup): readonly string[] {
  const who = (rule: GroupRule) => source(rule, seen);
  return [
    ...(repair.opensInner
      ? ['Members of the group cannot reach each other (inner access is Drop); they must.']
      : []),
    ...repair.missing.map((rule) => `${ports(rule)} from ${who(rule)} is not allowed; it must be.`),
    ...repair.extra.map((rule) =>
      rule.policy === 'drop'
        ? `${ports(rule)} from ${who(rule)} is dropped by a rule that does not belong there.`
        : `${ports(rule)} from ${who(rule)} is allowed; it must not be.`,
    ),
    ...repair.extraOut.map(
      (rule) =>
        `${ports(rule)} to ${who(rule)} is ${rule.policy === 'drop' ? 'dropped' : 'allowed'} by a rule that does not belong there.`,
    ),
  ];
}

/** Whether a rule is about what goes out. */
export function isOutgoing({ direction }: GroupRule): boolean {
  return direction === 'egress';
}

/** Rules that name another group: they keep that group from being deleted. */
export function referencingRules(seen: SeenGroup): readonly GroupRule[] {
  return seen.rules.filter((rule) => rule.groupId !== undefined && rule.groupId !== seen.securityGroupId);
}

/** A single address as the block that the API shows it as. */
function fullCidr(text: string): string {
  return text.includes('/') ? text : `${text}/32`;
}

function keyOf(rule: GroupRule): string {
  const from = rule.groupId ?? rule.prefixListId ?? (rule.cidr === undefined ? '' : fullCidr(rule.cidr));
  const { direction = 'ingress', policy, protocol, portRange } = rule;
  return [direction, policy, protocol, portRange, from].join(' ').toLowerCase();
}

function ports(rule: GroupRule): string {
  const [from, to] = rule.portRange.split('/');
  const protocol = rule.protocol.toUpperCase();
  if (from === '-1' || from === undefined) return protocol === 'ALL' ? 'Everything' : protocol;
  return `${protocol} ${from === to ? from : `${from}-${to}`}`;
}

function source(rule: GroupRule, seen: SeenGroup): string {
  if (rule.prefixListId !== undefined) return `prefix list ${rule.prefixListId}`;
  if (rule.groupId === undefined) return rule.cidr ?? 'anywhere';
  if (rule.groupId === seen.securityGroupId) return 'the group itself';
  if (rule.groupId === seen.nodesGroupId) return 'the nodes';
  return rule.groupId;
}
