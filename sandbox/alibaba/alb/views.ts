/** How the ALB's memory looks in answers. Pure. */
import type { AlbState, Listener, LoadBalancer, Rule, Server, ServerGroup } from './state.ts';
import { targetsOf } from './state.ts';

/** Without zones, as ListLoadBalancers answers. */
export function balancerView(balancer: LoadBalancer): Record<string, unknown> {
  return {
    LoadBalancerId: balancer.id,
    LoadBalancerName: balancer.name,
    LoadBalancerStatus: balancer.status,
    LoadBalancerBussinessStatus: 'Normal',
    LoadBalancerEdition: balancer.edition,
    LoadBalancerBillingConfig: { PayType: 'PostPay' },
    LoadBalancerOperationLocks: [],
    DNSName: balancer.dnsName,
    VpcId: balancer.vpcId,
    AddressType: balancer.addressType,
    AddressAllocatedMode: 'Fixed',
    AddressIpVersion: balancer.addressIpVersion,
    DeletionProtectionConfig: { Enabled: balancer.deletionProtection },
    ModificationProtectionConfig: { Status: balancer.modificationProtection },
    ResourceGroupId: balancer.resourceGroupId,
    CreateTime: timestamp(balancer.createdAt),
    Tags: balancer.tags,
  };
}

/** With zones and addresses, as GetLoadBalancerAttribute answers. */
export function balancerDetail(balancer: LoadBalancer): Record<string, unknown> {
  return {
    ...balancerView(balancer),
    RegionId: balancer.regionId,
    ZoneMappings: balancer.zones.map((zone) => ({
      ZoneId: zone.ZoneId,
      VSwitchId: zone.VSwitchId,
      Status: 'Active',
      LoadBalancerAddresses: [
        {
          Address: zone.publicAddress ?? zone.address,
          IntranetAddress: zone.address,
          ...(zone.allocationId === undefined ? {} : { AllocationId: zone.allocationId, EipType: 'Common' }),
        },
      ],
    })),
  };
}

/** Without certificates, as ListListeners answers. */
export function listenerView(listener: Listener): Record<string, unknown> {
  return {
    ListenerId: listener.id,
    LoadBalancerId: listener.loadBalancerId,
    ListenerPort: listener.port,
    ListenerProtocol: listener.protocol,
    ListenerStatus: listener.status,
    ListenerDescription: listener.description,
    DefaultActions: listener.defaultActions.map((action) => ({
      Type: action.Type,
      ForwardGroupConfig: {
        ServerGroupTuples: targetsOf(action).map((id) => ({ ServerGroupId: id })),
      },
    })),
    IdleTimeout: listener.idleTimeout,
    RequestTimeout: listener.requestTimeout,
    GzipEnabled: listener.gzip,
    ...(listener.protocol === 'HTTP'
      ? {}
      : { SecurityPolicyId: listener.securityPolicyId, Http2Enabled: listener.http2 }),
    XForwardedForConfig: listener.xForwardedFor,
    Tags: listener.tags,
  };
}

/** As GetListenerAttribute answers. */
export function listenerDetail(listener: Listener): Record<string, unknown> {
  return {
    ...listenerView(listener),
    CaEnabled: listener.caEnabled,
    Certificates: listener.certificateIds.slice(0, 1).map((id) => ({ CertificateId: id })),
  };
}

export function serverGroupView(state: AlbState, group: ServerGroup): Record<string, unknown> {
  const balancers = new Set(state.listenersOf(group.id).map((listener) => listener.loadBalancerId));
  return {
    ServerGroupId: group.id,
    ServerGroupName: group.name,
    ServerGroupStatus: group.status,
    ServerGroupType: group.type,
    VpcId: group.vpcId,
    Protocol: group.protocol,
    Scheduler: group.scheduler,
    HealthCheckConfig: group.healthCheck,
    StickySessionConfig: group.sticky,
    ConnectionDrainConfig: group.connectionDrain,
    SlowStartConfig: group.slowStart,
    UpstreamKeepaliveEnabled: group.upstreamKeepalive,
    CrossZoneEnabled: group.crossZone,
    ConfigManagedEnabled: false,
    RelatedLoadBalancerIds: [...balancers],
    ServerCount: group.servers.length,
    ResourceGroupId: group.resourceGroupId,
    CreateTime: timestamp(group.createdAt),
    Tags: group.tags,
  };
}

export function serverView(group: ServerGroup, server: Server): Record<string, unknown> {
  return {
    ServerGroupId: group.id,
    ServerId: server.serverId,
    ServerType: server.serverType,
    ServerIp: server.serverIp,
    Port: server.port,
    Weight: server.weight,
    Description: server.description,
    Status: server.status,
    RemoteIpEnabled: false,
  };
}

export function ruleView(rule: Rule): Record<string, unknown> {
  return {
    RuleId: rule.id,
    RuleName: rule.name,
    RuleStatus: rule.status,
    Priority: rule.priority,
    Direction: rule.direction,
    ListenerId: rule.listenerId,
    LoadBalancerId: rule.loadBalancerId,
    RuleConditions: rule.conditions,
    RuleActions: rule.actions,
    Tags: rule.tags,
  };
}

/** Times as ALB prints them: UTC without milliseconds. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
