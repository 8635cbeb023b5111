import type { Rules } from '../request-model.ts';

const LETTER_FIRST = {
  match: /^(?!https?:\/\/)\p{L}[\p{L}\p{N}._:-]{1,127}$/u,
  hint: '2 to 128 characters, a letter first',
};
const DISPLAY_NAME = {
  match: /^(?!https?:\/\/)\p{L}.{1,127}$/su,
  hint: '2 to 128 characters, a letter first',
};
const REGION = ['RegionId'];
const TYPES = {
  ResourceType: [
    'instance',
    'disk',
    'eni',
    'securitygroup',
    'keypair',
    'launchtemplate',
    'image',
    'command',
    'invocation',
  ],
};
const LAUNCH = {
  allowed: {
    InternetChargeType: ['PayByTraffic', 'PayByBandwidth'],
    InstanceChargeType: ['PostPaid', 'PrePaid'],
    HttpTokens: ['optional', 'required'],
    SecurityEnhancementStrategy: ['Active', 'Deactive'],
    'SystemDisk.PerformanceLevel': ['PL0', 'PL1', 'PL2', 'PL3'],
  },
  range: { InternetMaxBandwidthOut: [0, 100], 'SystemDisk.Size': [20, 2048] },
  most: { Tag: 20, TemplateTag: 20, SecurityGroupIds: 16, DataDisk: 64 },
} as const satisfies Rules;
const PERMISSIONS: Rules = { required: ['RegionId', 'SecurityGroupId'], most: { Permissions: 100 } };

/** What the SDK's request models do not say of ECS actions: required parameters, allowed values, limits. */
export const ECS_RULES: Readonly<Record<string, Rules>> = {
  DescribeZones: { required: REGION },
  DescribeAvailableResource: {
    required: ['RegionId', 'DestinationResource'],
    allowed: {
      DestinationResource: [
        'Zone',
        'IoOptimized',
        'InstanceType',
        'SystemDisk',
        'DataDisk',
        'Network',
        'ddh',
      ],
    },
  },
  DescribeInstanceTypes: { most: { InstanceTypes: 10 } },
  DescribeAccountAttributes: { required: REGION },
  DescribePrice: {
    required: REGION,
    allowed: {
      ResourceType: ['instance', 'disk', 'bandwidth', 'ddh', 'ElasticityAssurance', 'CapacityReservation'],
      PriceUnit: ['Hour', 'Week', 'Month', 'Year'],
    },
    range: { Amount: [1, 1000] },
  },
  DescribeImages: {
    required: REGION,
    allowed: {
      ImageOwnerAlias: ['system', 'self', 'others', 'marketplace'],
      Architecture: ['i386', 'x86_64', 'arm64'],
      OSType: ['linux', 'windows'],
    },
  },
  DescribeImageFromFamily: { required: ['RegionId', 'ImageFamily'] },
  CreateSecurityGroup: {
    required: ['RegionId', 'VpcId'],
    form: {
      SecurityGroupName: { ...LETTER_FIRST, code: 'InvalidSecurityGroupName.Malformed' },
      Description: {
        match: /^(?!https?:\/\/).{2,256}$/s,
        hint: '2 to 256 characters',
        code: 'InvalidSecurityGroupDiscription.Malformed',
      },
    },
    allowed: { SecurityGroupType: ['normal', 'enterprise'] },
    most: { Tag: 20 },
  },
  DescribeSecurityGroups: { required: REGION },
  DescribeSecurityGroupAttribute: {
    required: ['RegionId', 'SecurityGroupId'],
    allowed: { Direction: ['ingress', 'egress', 'all'] },
  },
  DescribeSecurityGroupReferences: {
    required: ['RegionId', 'SecurityGroupId'],
    most: { SecurityGroupId: 10 },
  },
  ModifySecurityGroupPolicy: { required: ['RegionId', 'SecurityGroupId', 'InnerAccessPolicy'] },
  AuthorizeSecurityGroup: PERMISSIONS,
  AuthorizeSecurityGroupEgress: PERMISSIONS,
  RevokeSecurityGroup: PERMISSIONS,
  RevokeSecurityGroupEgress: PERMISSIONS,
  DeleteSecurityGroup: { required: ['RegionId', 'SecurityGroupId'] },
  CreateKeyPair: { required: ['RegionId', 'KeyPairName'], most: { Tag: 20 } },
  ImportKeyPair: { required: ['RegionId', 'KeyPairName', 'PublicKeyBody'], most: { Tag: 20 } },
  DescribeKeyPairs: { required: REGION },
  DeleteKeyPairs: { required: ['RegionId', 'KeyPairNames'] },
  RunInstances: {
    ...LAUNCH,
    required: REGION,
    range: { ...LAUNCH.range, Amount: [1, 100] },
    form: { InstanceName: { ...DISPLAY_NAME, code: 'InvalidInstanceName.Malformed' } },
  },
  DescribeInstances: {
    required: REGION,
    allowed: { Status: ['Pending', 'Running', 'Starting', 'Stopping', 'Stopped'] },
    most: { Tag: 20 },
  },
  DescribeInstanceStatus: { required: REGION, most: { InstanceId: 100 } },
  DescribeUserData: { required: ['RegionId', 'InstanceId'] },
  DescribeDisks: { required: REGION },
  DescribeNetworkInterfaces: { required: REGION },
  ModifyInstanceAttribute: { required: ['InstanceId'] },
  StartInstance: { required: ['InstanceId'] },
  StopInstance: { required: ['InstanceId'] },
  StopInstances: { required: ['RegionId', 'InstanceId'], most: { InstanceId: 100 } },
  RebootInstance: { required: ['InstanceId'] },
  DeleteInstance: { required: ['InstanceId'] },
  DeleteInstances: { required: ['RegionId', 'InstanceId'], most: { InstanceId: 100 } },
  CreateLaunchTemplate: {
    ...LAUNCH,
    required: ['RegionId', 'LaunchTemplateName'],
    form: { LaunchTemplateName: { ...LETTER_FIRST, code: 'InvalidLaunchTemplateName.Malformed' } },
  },
  CreateLaunchTemplateVersion: {
    ...LAUNCH,
    required: REGION,
    oneOf: [['LaunchTemplateId', 'LaunchTemplateName']],
  },
  DescribeLaunchTemplates: { required: REGION },
  DescribeLaunchTemplateVersions: {
    required: REGION,
    oneOf: [['LaunchTemplateId', 'LaunchTemplateName']],
  },
  ModifyLaunchTemplateDefaultVersion: { required: ['RegionId', 'DefaultVersionNumber'] },
  DeleteLaunchTemplateVersion: { required: ['RegionId', 'DeleteVersion'] },
  DeleteLaunchTemplate: { required: REGION, oneOf: [['LaunchTemplateId', 'LaunchTemplateName']] },
  DescribeCloudAssistantStatus: { required: REGION, most: { InstanceId: 50 } },
  RunCommand: {
    required: ['RegionId', 'Type', 'CommandContent', 'InstanceId'],
    allowed: {
      Type: ['RunShellScript', 'RunBatScript', 'RunPowerShellScript'],
      ContentEncoding: ['PlainText', 'Base64'],
      TerminationMode: ['Process', 'ProcessTree'],
      RepeatMode: ['Once', 'Period', 'NextRebootOnly', 'EveryReboot', 'DryRun'],
    },
    range: { Timeout: [10, 86_400] },
    most: { InstanceId: 100 },
  },
  DescribeInvocationResults: { required: REGION },
  StopInvocation: { required: ['RegionId', 'InvokeId'] },
  TagResources: {
    required: ['RegionId', 'ResourceType', 'ResourceId', 'Tag', 'Tag.Key'],
    allowed: TYPES,
    most: { Tag: 20, ResourceId: 50 },
  },
  UntagResources: {
    required: ['RegionId', 'ResourceType', 'ResourceId'],
    allowed: TYPES,
    most: { ResourceId: 50 },
  },
  ListTagResources: { required: ['RegionId', 'ResourceType'], allowed: TYPES },
};
