import { expect, it } from 'vitest';
import { findingsOf, healthOf } from '../../../src/jobs/status/findings.ts';
import { status } from '../../bot/samples.ts';

function judged(change: Parameters<typeof status>[0]) {
  const seen = status(change);
  const findings = findingsOf(seen);
  return { findings, health: healthOf(seen, findings) };
}

/** All is well but what a test changes. */
const groups = status().groups.map((group) => ({
  ...group,
  serving: group.desired,
  nodes: group.nodes.map((node) => ({ ...node, healthy: true, inCluster: true })),
}));
const unseen = groups.map((group) => ({ ...group, exists: false, nodes: [], serving: 0, desired: 0 }));
const well = { groups, certificate: { names: ['*.example.com'], daysLeft: 80, isDue: false } };

it('a cluster of which all is well is good', () => {
  expect(judged(well)).toEqual({ findings: [], health: 'good' });
});

it.each(['origin group', 'edge group', 'load balancer'])('without its %s nobody knows how it is', (what) => {
  const [origin, edge] = what === 'origin group' ? [unseen[0], groups[1]] : [groups[0], unseen[1]];
  const seen =
    what === 'load balancer'
      ? { loadBalancer: undefined }
      : { groups: [origin, edge].flatMap((one) => one ?? []) };

  expect(judged({ ...well, ...seen, unread: [what] })).toEqual({
    findings: [`The ${what} could not be read.`],
    health: 'unknown',
  });
});

it('what is known to be wrong counts all the same', () => {
  const stopped = { state: 'Stopped', external: false };

  const { findings, health } = judged({
    ...well,
    groups: unseen,
    database: stopped,
    unread: ['origin group', 'edge group'],
  });

  expect(health).toBe('bad');
  expect(findings[0]).toContain('database instance is Stopped');
});

it('which port serves the worse certificate is told where they differ', () => {
  const served = { names: ['*.example.com'], daysLeft: 80, isDue: false, port: 5443 };

  const expired = judged({ ...well, certificate: { ...served, daysLeft: -1, isDue: true } });
  const foreign = judged({
    ...well,
    domain: 'live.example.org',
    certificate: { ...served, isForeign: true },
  });
  const due = judged({ ...well, certificate: { ...served, daysLeft: 9, isDue: true } });

  expect(expired).toEqual({ findings: ['The certificate has expired (port 5443).'], health: 'bad' });
  expect(foreign).toEqual({
    findings: ['The certificate does not cover live.example.org (port 5443).'],
    health: 'bad',
  });
  expect(due).toEqual({ findings: ['The certificate expires in 9 days (port 5443).'], health: 'attention' });
});

it('a node list that could not be read is worth a look', () => {
  expect(judged({ ...well, unread: ['node list'] }).health).toBe('attention');
});

it('a group of a fixed size that has all its nodes is good; at the end of a range it is worth a look', () => {
  const sized = (min: number) => groups.map((group) => ({ ...group, min, max: 2, desired: 2, serving: 2 }));

  expect(judged({ ...well, groups: sized(2) })).toEqual({ findings: [], health: 'good' });
  expect(judged({ ...well, groups: sized(1) }).findings).toEqual([
    'The origin group is at its maximum of 2.',
    'The edge group is at its maximum of 2.',
  ]);
});

it('a hundred nodes that are not in the cluster hide nothing else', () => {
  const [origin, edge] = groups;
  const node = edge?.nodes[0];
  if (!origin || !edge || !node) throw new Error('sample without groups');
  const nodes = Array.from({ length: 100 }, (_none, at) => ({
    ...node,
    instanceId: `i-${at}`,
    inCluster: false,
  }));

  const { findings, health } = judged({
    ...well,
    groups: [origin, { ...edge, nodes, serving: 0 }],
    certificate: { names: [], daysLeft: -1, isDue: true },
  });

  expect(health).toBe('bad');
  expect(findings).toEqual([
    'No edge node serves.',
    'The certificate has expired.',
    expect.stringContaining('Node i-0 '),
    expect.stringContaining('Node i-1 '),
    expect.stringContaining('Node i-2 '),
    'The same is true of 97 more edge nodes.',
  ]);
});

it('a load balancer that does not tell its domain is worth a look', () => {
  const { domain: _none, ...nameless } = status(well);

  const findings = findingsOf(nameless);

  expect(findings).toEqual([expect.stringContaining('the load balancer has no tag ams-domain')]);
  expect(healthOf(nameless, findings)).toBe('attention');
});
