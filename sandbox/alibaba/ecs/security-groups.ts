import { ApiError, dependencyViolation, incorrectStatus, notFound, quotaExceeded } from '../api-error.ts';
import { type Call, jsonTexts, needText, text, texts } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import { isVisible } from '../listed.ts';
import { tokenPage } from '../page.ts';
import { inRegion } from '../table.ts';
import { matchesTags, newTags, tagKeyValues, tagsAsked } from '../tags.ts';
import { vpc } from '../vpc/lookup.ts';
import { instancesOf, isoTime, nameMatcher } from './lookup.ts';
import { ecsState, type SecurityGroupEntry } from './state.ts';

export function createSecurityGroup(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const { groups } = ecsState(cloud);
  const vpcId = needText(params, 'VpcId');
  const network = vpc(cloud, vpcId);
  if (network === undefined || network.regionId !== regionId)
    throw notFound('InvalidVpcId.NotFound', `VPC ${vpcId}`);
  if (network.status !== 'Available')
    throw incorrectStatus('IncorrectVpcStatus', `VPC ${vpcId}`, network.status);
  const quota = cloud.settings.quotas.securityGroups;
  if (groups.count(inRegion(regionId)) >= quota)
    throw quotaExceeded('QuotaExceed.SecurityGroup', 'security groups', quota);
  const entry: SecurityGroupEntry = {
    id: cloud.newId('sg', regionId),
    regionId,
    vpcId,
    name: text(params, 'SecurityGroupName') ?? '',
    description: text(params, 'Description') ?? '',
    type: text(params, 'SecurityGroupType') === 'enterprise' ? 'enterprise' : 'normal',
    serviceManaged: false,
    createdAt: cloud.clock.now(),
    visibleAt: cloud.visibleAt(0),
    tags: newTags(params),
    innerAccessPolicy: text(params, 'SecurityGroupType') === 'enterprise' ? 'Drop' : 'Accept',
    rules: [],
  };
  groups.set(entry.id, entry);
  return { SecurityGroupId: entry.id };
}

/** @throws ApiError InvalidSecurityGroupId.NotFound */
export function needGroup(cloud: Cloud, regionId: string, id: string): SecurityGroupEntry {
  const entry = ecsState(cloud).groups.get(id);
  if (entry === undefined || entry.regionId !== regionId) {
    throw notFound('InvalidSecurityGroupId.NotFound', `security group ${id}`);
  }
  return entry;
}

export function describeSecurityGroups(call: Call, cloud: Cloud): object {
  const { params, regionId } = call;
  const ids = jsonTexts(params, 'SecurityGroupIds');
  const id = text(params, 'SecurityGroupId');
  const vpcId = text(params, 'VpcId');
  const matches = nameMatcher(text(params, 'SecurityGroupName'));
  const all = ecsState(cloud)
    .groups.narrowed(ids, id, vpcId, ...tagsAsked(params))
    .filter(
      (group) =>
        group.regionId === regionId &&
        (ids === undefined || ids.includes(group.id)) &&
        (id === undefined || group.id === id) &&
        (ids !== undefined || id !== undefined || isVisible(group)) &&
        (vpcId === undefined || group.vpcId === vpcId) &&
        matches(group.name) &&
        matchesTags(group.tags, params),
    );
  const { items, answer } = tokenPage(all, params, { usual: 10, most: 100 });
  return {
    RegionId: regionId,
    TotalCount: all.length,
    PageNumber: 1,
    PageSize: answer.MaxResults,
    NextToken: answer.NextToken,
    SecurityGroups: {
      SecurityGroup: items.map((group) => ({
        SecurityGroupId: group.id,
        SecurityGroupName: group.name,
        Description: group.description,
        VpcId: group.vpcId,
        SecurityGroupType: group.type,
        ServiceManaged: group.serviceManaged,
        CreationTime: isoTime(group.createdAt),
        ResourceGroupId: '',
        RuleCount: group.rules.length,
        GroupToGroupRuleCount: group.rules.filter((rule) => rule.groupId !== '').length,
        EcsCount: instancesOf(cloud, group.id).length,
        Tags: { Tag: tagKeyValues(group.tags) },
      })),
    },
  };
}

export function describeSecurityGroupReferences(call: Call, cloud: Cloud): object {
  const references = texts(call.params, 'SecurityGroupId').map((id) => {
    needGroup(cloud, call.regionId, id);
    return { SecurityGroupId: id, names: referencing(cloud, id) };
  });
  return {
    SecurityGroupReferences: {
      SecurityGroupReference: references
        .filter((reference) => reference.names.length > 0)
        .map(({ SecurityGroupId, names }) => ({
          SecurityGroupId,
          ReferencingSecurityGroups: {
            ReferencingSecurityGroup: names.map((name) => ({
              SecurityGroupId: name,
              AliUid: call.accountId,
            })),
          },
        })),
    },
  };
}

/** Other groups with a rule that names this one. */
function referencing(cloud: Cloud, id: string): readonly string[] {
  return [...ecsState(cloud).groups.values()]
    .filter((group) => group.id !== id && group.rules.some((rule) => rule.groupId === id))
    .map((group) => group.id);
}

export function deleteSecurityGroup(call: Call, cloud: Cloud): object {
  const group = needGroup(cloud, call.regionId, needText(call.params, 'SecurityGroupId'));
  if (group.serviceManaged) {
    throw new ApiError(
      'InvalidOperation.ResourceManagedByCloudProduct',
      403,
      `The security group ${group.id} is managed by a cloud product.`,
    );
  }
  const users = [
    ...cloud.usersOf('securitygroup', group.id).map((user) => user.id),
    ...referencing(cloud, group.id),
  ];
  if (users.length > 0) throw dependencyViolation('DependencyViolation', `security group ${group.id}`, users);
  ecsState(cloud).groups.delete(group.id);
  return {};
}

export function modifySecurityGroupPolicy(call: Call, cloud: Cloud): object {
  const group = needGroup(cloud, call.regionId, needText(call.params, 'SecurityGroupId'));
  group.innerAccessPolicy =
    needText(call.params, 'InnerAccessPolicy').toLowerCase() === 'drop' ? 'Drop' : 'Accept';
  return {};
}
