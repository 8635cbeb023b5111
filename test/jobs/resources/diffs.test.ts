import { describe, expect, test } from 'vitest';
import { databaseUserData } from '../../../src/jobs/resources/database-user-data.ts';
import { contentMark, templateMistakes } from '../../../src/jobs/resources/launch-template-content.ts';
import type { SeenTemplate } from '../../../src/jobs/resources/launch-template-content.ts';
import { isStrict, listenerMistakes } from '../../../src/jobs/resources/listener-diff.ts';
import type { SeenListener } from '../../../src/jobs/resources/listener-diff.ts';
import { changesNumbers, groupRepair, ownSettings } from '../../../src/jobs/resources/scaling-group-diff.ts';
import type { SeenScalingGroup } from '../../../src/jobs/resources/scaling-group-diff.ts';
import { aSpec } from './spec.ts';

describe('a listener', () => {
  const right: SeenListener = {
    listenerId: 'lsn-443',
    loadBalancerId: 'alb-1',
    port: 443,
    protocol: 'HTTPS',
    status: 'Running',
    serverGroupIds: ['sgp-origin'],
    certificateIds: ['77-ap-southeast-1'],
    securityPolicyId: 'tls_cipher_policy_1_2',
    idleTimeoutSeconds: 60,
    requestTimeoutSeconds: 60,
    forwardedProto: true,
    forwardedClientPort: false,
    groups: { origin: 'sgp-origin', edge: 'sgp-edge' },
    wantedCertificate: '77-ap-southeast-1',
  };

  test('as it must be differs in nothing', () => {
    expect(listenerMistakes('listener-443', right)).toEqual([]);
  });

  test('that leads to the other group is told apart', () => {
    expect(listenerMistakes('listener-443', { ...right, serverGroupIds: ['sgp-edge'] })).toEqual([
      'listener 443 leads to the edge group, must lead to the origin group',
    ]);
  });

  test('is not troubled by the suffix of a certificate id, but by another certificate', () => {
    expect(listenerMistakes('listener-443', { ...right, certificateIds: ['77'] })).toEqual([]);
    expect(listenerMistakes('listener-443', { ...right, certificateIds: ['78-ap-southeast-1'] })).toEqual([
      'listener 443 serves certificate 78-ap-southeast-1, must serve 77-ap-southeast-1',
    ]);
  });

  test('that takes TLS 1.0 or hangs up early is told so', () => {
    const weak = { ...right, securityPolicyId: 'tls_cipher_policy_1_0', idleTimeoutSeconds: 15 };

    expect(listenerMistakes('listener-443', weak)).toEqual([
      'listener 443 takes old TLS (tls_cipher_policy_1_0), must use tls_cipher_policy_1_2 or stricter',
      'listener 443 closes idle connections after 15 s, must be 60 s',
    ]);
    expect(isStrict('tls_cipher_policy_1_2_strict_with_1_3')).toBe(true);
  });
});

describe('a scaling group', () => {
  const right: SeenScalingGroup = {
    scalingGroupId: 'asg-1',
    name: 'live-eu-scaling-group-edge',
    lifecycleState: 'Active',
    minSize: 2,
    maxSize: 10,
    desiredCapacity: 2,
    totalCapacity: 2,
    activeCapacity: 2,
    cooldown: 300,
    launchTemplateId: 'lt-1',
    launchTemplateVersion: '1',
    instanceTypes: ['ecs.c7.xlarge', 'ecs.c6.xlarge'],
    vSwitchIds: ['vsw-1', 'vsw-2'],
    serverGroups: [{ serverGroupId: 'sgp-edge', port: 5080 }],
    healthChecks: ['ECS'],
    multiAzPolicy: 'BALANCE',
    suspendedProcesses: [],
    deletionProtected: false,
    suspended: false,
    wantedTemplate: { id: 'lt-1', version: 1 },
    wantedServerGroup: 'sgp-edge',
  };
  const repair = (seen: SeenScalingGroup) => groupRepair('edge', aSpec().edge, seen);

  test('as it must be needs nothing', () => {
    expect(repair(right)).toEqual({ modify: [], detach: [], attach: [], enable: [] });
  });

  test('newly made is enabled last', () => {
    expect(repair({ ...right, lifecycleState: 'Inactive' })).toEqual({
      modify: [],
      detach: [],
      attach: [],
      enable: ['edge group: it is disabled, must be enabled'],
    });
  });

  test('of another size says the number before and after', () => {
    expect(repair({ ...right, desiredCapacity: 5 }).modify).toEqual(['edge group: desired 5 -> 2 nodes']);
  });

  test('is said to get new numbers by none of the words for anything else', () => {
    const numbers = [
      { minSize: 77 },
      { maxSize: 99 },
      { desiredCapacity: 5 },
      { desiredCapacity: undefined },
    ];
    const others = [
      { cooldown: 9 },
      { launchTemplateVersion: '9' },
      { instanceTypes: ['ecs.g7.large'] },
      { suspended: true },
      { healthChecks: ['NONE'] },
      { healthChecks: ['ECS', 'LOAD_BALANCER'] },
      { multiAzPolicy: 'PRIORITY' },
    ];

    const told = (change: Partial<SeenScalingGroup>) => {
      const { modify } = repair({ ...right, ...change });
      expect(modify).toHaveLength(1);
      return changesNumbers(modify);
    };

    expect(numbers.map(told)).toEqual([true, true, true, true]);
    expect(others.map(told)).toEqual(others.map(() => false));
  });

  test.each([
    [['NONE'], 'nodes that break are not replaced (no ECS health check), must be'],
    [['LOAD_BALANCER'], 'broken nodes are judged by LOAD_BALANCER, must be by ECS alone'],
    [['ECS', 'LOAD_BALANCER'], 'broken nodes are judged by ECS, LOAD_BALANCER, must be by ECS alone'],
  ])('whose nodes are judged by %j is told so, and told what is right', (healthChecks, words) => {
    const seen = { ...right, healthChecks };

    expect(repair(seen).modify).toEqual([`edge group: ${words}`]);
    expect(ownSettings(seen)).toEqual({ healthCheckTypes: ['ECS'] });
  });

  test('that spreads its nodes otherwise over the zones is told so, and told what is right', () => {
    const seen = { ...right, multiAzPolicy: 'PRIORITY' };

    expect(repair(seen).modify).toEqual([
      'edge group: zones of new nodes are chosen by PRIORITY, must be by BALANCE (evenly)',
    ]);
    expect(ownSettings(seen)).toEqual({ multiAzPolicy: 'BALANCE' });
  });

  test('of which the cloud tells neither health checks nor zones has them right', () => {
    const seen = { ...right, healthChecks: [], multiAzPolicy: undefined };

    expect(repair(seen).modify).toEqual([]);
    expect(ownSettings(seen)).toEqual({});
  });

  test('on an older template version or without its server group is told so', () => {
    const seen = { ...right, wantedTemplate: { id: 'lt-1', version: 3 }, serverGroups: [] };

    expect(repair(seen).modify).toEqual([
      'edge group: new nodes come from template version 1, must come from version 3',
    ]);
    expect(repair(seen).attach).toHaveLength(1);
  });

  test('that puts its nodes under a wrong port is told so, and whether it does under the right one too', () => {
    const wrong = { serverGroupId: 'sgp-edge', port: 5081 };
    const theirs = { serverGroupId: 'sgp-theirs', port: 8080 };
    const alone = repair({ ...right, serverGroups: [theirs, wrong] });
    const both = repair({ ...right, serverGroups: [...right.serverGroups, theirs, wrong] });

    const told = 'edge group: its nodes are put into server group sgp-edge under port 5081; they must not be';
    expect([alone.detach, both.detach]).toEqual([[told], [told]]);
    expect([alone.attach.length, both.attach.length]).toEqual([1, 0]);
  });
});

describe('a launch template', () => {
  const right: SeenTemplate = {
    launchTemplateId: 'lt-1',
    name: 'live-eu-launch-template-edge',
    latestVersion: 1,
    description: 'ams-chatops',
    imageId: 'm-node',
    instanceType: 'ecs.c7.xlarge',
    securityGroupIds: ['sg-nodes'],
    keyPairName: 'live-eu-key-pair',
    diskGiB: 40,
    bandwidthMbps: 100,
    hasUserData: true,
    secretMarks: {},
    nodesGroupId: 'sg-nodes',
    wantedKeyPair: 'live-eu-key-pair',
  };

  test('names each field that differs', () => {
    expect(templateMistakes('edge', aSpec(), right)).toEqual([]);
    expect(templateMistakes('edge', aSpec(), { ...right, imageId: 'm-old', hasUserData: false })).toEqual([
      'new edge nodes: image m-old -> m-node',
      'new edge nodes: no user data, so they would not join the cluster',
    ]);
  });

  test('names what would cost other than was planned, or would stay and cost', () => {
    const own = { bandwidthCharge: 'PayByTraffic', diskCategory: 'cloud_essd', spotStrategy: 'NoSpot' };
    const theirs = { bandwidthCharge: 'PayByBandwidth', diskCategory: 'cloud_auto', diskGoes: false };

    expect(templateMistakes('edge', aSpec(), { ...right, ...own, diskGoes: true, dataDisks: 0 })).toEqual([]);
    expect(templateMistakes('edge', aSpec(), { ...right, spotStrategy: '', dataDisks: 1 })).toEqual([
      'new edge nodes: further disks 1 -> 0',
    ]);
    expect(templateMistakes('edge', aSpec(), { ...right, ...theirs, spotStrategy: 'SpotAsPriceGo' })).toEqual(
      [
        'new edge nodes: public bandwidth is paid PayByBandwidth -> PayByTraffic',
        'new edge nodes: disk category cloud_auto -> cloud_essd',
        'new edge nodes: spot instances SpotAsPriceGo -> NoSpot',
        'new edge nodes: their disks stay, and cost, when the nodes go; they must go with them',
      ],
    );
  });

  test('is marked by its content alone', () => {
    const content = {
      imageId: 'm-node',
      instanceType: 'ecs.c7.xlarge',
      securityGroupId: 'sg-nodes',
      keyPairName: 'k',
      diskGiB: 40,
      bandwidthMbps: 100,
      instanceName: 'live-eu-edge',
      userData: 'aGk=',
      instanceTags: { a: 'b' },
    };

    expect(contentMark(content)).toBe(contentMark({ ...content }));
    expect(contentMark({ ...content, userData: 'aG8=' })).not.toBe(contentMark(content));
  });
});

const hostKey = { privateKey: '-----BEGIN X-----\nabc\n-----END X-----', publicKey: 'ssh-ed25519 AAA' };

test("the database host's user data gives it the known host key, patience with apt and high limits", () => {
  const text = databaseUserData(hostKey, 'ssh-rsa AAAB3 ams-chatops');

  expect(text.startsWith('#cloud-config\n')).toBe(true);
  expect(text).toContain('ed25519_public: ssh-ed25519 AAA');
  expect(text).toContain('DPkg::Lock::Timeout "600";');
  expect(text).toContain('mongodb hard nofile 65535');
  expect(text).toContain('ssh_authorized_keys:\n  - ssh-rsa AAAB3 ams-chatops\n');
});

test("the database host's user data lets in no login but ours, which is one line", () => {
  expect(databaseUserData(hostKey, undefined)).not.toContain('ssh_authorized_keys');
  expect(() => databaseUserData(hostKey, 'ssh-rsa AAAB3\nruncmd: []')).toThrow('one line');
});
