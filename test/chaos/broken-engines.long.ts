import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { brokenProduct } from './suite/broken.ts';
import type { Breakage } from './suite/broken.ts';
import { cancelsInTown } from './suite/cancels.ts';
import { parsePoint } from './suite/points.ts';
import { record, runLife } from './suite/run.ts';
import type { Recording } from './suite/run.ts';

let recording: Recording;

beforeAll(async () => {
  recording = await record(['create', 'destroy']);
}, 240_000);

/** What the suite says of a life under these faults, lived by a broken product. */
async function verdict(how: Breakage, faults: readonly string[]) {
  const folder = await brokenProduct(how);
  try {
    const { outcomes } = await runLife({
      points: faults.map(parsePoint),
      expected: recording.expected,
      seed: 1,
      only: ['create', 'destroy'],
      program: join(folder, 'main.js'),
      settlingMs: 1_000,
    });
    return outcomes.at(-1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `npm test` tries of an engine that makes things twice, here for the two other columns that must be 0. */
it('an engine that believes what it asked for is caught losing something', async () => {
  const last = await verdict('hopeful', ['create/before.ESS.CreateScalingRule.1/cut']);

  expect(last?.operation).toBe('create');
  expect(last?.found.lost.join('\n')).toMatch(/scaling rule .*: 0 of 1/);
}, 240_000);

it('an engine that believes that what it removed is gone is caught leaving something', async () => {
  const last = await verdict('careless', ['destroy/before.ECS.DeleteKeyPairs.1/cut']);

  expect(last?.operation).toBe('destroy');
  expect(last?.found.orphaned.join()).toContain('live-key-pair');
}, 240_000);

it('an engine that goes on after a cancel is caught', async () => {
  const folder = await brokenProduct('deaf');
  try {
    const points = ['create/step.3/cancel-and-roll-back'].map(parsePoint);
    const program = join(folder, 'main.js');
    const [last] = await cancelsInTown({ points, expected: recording.expected, program });

    expect(last?.wrong.join('\n')).toMatch(/began after the answer|after all had settled/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
