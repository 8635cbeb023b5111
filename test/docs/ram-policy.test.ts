import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TRIED_WRITES } from '../../src/cloud/dry-runs.ts';
import { openTown } from '../support/town.ts';
import { PAST_MS } from '../../sandbox/world.ts';
import type { Town } from '../support/town.ts';
import { namedActions, policy, policyActions, ramAction } from './ram-actions.ts';
import { manifestScopes, neededScopes } from './slack-manifest.ts';
import { recordSlack } from './slack-recorder.ts';
import type { SlackRecorder } from './slack-recorder.ts';

/** What a create, scale, status, test flight and removal without trouble do not call, and why it is allowed. */
const NOT_CALLED: Readonly<Record<string, string>> = {
  'ram:CreateServiceLinkedRole': 'the first load balancer and the first scaling group of an account make their roles',
  'ecs:TagResources': 'tags are given with the create calls, which need the right to tag',
  'vpc:TagResources': 'the same',
  'alb:TagResources': 'the same',
  'ess:TagResources': 'the same',
  'cms:QueryMetricList': 'the other name of DescribeMetricList',
  'bss:DescribeAcccount': 'the other name of QueryAccountBalance',
  'alidns:GetMainDomainName': 'only with dns: alidns, or where Redis has forgotten the cluster',
  'alidns:DescribeDomainRecords': 'the same',
  'alidns:AddDomainRecord': 'only with dns: alidns',
  'alidns:UpdateDomainRecord': 'only with dns: alidns',
  'alidns:UpdateDomainRecordRemark': 'only with dns: alidns',
  'alidns:DeleteDomainRecord': 'only with dns: alidns',
  'alb:DisableDeletionProtection': 'a removal after somebody switched the protection on',
  'ess:SetGroupDeletionProtection': 'the same',
  'ecs:ModifyInstanceAttribute': 'the same',
  'ecs:RevokeSecurityGroup': 'rules that somebody added',
  'ecs:RevokeSecurityGroupEgress': 'the same',
  'alb:UpdateListenerAttribute': 'a step sets right what it finds different from the plan',
  'alb:UpdateServerGroupAttribute': 'the same',
  'alb:AddServersToServerGroup': 'a repair of a server group that somebody emptied',
  'ecs:CreateLaunchTemplateVersion': 'the same',
  'ecs:ModifySecurityGroupPolicy': 'the same',
  'ess:AttachAlbServerGroups': 'the same',
  'ess:ModifyScalingRule': 'the same',
  'ess:ResumeProcesses': 'a repair of a group of which somebody suspended a process',
  'alb:RemoveServersFromServerGroup': 'nodes that are in their server group under a wrong port',
  'ess:DetachAlbServerGroups': 'the same of nodes to come',
  'ecs:DeleteLaunchTemplateVersion': 'the 31st version of a template',
};

describe('the RAM policy', () => {
  it('allows exactly the actions that the code names, each once', () => {
    expect([...policyActions].toSorted()).toEqual([...namedActions].toSorted());
    expect(new Set(policyActions).size).toBe(policyActions.length);
  });

  it('is a policy document of version 1 that allows by full names only', () => {
    expect(policy.Version).toBe('1');
    for (const statement of policy.Statement) {
      expect(statement.Effect).toBe('Allow');
      for (const action of statement.Action) expect(action).toMatch(/^[a-z-]+:[A-Z][A-Za-z0-9]+$/);
    }
  });

  it('lets service-linked roles be made for the load balancer and Auto Scaling alone', () => {
    const roles = policy.Statement.filter((one) => one.Action.includes('ram:CreateServiceLinkedRole'));

    expect(roles.map((one) => one.Condition)).toEqual([
      { StringEquals: { 'ram:ServiceName': ['alb.aliyuncs.com', 'ess.aliyuncs.com'] } },
    ]);
  });
});

describe('the life of a cluster', () => {
  let town: Town;
  let slack: SlackRecorder;
  let called: ReadonlySet<string>;
  let tried: ReadonlySet<string>;

  beforeAll(async () => {
    town = await openTown({ idle: true, alibaba: { pastMs: PAST_MS } });
    slack = await recordSlack(town.env['SLACK_API_URL'] ?? '');
    town.env['SLACK_API_URL'] = slack.apiUrl;
    await town.start();
    await town.dana.openHome();
    await town.run('create-cluster live --edge 2');
    await vi.waitFor(() => expect(town.dana.home()).toBeDefined(), 10_000);
    await town.run('scale edge 3');
    await town.dana.command('status live', { channel: town.channel });
    await town.next((message) => message.text.includes('live is'));
    await vi.waitFor(() => expect(slack.methods).toContain('files.completeUploadExternal'), 100_000);
    await town.dana.command('test-fly live', { channel: town.channel });
    await town.next((message) => message.text.includes('test flight'));
    await town.dana.command('clusters', { channel: town.channel });
    await town.next((message) => /^\d+ clusters?:/.test(message.text));
    await town.run('destroy-cluster live --confirm live');
    const { requests, dryRuns } = town.world.alibaba.cloud;
    called = new Set(requests.map(({ product, action }) => ramAction(product, action)));
    tried = new Set(dryRuns.map(({ product, action }) => ramAction(product, action)));
  }, 300_000);

  afterAll(async () => {
    await town.close();
    await slack.close();
  });

  it('calls nothing that the policy does not allow', () => {
    // Everybody may ask who they are.
    const denied = [...called].filter(
      (action) => action !== 'sts:GetCallerIdentity' && !policyActions.includes(action),
    );

    expect(denied).toEqual([]);
  });

  it('tries before approval, without doing them, the writes that it may need', () => {
    expect([...tried].toSorted()).toEqual([...TRIED_WRITES].toSorted());
  });

  it('uses all that the policy allows, except what is named with its reason', () => {
    const unused = policyActions.filter((action) => !called.has(action));

    expect(unused.toSorted()).toEqual(Object.keys(NOT_CALLED).toSorted());
  });

  it('needs no Slack scope that the manifest does not ask for', () => {
    const missing = neededScopes(slack.methods).filter((scope) => !manifestScopes.includes(scope));

    expect(slack.methods).toContain('views.publish');
    expect(slack.methods.size).toBeGreaterThan(4);
    expect(missing).toEqual([]);
  });
});
