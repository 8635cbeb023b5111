import { expect, it } from 'vitest';
import { clusterFor } from '../../src/bot/commands/cluster.ts';
import type { CommandContext } from '../../src/bot/commands/command.ts';
import { readOperationId } from '../../src/bot/commands/operation-id.ts';
import { ops } from '../../src/bot/commands/ops.ts';
import { status } from '../../src/bot/commands/status.ts';
import { refusal } from '../../src/bot/views/answers.ts';
import { clustersView } from '../../src/bot/views/lists.ts';
import { scaleForm } from '../../src/bot/views/scale-form.ts';
import type { View } from '../../src/bot/views/text.ts';
import { InputError } from '../../src/cluster/errors.ts';
import { BUSY_STATES } from '../../src/cluster/operation.ts';
import type { Operation } from '../../src/cluster/operation.ts';
import { refuseView } from '../../sandbox/slack/block-kit/validate.ts';
import { fine, operation, settings } from './samples.ts';

const { requester } = operation('draft');

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_none, at) => `stream-team-${String(at).padStart(4, '0')}`);
}

/** Of somebody who has so many clusters and operations. */
function contextOf(known: {
  readonly clusters?: readonly string[];
  readonly operations?: readonly Operation[];
  readonly answer?: (view: View) => Promise<void>;
}): CommandContext {
  const { clusters = [], operations = [], answer } = known;
  const desk = {
    clusters: async () => clusters.map((cluster) => ({ cluster, regionId: 'eu-central-1' })),
    operations: async ({ live, limit }: { readonly live?: boolean; readonly limit: number }) =>
      operations.filter(({ state }) => live !== true || BUSY_STATES.includes(state)).slice(0, limit),
  };
  return { desk, settings, requester, now: () => 0, answer } as unknown as CommandContext;
}

const nothing = { words: [], options: new Map<string, string>() };

it.each<[name: string, run: (ctx: CommandContext) => Promise<unknown>]>([
  ['status', (ctx) => status.run(ctx, nothing)],
  ['test-fly', (ctx) => clusterFor(ctx, undefined, 'test-fly')],
])('who does not say which of hundreds %s is about still reads what to type', async (name, run) => {
  const error = await run(contextOf({ clusters: names(300) })).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(InputError);
  const { message, hint } = error as InputError;
  const text = fine(refusal(message, hint));
  expect(text).toContain('There are 300 clusters: stream-team-0000, ');
  expect(text).toContain('and 280 more, which `/ams clusters` lists.');
  expect(text).toMatch(new RegExp(`Type \`/ams ${name}.*"blocks".*Type \`/ams ${name}`));
});

it('a list of hundreds of clusters names each of them', () => {
  const clusters = names(300).map((cluster, at) => ({
    cluster,
    regionId: at % 2 === 0 ? 'eu-central-1' : 'cn-hangzhou',
    domain: `${cluster}.live.example.com`,
    originNodes: 1,
    edgeNodes: 2,
  }));

  const view = clustersView(clusters);

  fine(view);
  const text = JSON.stringify(view.blocks);
  for (const { cluster } of clusters) expect(text).toContain(cluster);
  expect(text).toMatch(/\*cn-hangzhou\*  stream-team-0001, stream-team-0003, /);
  expect(text).toMatch(/stream-team-0299.*\*eu-central-1\*  stream-team-0000, stream-team-0002, /);
  expect(text).not.toContain('…and');
  expect(text).toContain('looks closely');
});

it('a list of a thousand clusters says how many it leaves out', () => {
  const view = clustersView(names(1_000).map((cluster) => ({ cluster, regionId: 'eu-central-1' })));

  fine(view);
  const text = JSON.stringify(view.blocks);
  const shown = text.match(/stream-team-/g)?.length ?? 0;
  expect(shown).toBeGreaterThan(400);
  expect(shown + Number(/…and (\d+) more/.exec(text)?.[1])).toBe(1_000);
});

it.each([2, 100, 101, 950, 1_500])('the form of scale offers %i clusters as Slack takes them', (count) => {
  const clusters = names(count);
  const last = clusters.at(-1);

  const form = scaleForm({ clusters, cluster: last, requester, place: undefined });

  expect(refuseView(form, ['modal'])).toEqual([]);
  const text = JSON.stringify(form);
  for (const cluster of [...clusters.slice(0, 900), last ?? '']) expect(text).toContain(`"${cluster}"`);
  expect(form.blocks[0]).toMatchObject({ element: { initial_option: { value: last } } });
});

it('all that is going on is listed, also where that is more than the newest', async () => {
  const told: View[] = [];
  const operations = Array.from({ length: 40 }, (_none, at) => operation('running', { id: `op-live${at}` }));
  const ctx = contextOf({ operations, answer: async (view) => void told.push(view) });

  await ops.run(ctx, { words: [], options: new Map([['live', 'yes']]) });
  await ops.run(ctx, nothing);

  const [live, newest] = told.map((view) => fine(view));
  expect(live).toContain('op-live39');
  expect(newest).toContain('op-live19');
  expect(newest).not.toContain('op-live20');
});

it('where all is over, nothing is going on; that there never was anything is not said', async () => {
  const told: View[] = [];
  const operations = [operation('succeeded')];
  const ctx = contextOf({ operations, answer: async (view) => void told.push(view) });

  await ops.run(ctx, { words: [], options: new Map([['live', 'yes']]) });

  expect(told.map((view) => view.text)).toEqual(['No operation is under way or waiting for a decision.']);
});

it('a plan that waits for a decision is offered, however many newer operations are over', async () => {
  const over = Array.from({ length: 200 }, (_none, at) => operation('planned', { id: `op-over${at}` }));
  const ctx = contextOf({ operations: [...over, operation('awaiting-approval', { id: 'op-waits' })] });

  const error: unknown = await readOperationId(ctx, undefined, 'approve').catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ mend: { append: ['op-waits'] } });
});
