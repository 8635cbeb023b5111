import { beforeEach, expect, test } from 'vitest';
import * as $Ecs from '@alicloud/ecs20140526';
import { ecsBench, IMAGE, regionId } from './alibaba-ecs-bench.ts';
import { type CloudWorld, refusal, until } from './alibaba-world.ts';

const own = ecsBench();
let world: CloudWorld;
let vSwitchId: string;
let groupId: string;

beforeEach(() => {
  ({ world, vSwitchId, groupId } = own);
});

test('launch templates keep full versions and start instances', async () => {
  const content = { imageId: IMAGE, instanceType: 'ecs.c7.large', securityGroupIds: [groupId] };
  const made = await world.ecs.createLaunchTemplate(
    new $Ecs.CreateLaunchTemplateRequest({
      regionId,
      launchTemplateName: 'live-edge',
      ...content,
      systemDisk: { category: 'cloud_essd', size: 40 },
      templateTag: [{ key: 'ams-cluster', value: 'live' }],
      tag: [{ key: 'ams-cluster', value: 'live' }],
      userData: Buffer.from('#!/bin/sh\n').toString('base64'),
    }),
  );
  const launchTemplateId = made.body?.launchTemplateId ?? '';
  await refusal(
    world.ecs.createLaunchTemplate(
      new $Ecs.CreateLaunchTemplateRequest({ regionId, launchTemplateName: 'live-edge' }),
    ),
    'LaunchTemplateName.Duplicated',
  );
  await world.ecs.createLaunchTemplateVersion(
    new $Ecs.CreateLaunchTemplateVersionRequest({
      regionId,
      launchTemplateId,
      ...content,
      versionDescription: 'two',
    }),
  );
  await world.ecs.modifyLaunchTemplateDefaultVersion(
    new $Ecs.ModifyLaunchTemplateDefaultVersionRequest({
      regionId,
      launchTemplateId,
      defaultVersionNumber: 2,
    }),
  );

  const found = await world.ecs.describeLaunchTemplates(
    new $Ecs.DescribeLaunchTemplatesRequest({
      regionId,
      templateTag: [{ key: 'ams-cluster', value: 'live' }],
    }),
  );
  expect(found.body?.launchTemplateSets?.launchTemplateSet).toMatchObject([
    { launchTemplateId, defaultVersionNumber: 2, latestVersionNumber: 2 },
  ]);
  const versions = await world.ecs.describeLaunchTemplateVersions(
    new $Ecs.DescribeLaunchTemplateVersionsRequest({ regionId, launchTemplateId, detailFlag: true }),
  );
  const [second, first] = versions.body?.launchTemplateVersionSets?.launchTemplateVersionSet ?? [];
  expect(second).toMatchObject({ versionNumber: 2, versionDescription: 'two', defaultVersion: true });
  expect(first?.launchTemplateData).toMatchObject({
    imageId: IMAGE,
    securityGroupIds: { securityGroupId: [groupId] },
    systemDisk: { category: 'cloud_essd', size: 40 },
    tags: { instanceTag: [{ key: 'ams-cluster', value: 'live' }] },
  });
  const launched = await world.ecs.runInstances(
    new $Ecs.RunInstancesRequest({ regionId, launchTemplateId, launchTemplateVersion: 1, vSwitchId }),
  );
  const [id = ''] = launched.body?.instanceIdSets?.instanceIdSet ?? [];
  const data = await world.ecs.describeUserData(
    new $Ecs.DescribeUserDataRequest({ regionId, instanceId: id }),
  );
  expect(Buffer.from(data.body?.userData ?? '', 'base64').toString()).toBe('#!/bin/sh\n');
});

test('of a launch template that went, Auto Scaling tells in words of its own', async () => {
  const ess = (action: string, parameters: Record<string, unknown>) =>
    world.call('2022-02-22', action, { RegionId: regionId, ...parameters });
  const template = {
    regionId,
    launchTemplateName: 'live-edge',
    imageId: IMAGE,
    instanceType: 'ecs.c7.large',
  };
  const made = await world.ecs.createLaunchTemplate(
    new $Ecs.CreateLaunchTemplateRequest({ ...template, securityGroupId: groupId }),
  );
  const launchTemplateId = made.body?.launchTemplateId ?? '';
  const second = { regionId, launchTemplateId, imageId: IMAGE, instanceType: 'ecs.c7.large' };
  await world.ecs.createLaunchTemplateVersion(
    new $Ecs.CreateLaunchTemplateVersionRequest({ ...second, securityGroupId: groupId }),
  );
  const { ScalingGroupId } = await ess('CreateScalingGroup', {
    MinSize: 1,
    MaxSize: 1,
    DesiredCapacity: 1,
    LaunchTemplateId: launchTemplateId,
    LaunchTemplateVersion: '2',
    VSwitchIds: [vSwitchId],
  });
  const failed = (code: string) =>
    until(async () => {
      const answer = await ess('DescribeScalingActivities', { ScalingGroupId });
      const activities = answer['ScalingActivities'] as { StatusCode: string; ErrorCode?: string }[];
      return activities.some((one) => one.StatusCode === 'Failed' && one.ErrorCode === code);
    });

  await world.ecs.deleteLaunchTemplateVersion(
    new $Ecs.DeleteLaunchTemplateVersionRequest({ regionId, launchTemplateId, deleteVersion: [2] }),
  );
  await ess('EnableScalingGroup', { ScalingGroupId });
  await failed('LaunchTemplateVersionSet.NotFound');
  await world.ecs.deleteLaunchTemplate(new $Ecs.DeleteLaunchTemplateRequest({ regionId, launchTemplateId }));
  await world.call('2022-02-22', 'ModifyScalingGroup', { ScalingGroupId, MaxSize: 2 });
  await failed('LaunchTemplateSet.NotFound');
});
