import { describe, expect, it } from 'vitest';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { kindsByName } from '../../../src/jobs/kinds.ts';
import { DATABASE_LOST, planRepair } from '../../../src/jobs/planning/plan-repair.ts';
import type { Difference } from '../../../src/jobs/planning/plan-repair.ts';
import type { Observed } from '../../../src/jobs/planning/planner.ts';
import type { Change, Found, Readiness, Resource, StepKind } from '../../../src/jobs/resource.ts';
import { aSpec } from '../resources/spec.ts';

/** What a test says about one part; the rest is there, ready and as it should be. */
interface Say {
  readonly missing?: true;
  readonly adopted?: true;
  readonly change?: Change;
  readonly ready?: Readiness;
}

const spec = aSpec();

/** The real kinds with their parts, needs and orders; what they see is what the test says. */
function plan(says: Readonly<Record<string, Say>>, more: readonly Difference[] = [], of = spec) {
  const kinds = [...kindsByName().values()].map((kind): StepKind => {
    if (kind.type === 'task') return kind;
    const told: Partial<Resource> = {
      ready: ({ part }) => says[part]?.ready ?? { state: 'ready' },
      diff: (_spec, part) => says[part]?.change ?? { action: 'none' },
    };
    return { ...kind, ...told };
  });
  const observed: Observed = new Map(
    kinds
      .filter((kind) => kind.type === 'resource')
      .map((kind) => [
        kind.kind,
        kind
          .parts(of)
          .filter(({ id }) => says[id]?.missing !== true)
          .map(({ id }): Found<unknown> => ({
            part: id,
            id: `${id}-1`,
            ours: says[id]?.adopted !== true,
            seen: {},
          })),
      ]),
  );
  return planRepair(kinds, of, observed, { more });
}

function steps(says: Readonly<Record<string, Say>>) {
  return plan(says).steps.filter((step) => step.action !== 'check');
}

const CHECKS = ['nodes-origin', 'nodes-edge', 'cluster-ports', 'test-flight'];

describe('a plan to repair a cluster', () => {
  it('is empty when nothing differs', () => {
    expect(plan({})).toEqual({ found: [], problems: [], steps: [] });
  });

  it('makes anew what is being deleted, and what goes with it, as if all of it were gone', () => {
    const leaves = { state: 'waiting', why: 'it is Deleting', lookAgainMs: 1, leaves: true } as const;
    const going = plan({ 'scaling-group-edge': { ready: leaves }, 'listener-80': { ready: leaves } });
    const missing = { missing: true } as const;
    const gone = plan({
      'scaling-group-edge': missing,
      'scaling-rule-edge': missing,
      'listener-80': missing,
    });

    expect(going.steps).toEqual(gone.steps);
    expect(going.found.map((one) => one.words)).toEqual([
      ['listener-80 is missing.'],
      ['scaling-group-edge is missing.'],
    ]);
  });

  it('makes what is missing, in the order of a create, and proves the cluster at the end', () => {
    const all = plan({ 'listener-80': { missing: true }, 'listener-5080': { missing: true } }).steps;

    expect(all.map((step) => [step.id, step.action])).toEqual([
      ['listener-80', 'create'],
      ['listener-5080', 'create'],
      ...CHECKS.map((id) => [id, 'check']),
    ]);
    // Listener 443 stands between them and stays; one load balancer takes changes one after the other.
    expect(all.find((step) => step.id === 'listener-5080')?.after).toEqual(['listener-80']);
  });

  it('changes what differs and tells each difference', () => {
    const change = { action: 'update', changes: ['edge group: it is disabled, must be enabled'] } as const;
    const all = plan({ 'scaling-group-edge': { change } });

    expect(all.found).toEqual([{ part: 'scaling-group-edge', words: change.changes }]);
    expect(all.steps[0]).toMatchObject({ action: 'update', changes: change.changes });
  });

  it('leaves alone what somebody else made', () => {
    const change = { action: 'replace', changes: ['another block'] } as const;

    expect(plan({ vpc: { adopted: true, change } }).steps).toEqual([]);
  });

  it.each<[part: string, change: Partial<ClusterSpec>, code: string]>([
    ['vpc', { network: { ...spec.network, vpcId: 'vpc-team' } }, 'network_gone'],
    ['key-pair', { keyPair: { source: 'existing', name: 'team-key' } }, 'key_pair_gone'],
    ['certificate', { certificate: { source: 'cas', certId: 7 } }, 'certificate_gone'],
  ])('does not promise to make a %s again that somebody else had made', (part, change, code) => {
    const gone = plan({ [part]: { missing: true } }, [], aSpec(change));

    expect(gone).toMatchObject({ problems: [{ code }], found: [], steps: [] });
  });

  it('fetches no pages where a group is to have no nodes: nobody serves them', () => {
    const empty = { ...spec, edge: { ...spec.edge, min: 0, desired: 0 } };
    const all = plan({ 'listener-80': { missing: true } }, [], empty).steps;

    expect(all.map((step) => step.id)).toEqual(['listener-80', ...CHECKS.slice(0, -1)]);
  });

  it('does not judge what is still on its way', () => {
    const waiting = { state: 'waiting', why: 'it is Provisioning', lookAgainMs: 1 } as const;
    const change = { action: 'replace', changes: ['it is in no zone'] } as const;

    expect(plan({ 'load-balancer': { ready: waiting, change } }).steps).toEqual([]);
  });

  it('names what only a person can mend', () => {
    const problem = { code: 'instance_stopped', message: 'The database is Stopped.', hint: 'Start it.' };

    expect(plan({ database: { ready: { state: 'broken', problem } } })).toMatchObject({
      problems: [problem],
      steps: [],
    });
  });

  it('makes anew what is broken and holds nothing', () => {
    const problem = { code: 'listener_stopped', message: 'Somebody stopped it.', hint: '' };
    const all = steps({ 'listener-443': { ready: { state: 'broken', problem, remake: true } } });

    expect(all).toMatchObject([
      { id: 'remove-listener-443', target: 'listener-443-1', changes: ['Somebody stopped it.'] },
      { id: 'listener-443', action: 'create', after: ['remove-listener-443'] },
    ]);
  });

  it('replaces a part together with what stands on it, dependants first', () => {
    const change = { action: 'replace', changes: ['it must be internet-facing'] } as const;
    const all = steps({ 'load-balancer': { change } });

    expect(all.map((step) => step.id)).toEqual([
      'remove-listener-80',
      'remove-listener-443',
      'remove-listener-5080',
      'remove-listener-5443',
      'remove-dns-record',
      'remove-load-balancer',
      'load-balancer',
      'listener-80',
      'listener-443',
      'listener-5080',
      'listener-5443',
      'dns-record',
    ]);
    expect(all.find((step) => step.id === 'remove-load-balancer')?.after).toHaveLength(5);
    expect(all.find((step) => step.id === 'remove-listener-80')?.changes).toEqual([
      'It cannot stay while load-balancer is replaced.',
    ]);
  });

  it('lets the listeners and the scaling group of a new server group take it over, and no other', () => {
    const all = steps({ 'server-group-edge': { missing: true } });

    expect(all.map((step) => [step.id, step.action])).toEqual([
      ['server-group-edge', 'create'],
      ['listener-5080', 'update'],
      ['listener-5443', 'update'],
      ['scaling-group-edge', 'update'],
    ]);
  });

  it('lets the scaling groups start nodes in a new vSwitch, which one of them may have had none in', () => {
    const all = steps({ 'vswitch-2': { missing: true }, 'load-balancer': { missing: true } });

    expect(all.map((step) => [step.id, step.action])).toEqual(
      expect.arrayContaining([
        ['vswitch-2', 'create'],
        ['scaling-group-origin', 'update'],
        ['scaling-group-edge', 'update'],
      ]),
    );
    expect(all.find((step) => step.id === 'scaling-group-edge')).toMatchObject({
      changes: ['It must take over the new vswitch-2.'],
      after: ['vswitch-2'],
    });
  });

  it('lets a scaling group take over a new version of its launch template', () => {
    const change = { action: 'update', changes: ['new origin nodes: image m-1 -> m-2'] } as const;

    expect(steps({ 'launch-template-origin': { change } })).toMatchObject([
      { id: 'launch-template-origin', action: 'update' },
      {
        id: 'scaling-group-origin',
        changes: ['It must take over the new version of launch-template-origin.'],
      },
    ]);
  });

  it('says that the data of a lost database is gone, and replaces all that carried its address', () => {
    const all = plan({ database: { missing: true } }).steps;
    const byId = new Map(all.map((step) => [step.id, step]));

    expect(byId.get('database')?.changes).toEqual([DATABASE_LOST]);
    expect([...byId.keys()].filter((id) => id.startsWith('remove-')).toSorted()).toEqual([
      'remove-scaling-group-edge',
      'remove-scaling-group-origin',
      'remove-scaling-rule-edge',
      'remove-scaling-rule-origin',
    ]);
    expect(byId.get('launch-template-edge')).toMatchObject({ action: 'update', after: ['database-install'] });
    expect(byId.get('scaling-group-edge')?.after).toEqual(
      expect.arrayContaining(['launch-template-edge', 'remove-scaling-group-edge']),
    );
    expect(byId.has('admin')).toBe(true);
    expect(byId.has('load-balancer')).toBe(false);
  });

  it('says and mends what Redis has lost, before anybody looks at the nodes', () => {
    const words = ['The SSH keys are lost.'];
    const all = plan({}, [{ part: 'database-install', words }]);

    expect(all.found).toEqual([{ part: 'database-install', words }]);
    expect(all.steps.map((step) => step.id)).toEqual(['database-install', ...CHECKS]);
    expect(all.steps[0]).toMatchObject({ action: 'update', changes: words, after: [] });
    expect(all.steps[1]?.after).toEqual(['database-install']);
  });

  it('asks nobody for an administrator when the database is the old one', () => {
    expect(plan({ 'listener-80': { missing: true } }).steps.map((step) => step.id)).not.toContain('admin');
  });
});
