import { isIPv6 } from 'node:net';
import { ApiError, invalidParameter, quotaExceeded } from '../api-error.ts';
import { blocks, type Call, needText, number, type Params, text, texts } from '../call.ts';
import { parseCidr, parseIp } from '../cidr.ts';
import type { Cloud } from '../cloud.ts';
import { tokenPage } from '../page.ts';
import { isoTime } from './lookup.ts';
import { needGroup } from './security-groups.ts';
import type { SecurityGroupEntry, SecurityRule } from './state.ts';

type Direction = SecurityRule['direction'];

const PROTOCOLS = ['TCP', 'UDP', 'ICMP', 'ICMPV6', 'GRE', 'ALL'];

/** AuthorizeSecurityGroup and AuthorizeSecurityGroupEgress; a rule that is there already is not added again. */
export function authorize(direction: Direction): (call: Call, cloud: Cloud) => object {
  return (call, cloud) => {
    const group = needGroup(cloud, call.regionId, needText(call.params, 'SecurityGroupId'));
    const added = permissions(call.params)
      .map((permission) => readRule(cloud, group, permission, direction))
      .filter((rule, at, all) => all.findIndex((other) => isSame(other, rule)) === at)
      .filter((rule) => !group.rules.some((present) => isSame(present, rule)));
    const quota = cloud.settings.quotas.rulesPerSecurityGroup;
    if (group.rules.length + added.length > quota) {
      throw quotaExceeded('AuthorizationLimitExceed', 'rules of a security group', quota);
    }
    group.rules = [...group.rules, ...added];
    return {};
  };
}

/** RevokeSecurityGroup and RevokeSecurityGroupEgress: by id a missing rule is refused, by content it is not. */
export function revoke(direction: Direction): (call: Call, cloud: Cloud) => object {
  return (call, cloud) => {
    const group = needGroup(cloud, call.regionId, needText(call.params, 'SecurityGroupId'));
    const ids = texts(call.params, 'SecurityGroupRuleId');
    const missing = ids.find((id) => !group.rules.some((rule) => rule.id === id));
    if (missing !== undefined) {
      throw new ApiError(
        'InvalidParam.SecurityGroupRuleId',
        400,
        `The specified security group rule ${missing} does not exist.`,
      );
    }
    const gone =
      ids.length > 0 ? [] : permissions(call.params).map((one) => readRule(cloud, group, one, direction));
    group.rules = group.rules.filter(
      (rule) => !ids.includes(rule.id) && !gone.some((revoked) => isSame(revoked, rule)),
    );
    return {};
  };
}

/** Rules of a call: `Permissions.N`, or the single rule of the deprecated top-level parameters. */
function permissions(params: Params): readonly Params[] {
  const listed = blocks(params, 'Permissions');
  return listed.length > 0 ? listed : [params];
}

function readRule(
  cloud: Cloud,
  group: SecurityGroupEntry,
  params: Params,
  direction: Direction,
): SecurityRule {
  const side = direction === 'ingress' ? 'Source' : 'Dest';
  const protocol = needText(params, 'IpProtocol').toUpperCase();
  if (!PROTOCOLS.includes(protocol)) {
    throw invalidParameter(
      'IpProtocol',
      protocol,
      `one of ${PROTOCOLS.join(', ')}`,
      'InvalidParamter.IpProtocol',
    );
  }
  const ipv4 = text(params, `${side}CidrIp`) ?? '';
  const ipv6 = text(params, `Ipv6${side}CidrIp`) ?? '';
  const groupId = text(params, `${side}GroupId`) ?? '';
  const prefixListId = text(params, `${side}PrefixListId`) ?? '';
  if ([ipv4, ipv6, groupId, prefixListId].filter((one) => one !== '').length !== 1) {
    throw new ApiError(
      'MissingParameter.Source',
      400,
      `A rule needs one of ${side}CidrIp, Ipv6${side}CidrIp, ${side}GroupId and ${side}PrefixListId.`,
    );
  }
  if (ipv4 !== '' && parseCidr(ipv4) === undefined && parseIp(ipv4) === undefined) {
    throw invalidParameter(`${side}CidrIp`, ipv4, 'an IPv4 CIDR block', 'InvalidParam.SourceIp');
  }
  if (ipv6 !== '' && !isIpv6Block(ipv6)) {
    throw invalidParameter(`Ipv6${side}CidrIp`, ipv6, 'an IPv6 CIDR block', 'InvalidParam.SourceIp');
  }
  if (groupId !== '') {
    if (group.type === 'enterprise') {
      throw new ApiError(
        'InvalidParameter.SourceGroupId',
        403,
        'An advanced security group cannot take rules that name security groups.',
      );
    }
    needGroup(cloud, group.regionId, groupId);
  }
  const policy = (text(params, 'Policy') ?? 'accept').toLowerCase();
  if (policy !== 'accept' && policy !== 'drop') {
    throw invalidParameter('Policy', policy, 'accept or drop', 'InvalidParamter.Policy');
  }
  const priority = number(params, 'Priority') ?? 1;
  if (!Number.isInteger(priority) || priority < 1 || priority > 100) {
    throw invalidParameter('Priority', priority, '1 to 100', 'InvalidParamter.Priority');
  }
  return {
    id: cloud.newId('sgr', group.regionId),
    direction,
    protocol,
    portRange: readPortRange(params, protocol),
    cidrIp: ipv4 === '' ? ipv6 : ipv4,
    groupId,
    prefixListId,
    policy: policy === 'drop' ? 'Drop' : 'Accept',
    priority,
    description: text(params, 'Description') ?? '',
    createdAt: cloud.clock.now(),
  };
}

function isIpv6Block(block: string): boolean {
  const [address = '', bits = '128', ...more] = block.split('/');
  return isIPv6(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= 128 && more.length === 0;
}

function readPortRange(params: Params, protocol: string): string {
  const range = needText(params, 'PortRange');
  const match = /^(-?\d+)\/(-?\d+)$/.exec(range);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  const isOpen = from === -1 && to === -1;
  const isPorts = from >= 1 && to >= from && to <= 65_535;
  const takesPorts = protocol === 'TCP' || protocol === 'UDP';
  if (takesPorts ? isPorts : isOpen) return range;
  throw invalidParameter(
    'PortRange',
    range,
    takesPorts ? 'ports from 1 to 65535, as 22/22' : '-1/-1',
    'InvalidParam.PortRange',
  );
}

/** Same rule but for description, id and time. */
function isSame(a: SecurityRule, b: SecurityRule): boolean {
  return (
    a.direction === b.direction &&
    a.protocol === b.protocol &&
    a.portRange === b.portRange &&
    a.cidrIp === b.cidrIp &&
    a.groupId === b.groupId &&
    a.prefixListId === b.prefixListId &&
    a.policy === b.policy &&
    a.priority === b.priority
  );
}

export function describeSecurityGroupAttribute(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const group = needGroup(cloud, regionId, needText(params, 'SecurityGroupId'));
  const direction = text(params, 'Direction') ?? 'all';
  const rules = group.rules.filter((rule) => direction === 'all' || rule.direction === direction);
  const { items, answer } = tokenPage(rules, params, { usual: 500, most: 1_000 });
  return {
    RegionId: regionId,
    SecurityGroupId: group.id,
    SecurityGroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    InnerAccessPolicy: group.innerAccessPolicy,
    NextToken: answer.NextToken,
    Permissions: {
      Permission: items.map((rule) => {
        const isIn = rule.direction === 'ingress';
        const [ipv4, ipv6] = rule.cidrIp.includes(':') ? ['', rule.cidrIp] : [rule.cidrIp, ''];
        return {
          SecurityGroupRuleId: rule.id,
          Direction: rule.direction,
          IpProtocol: rule.protocol,
          PortRange: rule.portRange,
          SourceCidrIp: isIn ? ipv4 : '',
          Ipv6SourceCidrIp: isIn ? ipv6 : '',
          SourceGroupId: isIn ? rule.groupId : '',
          SourcePrefixListId: isIn ? rule.prefixListId : '',
          DestCidrIp: isIn ? '' : ipv4,
          Ipv6DestCidrIp: isIn ? '' : ipv6,
          DestGroupId: isIn ? '' : rule.groupId,
          DestPrefixListId: isIn ? '' : rule.prefixListId,
          Policy: rule.policy,
          Priority: String(rule.priority),
          NicType: 'intranet',
          Description: rule.description,
          CreateTime: isoTime(rule.createdAt),
        };
      }),
    },
  };
}
