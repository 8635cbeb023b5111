import { expect, it } from 'vitest';
import { refuseBlocks } from '../../sandbox/slack/block-kit/validate.ts';
import { fitted, isTooLong } from '../../src/bot/views/fit.ts';
import { operationView } from '../../src/bot/views/operation.ts';
import { planForm } from '../../src/bot/views/plan-form.ts';
import { context, lines, section } from '../../src/bot/views/text.ts';
import { options, planStep, samplePlan, seen } from './samples.ts';

const textOf = (blocks: unknown): string => JSON.stringify(blocks);

/** How many lines a message leaves out, as it says itself. */
function leftOut(text: string): number {
  return [...text.matchAll(/…and (\d+) more/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

it('a message that fits stays as it is', () => {
  const blocks = [section('a\nb'), ...lines(['one', 'two'], 2)];

  expect(fitted(blocks)).toEqual(blocks);
  expect(isTooLong(blocks)).toBe(false);
});

it('a list that is too long says how many of its lines are missing', () => {
  const rows = Array.from(
    { length: 300 },
    (_none, nth) => `• *row-${nth}*  eu-central-1  ·  row-${nth}.live.example.com  ·  origin 1  ·  edge 2`,
  );

  const blocks = fitted([...lines(rows, 20), context('the foot')]);

  expect(refuseBlocks(blocks)).toBeUndefined();
  const shown = textOf(blocks).match(/• \*row-/g)?.length ?? 0;
  expect(shown).toBeGreaterThan(80);
  expect(shown + leftOut(textOf(blocks))).toBe(300);
  expect(textOf(blocks)).toContain('the foot');
});

it('lists of long lines are dropped from their end', () => {
  const blocks = lines(
    Array.from({ length: 40 }, (_none, nth) => `${nth} ${'x'.repeat(900)}`),
    40,
  );

  const short = fitted(blocks);

  expect(refuseBlocks(short)).toBeUndefined();
  expect(textOf(short).match(/x{900}/g)?.length).toBe(40 - leftOut(textOf(short)));
});

it('lists are cut further though the longest line stands first and has to stay', () => {
  const rows = Array.from({ length: 40 }, (_none, nth) => `${nth} ${'x'.repeat(nth === 0 ? 990 : 900)}`);

  expect(refuseBlocks(fitted(lines(rows, 40)))).toBeUndefined();
});

it('a plan that is too long keeps its buttons, and a window shows all of it', () => {
  const steps = Array.from({ length: 300 }, (_none, nth) =>
    planStep(`s${nth}`, { title: `Step number ${nth} ${'y'.repeat(60)}` }),
  );
  const all = seen('awaiting-approval', { plan: samplePlan({ steps }) });

  const { blocks } = operationView(all, options);

  expect(refuseBlocks(blocks)).toBeUndefined();
  for (const action of ['ams_approve', 'ams_reject', 'ams_cancel', 'ams_show_plan'])
    expect(textOf(blocks)).toContain(action);
  expect(textOf(planForm(all.operation).blocks)).toContain('Step number 299');
});
