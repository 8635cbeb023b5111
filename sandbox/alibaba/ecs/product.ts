import type { Cloud } from '../cloud.ts';
import { type Handler, type Product, sdkModel } from '../product.ts';
import { listTagResources, type TaggedOf, tagResources, untagResources } from '../tags.ts';
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
import { entriesOf } from './lookup.ts';
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
import { ecsState } from './state.ts';
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
    const stores = {
      instance: [...state.instances.values()],
      disk: [...state.disks.values()],
      securitygroup: [...state.groups.values()],
      // The tagging calls name a key pair by its name.
      keypair: [...state.keyPairs.values()].map((entry) => ({ ...entry, id: entry.name })),
      launchtemplate: [...state.templates.values()],
      invocation: [...state.invocations.values()],
    };
    const found = Object.entries(stores).find(([name]) => name === type.toLowerCase());
    return (found?.[1] ?? []).filter((entry) => entry.regionId === regionId);
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
      entriesOf(cloud)
        .filter((entry) => `${entry.regionId}/${entry.keyPairName ?? ''}` === regionAndName)
        .map((entry) => ({ kind: 'Instance', id: entry.id })),
    );
    cloud.registerUsers('vpc', (id) =>
      [...ecsState(cloud).groups.values()]
        .filter((group) => group.vpcId === id)
        .map((group) => ({ kind: 'SecurityGroup', id: group.id })),
    );
  },
};
