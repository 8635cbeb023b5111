import { UnknownOperation } from '../../cluster/errors.ts';
import type { Desk } from '../../jobs/desk.ts';
import type { Command } from './command.ts';
import { readOperationId } from './operation-id.ts';
import { request } from './request.ts';
import type { Wanted } from './request.ts';

export const rollback: Command = {
  name: 'rollback',
  summary: 'undoes a failed or cancelled operation; planned and approved like any other',
  usage: '<operation>',
  examples: ['rollback op-7k3m9q2x'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const id = await readOperationId(ctx, input.words[0], 'rollback');
    await request(ctx, await wantRollBack(ctx.desk, id), false);
  },
};

/** @throws UnknownOperation */
export async function wantRollBack(desk: Desk, id: string): Promise<Wanted> {
  const found = await desk.operation(id);
  if (!found) throw new UnknownOperation(id);
  return { cluster: found.operation.cluster, wish: { kind: 'rollback', of: id } };
}
