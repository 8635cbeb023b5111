import { type Product, sdkModel } from '../product.ts';
import {
  associateAdditionalCertificates,
  dissociateAdditionalCertificates,
  listListenerCertificates,
} from './certificates.ts';
import { albOf } from './lookup.ts';
import * as listeners from './listeners.ts';
import * as balancers from './load-balancers.ts';
import { describeZones, getListenerHealthStatus, listAsynJobs, listSystemSecurityPolicies } from './reads.ts';
import * as rules from './rules.ts';
import * as groups from './server-groups.ts';
import * as servers from './servers.ts';
import * as tags from './tags.ts';

const balancer = { required: ['LoadBalancerId'] };
const listener = { required: ['ListenerId'] };
const serverGroup = { required: ['ServerGroupId'] };
const serverList = { required: ['ServerGroupId', 'Servers'] };
const tagged = { required: ['ResourceType', 'ResourceId'] };

/** Application Load Balancer, 2020-06-16. */
export const alb: Product = {
  name: 'ALB',
  version: '2020-06-16',
  codes: { tokenMismatch: 'IdempotenceSignatureMismatch', tokenProcessing: 'IdempotenceProcessing' },
  model: sdkModel('@alicloud/alb20200616', {
    CreateLoadBalancer: {
      required: ['AddressType', 'LoadBalancerEdition', 'LoadBalancerBillingConfig', 'VpcId', 'ZoneMappings'],
    },
    GetLoadBalancerAttribute: balancer,
    UpdateLoadBalancerAttribute: balancer,
    DeleteLoadBalancer: balancer,
    EnableDeletionProtection: { required: ['ResourceId'] },
    DisableDeletionProtection: { required: ['ResourceId'] },
    ListLoadBalancers: { most: { LoadBalancerIds: 20, LoadBalancerNames: 10, VpcIds: 10 } },
    CreateListener: { required: ['LoadBalancerId', 'ListenerProtocol', 'ListenerPort', 'DefaultActions'] },
    UpdateListenerAttribute: listener,
    GetListenerAttribute: listener,
    StartListener: listener,
    StopListener: listener,
    DeleteListener: listener,
    ListListeners: { most: { LoadBalancerIds: 20, ListenerIds: 20 } },
    ListListenerCertificates: listener,
    AssociateAdditionalCertificatesWithListener: { required: ['ListenerId', 'Certificates'] },
    DissociateAdditionalCertificatesFromListener: { required: ['ListenerId', 'Certificates'] },
    GetListenerHealthStatus: listener,
    CreateRule: { required: ['ListenerId', 'Priority', 'RuleName', 'RuleConditions', 'RuleActions'] },
    UpdateRuleAttribute: { required: ['RuleId'] },
    DeleteRule: { required: ['RuleId'] },
    CreateServerGroup: { required: ['ServerGroupName', 'HealthCheckConfig'] },
    UpdateServerGroupAttribute: serverGroup,
    DeleteServerGroup: serverGroup,
    ListServerGroups: { most: { ServerGroupNames: 10, Tag: 10 } },
    AddServersToServerGroup: serverList,
    RemoveServersFromServerGroup: serverList,
    UpdateServerGroupServersAttribute: serverList,
    TagResources: { required: ['ResourceType', 'ResourceId', 'Tag'] },
    UnTagResources: tagged,
    ListTagResources: { required: ['ResourceType'] },
  }),
  actions: {
    DescribeZones: describeZones,
    CreateLoadBalancer: balancers.createLoadBalancer,
    GetLoadBalancerAttribute: balancers.getLoadBalancerAttribute,
    ListLoadBalancers: balancers.listLoadBalancers,
    UpdateLoadBalancerAttribute: balancers.updateLoadBalancerAttribute,
    EnableDeletionProtection: balancers.enableDeletionProtection,
    DisableDeletionProtection: balancers.disableDeletionProtection,
    DeleteLoadBalancer: balancers.deleteLoadBalancer,
    CreateServerGroup: groups.createServerGroup,
    UpdateServerGroupAttribute: groups.updateServerGroupAttribute,
    ListServerGroups: groups.listServerGroups,
    DeleteServerGroup: groups.deleteServerGroup,
    ListServerGroupServers: servers.listServerGroupServers,
    AddServersToServerGroup: servers.addServersToServerGroup,
    RemoveServersFromServerGroup: servers.removeServersFromServerGroup,
    UpdateServerGroupServersAttribute: servers.updateServerGroupServersAttribute,
    CreateListener: listeners.createListener,
    UpdateListenerAttribute: listeners.updateListenerAttribute,
    GetListenerAttribute: listeners.getListenerAttribute,
    ListListeners: listeners.listListeners,
    StartListener: listeners.startListener,
    StopListener: listeners.stopListener,
    DeleteListener: listeners.deleteListener,
    ListListenerCertificates: listListenerCertificates,
    AssociateAdditionalCertificatesWithListener: associateAdditionalCertificates,
    DissociateAdditionalCertificatesFromListener: dissociateAdditionalCertificates,
    GetListenerHealthStatus: getListenerHealthStatus,
    ListAsynJobs: listAsynJobs,
    ListSystemSecurityPolicies: listSystemSecurityPolicies,
    CreateRule: rules.createRule,
    UpdateRuleAttribute: rules.updateRuleAttribute,
    ListRules: rules.listRules,
    DeleteRule: rules.deleteRule,
    TagResources: tags.tagResources,
    UnTagResources: tags.unTagResources,
    ListTagResources: tags.listTagResources,
  },
  setUp(cloud) {
    const { loadBalancers, serverGroups } = albOf(cloud);
    const balancersIn = (id: string) =>
      loadBalancers.bearing(id).map((entry) => ({ kind: 'alb', id: entry.id }));
    cloud.registerUsers('vpc', (id) => [
      ...balancersIn(id),
      ...serverGroups.bearing(id).map((group) => ({ kind: 'servergroup', id: group.id })),
    ]);
    cloud.registerUsers('vswitch', balancersIn);
    cloud.registerUsers('certificate', (id) =>
      [...albOf(cloud).listeners.values()]
        .filter((entry) => entry.certificateIds.includes(id))
        .map((entry) => ({ kind: 'listener', id: entry.id })),
    );
  },
};
