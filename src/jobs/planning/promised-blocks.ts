import type { Operation } from '../../cluster/operation.ts';
import { existingVpc, zoneCountOf } from '../preflight/network.ts';
import type { Promised } from '../preflight/network.ts';
import type { PrepareParts } from './prepared.ts';

type Parts = Pick<PrepareParts, 'store' | 'tools'>;

/**
 * What operations of other clusters are about to take of an existing VPC: two plans must not choose the same blocks. Of
 * those that are made at the same moment the one asked for later leaves the other what that will choose.
 */
export async function promisedBlocks(
  operation: Operation,
  vpcId: string | undefined,
  parts: Parts,
): Promise<Promised> {
  const others = await othersIn(vpcId, operation, parts);
  const earlier = others
    .filter((one) => one.spec === undefined && one.planOnly !== true && byAge(one, operation) < 0)
    .toSorted(byAge);
  return {
    blocks: blocksOf(others),
    counts: earlier.flatMap(({ wish }) => (wish.kind === 'create' ? [zoneCountOf(wish.options)] : [])),
  };
}

/**
 * Right before the start: what others that go first are about to take and may not have made yet, so that of operations
 * approved at the same moment one starts and the others ask again.
 */
export async function blocksTakenFirst(
  operation: Operation,
  vpcId: string | undefined,
  parts: Parts,
): Promise<readonly string[]> {
  const others = await othersIn(vpcId, operation, parts);
  const first = others.filter(
    (one) => one.state === 'running' || (one.state === 'approved' && byApproval(one, operation) < 0),
  );
  return blocksOf(first);
}

async function othersIn(
  vpcId: string | undefined,
  { cluster }: Operation,
  { store, tools }: Parts,
): Promise<readonly Operation[]> {
  if (vpcId === undefined) return [];
  const live = await store.list({ live: true, limit: 1_000 });
  const vpcOf = ({ spec, wish }: Operation): string | undefined => {
    if (spec !== undefined) return spec.network.vpcId;
    return wish.kind === 'create' ? existingVpc(wish.options, tools.settings) : undefined;
  };
  return live.filter((one) => one.cluster !== cluster && vpcOf(one) === vpcId);
}

function blocksOf(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap(({ spec }) => spec?.network.vSwitchCidrs ?? []);
}

function byAge(a: Operation, b: Operation): number {
  return a.createdAt - b.createdAt || a.id.localeCompare(b.id);
}

function byApproval(a: Operation, b: Operation): number {
  return approvedAt(a) - approvedAt(b) || a.id.localeCompare(b.id);
}

function approvedAt({ decisions }: Operation): number {
  return decisions.at(-1)?.at ?? 0;
}
