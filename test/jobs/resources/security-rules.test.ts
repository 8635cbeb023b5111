import { describe, expect, test } from 'vitest';
import { securityGroup } from '../../../src/jobs/resources/security-group.ts';
import { repairOf, wantedRules } from '../../../src/jobs/resources/security-rules.ts';
import type { GroupRule, SeenGroup } from '../../../src/jobs/resources/security-rules.ts';
import { aSpec } from './spec.ts';

const nodes = 'security-group-nodes';
const database = 'security-group-database';

function seen(rules: readonly GroupRule[], innerAccess = 'Accept', id = 'sg-nodes'): SeenGroup {
  return { securityGroupId: id, vpcId: 'vpc-1', innerAccess, rules, nodesGroupId: 'sg-nodes' };
}

function words(part: string, group: SeenGroup): readonly string[] {
  const change = securityGroup.diff(aSpec(), part, group);
  return change.action === 'none' ? [] : change.changes;
}

describe('the nodes', () => {
  const right = wantedRules(aSpec(), nodes, seen([]));

  test('are open to the load balancer, each other and media, and to nothing else', () => {
    const list = right.map((rule) => `${rule.protocol} ${rule.portRange} ${rule.cidr ?? rule.groupId}`);

    expect(list).toEqual([
      'TCP 5080/5080 10.0.0.0/24',
      'TCP 5080/5080 10.0.1.0/24',
      'TCP 5080/5080 sg-nodes',
      'TCP 5000/5000 sg-nodes',
      'TCP 1935/1935 sg-nodes',
      'UDP 50000/60000 0.0.0.0/0',
    ]);
  });

  test('with these rules differ in nothing, whatever case the cloud writes', () => {
    const shouted = right.map((rule) => ({
      ...rule,
      protocol: rule.protocol.toLowerCase(),
      ruleId: 'sgr-1',
    }));

    expect(words(nodes, seen(shouted))).toEqual([]);
  });

  test('without the rule for streams between them are told so', () => {
    const rest = right.filter((rule) => rule.portRange !== '5000/5000');

    expect(words(nodes, seen(rest))).toEqual(['TCP 5000 from the group itself is not allowed; it must be.']);
  });

  test('with SSH open to the world are told so, and it is closed', () => {
    const open: GroupRule = { protocol: 'TCP', portRange: '22/22', cidr: '0.0.0.0/0', policy: 'accept' };
    const group = seen([...right, open]);

    expect(words(nodes, group)).toEqual(['TCP 22 from 0.0.0.0/0 is allowed; it must not be.']);
    expect(repairOf(aSpec(), nodes, group).extra).toEqual([open]);
  });

  test('open to a prefix list are told which, and it is closed', () => {
    const open: GroupRule = { protocol: 'TCP', portRange: '22/22', prefixListId: 'pl-1', policy: 'accept' };
    const group = seen([...right, open]);

    expect(words(nodes, group)).toEqual(['TCP 22 from prefix list pl-1 is allowed; it must not be.']);
    expect(repairOf(aSpec(), nodes, group).extra).toEqual([open]);
  });

  test('open where they must not be are told so in the same words, whatever order the cloud lists rules in', () => {
    const open = (port: number): GroupRule => ({
      protocol: 'TCP',
      portRange: `${port}/${port}`,
      cidr: '0.0.0.0/0',
      policy: 'accept',
    });
    const added = [open(22), open(8080), open(443)];

    expect(words(nodes, seen([...right, ...added]))).toHaveLength(3);
    expect(words(nodes, seen([...added.toReversed(), ...right]))).toEqual(
      words(nodes, seen([...right, ...added])),
    );
  });

  test('behind a drop rule are told so', () => {
    const drop: GroupRule = {
      protocol: 'UDP',
      portRange: '50000/60000',
      cidr: '0.0.0.0/0',
      policy: 'drop',
    };

    expect(words(nodes, seen([...right, drop]))).toEqual([
      'UDP 50000-60000 from 0.0.0.0/0 is dropped by a rule that does not belong there.',
    ]);
  });

  test('kept from going out by a rule are told so, and it is no rule about who may come in', () => {
    const out = (policy: GroupRule['policy']): GroupRule => ({
      protocol: 'TCP',
      portRange: '5080/5080',
      groupId: 'sg-nodes',
      policy,
      direction: 'egress',
    });
    const group = seen([...right, out('drop'), out('accept')]);

    expect(words(nodes, group)).toEqual([
      'TCP 5080 to the group itself is dropped by a rule that does not belong there.',
      'TCP 5080 to the group itself is allowed by a rule that does not belong there.',
    ]);
    expect(repairOf(aSpec(), nodes, group)).toMatchObject({ missing: [], extra: [] });
  });

  test('cut off from each other by the inner policy are told so', () => {
    expect(words(nodes, seen(right, 'Drop'))).toHaveLength(1);
  });
});

describe('the database', () => {
  test('is open to the nodes and to one address for SSH, never to the world', () => {
    const rules = wantedRules(aSpec(), database, seen([], 'Accept', 'sg-db'));

    expect(rules).toEqual([
      { protocol: 'TCP', portRange: '27017/27017', policy: 'accept', groupId: 'sg-nodes' },
      { protocol: 'TCP', portRange: '22/22', policy: 'accept', cidr: '203.0.113.7/32' },
    ]);
  });
});
