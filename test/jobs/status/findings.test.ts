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

it('a node list that could not be read is worth a look', () => {
  expect(judged({ ...well, unread: ['node list'] }).health).toBe('attention');
});
