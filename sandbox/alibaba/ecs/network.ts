import type { Network } from '../../contract.ts';
import { includesIp, parseCidr } from '../cidr.ts';
import type { Cloud } from '../cloud.ts';
import { placeIn, vpcState } from '../vpc/state.ts';
import { instance, securityGroup } from './lookup.ts';
import { ecsState, type SecurityGroupEntry, type SecurityRule } from './state.ts';

/**
 * The network as the security groups make it: rules by priority, refusals before permissions at the same one;
 * normal groups let their members reach each other; everything else is refused. Outgoing traffic is free.
 */
export function createNetwork(cloud: () => Cloud): Network {
  return {
    allows(fromIp, toInstanceId, protocol, port) {
      const target = instance(cloud(), toInstanceId);
      if (target === undefined) return false;
      const groups = target.securityGroupIds.flatMap((id) => securityGroup(cloud(), id) ?? []);
      const senders = groupsOf(cloud(), target.vpcId, fromIp);
      const [decisive] = groups
        .flatMap((group) => group.rules)
        .filter((rule) => rule.direction === 'ingress' && applies(rule, fromIp, senders, protocol, port))
        .toSorted(
          (a, b) => a.priority - b.priority || Number(a.policy === 'Accept') - Number(b.policy === 'Accept'),
        );
      if (decisive !== undefined) return decisive.policy === 'Accept';
      return groups.some((group) => isOpenInside(group) && senders.includes(group.id));
    },
    instanceAt(vpcId, ip) {
      return ecsState(cloud()).instances.bearing(ip, placeIn(vpcId, ip))[0]?.id;
    },
  };
}

function isOpenInside(group: SecurityGroupEntry): boolean {
  return group.type === 'normal' && group.innerAccessPolicy === 'Accept';
}

/** Groups of whatever has this private address in the VPC. Public addresses belong to no group. */
function groupsOf(cloud: Cloud, vpcId: string, ip: string): readonly string[] {
  return vpcState(cloud)
    .interfaces.bearing(placeIn(vpcId, ip))
    .flatMap((entry) => entry.securityGroupIds);
}

function applies(
  rule: SecurityRule,
  fromIp: string,
  senders: readonly string[],
  protocol: string,
  port: number,
): boolean {
  if (rule.protocol !== 'ALL' && rule.protocol !== protocol.toUpperCase()) return false;
  const [from, to] = rule.portRange.split('/').map(Number);
  const fits = rule.portRange === '-1/-1' || (port >= (from ?? 0) && port <= (to ?? 0));
  if (!fits) return false;
  if (rule.groupId !== '') return senders.includes(rule.groupId);
  const cidr = parseCidr(rule.cidrIp.includes('/') ? rule.cidrIp : `${rule.cidrIp}/32`);
  return cidr !== undefined && includesIp(cidr, fromIp);
}
