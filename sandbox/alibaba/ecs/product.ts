import type { Cloud } from '../cloud.ts';
import { type Handler, type Product, sdkModel } from '../product.ts';
import { listTagResources, type TaggedOf, type TaggedTable, tagResources, untagResources } from '../tags.ts';
import {
  describeCloudAssistantStatus,
  describeInvocationResults,
  runCommand,
  stopInvocation,
} from './assistant.ts';
import { describeAccountAttributes, describeInstanceTypes } from './catalogue.ts';
import { describeImageFromFamily, describeImages } from './images.ts';
import {
  describeDisks,
  describeInstances,
  describeInstanceStatus,
  describeNetworkInterfaces,
  describeUserData,
} from './instance-reads.ts';
import {
  deleteInstance,
  deleteInstances,
  modifyInstanceAttribute,
  rebootInstance,
  runInstances,
  startInstance,
  stopInstance,
  stopInstances,
} from './instances.ts';
import { createKeyPair, deleteKeyPairs, describeKeyPairs, importKeyPair } from './key-pairs.ts';
import { describeLaunchTemplates, describeLaunchTemplateVersions } from './launch-template-reads.ts';
import {
  createLaunchTemplate,
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  deleteLaunchTemplateVersion,
  modifyLaunchTemplateDefaultVersion,
} from './launch-templates.ts';
import { instancesOf, keyPair } from './lookup.ts';
import { keepManagedGroups } from './managed-groups.ts';
import { describePrice } from './price.ts';
import { ECS_RULES } from './request-rules.ts';
import {
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroupReferences,
  describeSecurityGroups,
  modifySecurityGroupPolicy,
} from './security-groups.ts';
import { authorize, describeSecurityGroupAttribute, revoke } from './security-rules.ts';
import { ecsState, type KeyPairEntry } from './state.ts';
import { describeAvailableResource, describeRegions, describeZones } from './stock.ts';

const ACTIONS: Readonly<Record<string, Handler>> = {
  DescribeRegions: describeRegions,
  DescribeZones: describeZones,
  DescribeAvailableResource: describeAvailableResource,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeAccountAttributes: describeAccountAttributes,
  DescribePrice: describePrice,
  DescribeImages: describeImages,
  DescribeImageFromFamily: describeImageFromFamily,
  CreateSecurityGroup: createSecurityGroup,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSecurityGroupAttribute: describeSecurityGroupAttribute,
  DescribeSecurityGroupReferences: describeSecurityGroupReferences,
  ModifySecurityGroupPolicy: modifySecurityGroupPolicy,
  AuthorizeSecurityGroup: authorize('ingress'),
  AuthorizeSecurityGroupEgress: authorize('egress'),
  RevokeSecurityGroup: revoke('ingress'),
  RevokeSecurityGroupEgress: revoke('egress'),
  DeleteSecurityGroup: deleteSecurityGroup,
  CreateKeyPair: createKeyPair,
  ImportKeyPair: importKeyPair,
  DescribeKeyPairs: describeKeyPairs,
  DeleteKeyPairs: deleteKeyPairs,
  RunInstances: runInstances,
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeUserData: describeUserData,
  DescribeDisks: describeDisks,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  StartInstance: startInstance,
  StopInstance: stopInstance,
  StopInstances: stopInstances,
  RebootInstance: rebootInstance,
  DeleteInstance: deleteInstance,
  DeleteInstances: deleteInstances,
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  ModifyLaunchTemplateDefaultVersion: modifyLaunchTemplateDefaultVersion,
  DeleteLaunchTemplateVersion: deleteLaunchTemplateVersion,
  DeleteLaunchTemplate: deleteLaunchTemplate,
  DescribeCloudAssistantStatus: describeCloudAssistantStatus,
  RunCommand: runCommand,
  DescribeInvocationResults: describeInvocationResults,
  StopInvocation: stopInvocation,
  TagResources: (call, cloud) => tagResources(call.params, call.regionId, tagged(cloud)),
  UntagResources: (call, cloud) => untagResources(call.params, call.regionId, tagged(cloud)),
  ListTagResources: (call, cloud) => listTagResources(call.params, call.regionId, tagged(cloud)),
};

function tagged(cloud: Cloud): TaggedOf {
  const state = ecsState(cloud);
  return (type, regionId) => {
    const tables: Readonly<Record<string, TaggedTable>> = {
      instance: state.instances,
      disk: state.disks,
      securitygroup: state.groups,
      keypair: keyPairsByName(cloud, regionId),
      launchtemplate: state.templates,
      invocation: state.invocations,
    };
    return tables[type.toLowerCase()];
  };
}

/** The tagging calls name a key pair by its name. */
function keyPairsByName(cloud: Cloud, regionId: string): TaggedTable {
  const { keyPairs } = ecsState(cloud);
  const byName = (entry: KeyPairEntry) => ({ ...entry, id: entry.name });
  return {
    get(name) {
      const entry = keyPair(cloud, regionId, name);
      return entry && byName(entry);
    },
    narrowed: (...demands) => keyPairs.narrowed(...demands).map(byName),
    remark: (name) => keyPairs.remark(`${regionId}/${name}`),
  };
}

/** Elastic Compute Service, 2014-05-26. */
export const ecs: Product = {
  name: 'ECS',
  version: '2014-05-26',
  actions: ACTIONS,
  model: sdkModel('@alicloud/ecs20140526', ECS_RULES),
  setUp(cloud) {
    keepManagedGroups(cloud);
    cloud.registerUsers('keypair', (regionAndName) =>
      instancesOf(cloud, regionAndName).map((entry) => ({ kind: 'Instance', id: entry.id })),
    );
    cloud.registerUsers('vpc', (id) =>
      ecsState(cloud)
        .groups.bearing(id)
        .map((group) => ({ kind: 'SecurityGroup', id: group.id })),
    );
  },
};
