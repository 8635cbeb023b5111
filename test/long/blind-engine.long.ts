import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokenProduct } from '../chaos/suite/broken.ts';
import { parsePoint } from '../chaos/suite/points.ts';
import { record, runLife } from '../chaos/suite/run.ts';

/** The suite of faults itself: what it is there to find, it finds. */
it('an engine that creates without looking is caught', async () => {
  const broken = await brokenProduct('blind');
  try {
    const points = [parsePoint('create/after.VPC.CreateVpc.1/cut')];
    const result = await runLife({
      points,
      expected: (await record()).expected,
      seed: 1,
      only: ['create'],
      program: join(broken, 'main.js'),
      settlingMs: 1_000,
    });

    expect(result.struck).toEqual(points.map((point) => point.id));
    expect(result.outcomes[0]?.found.duplicated).toEqual([expect.stringMatching(/^VPC live-.*: 2, not 1$/)]);
  } finally {
    await rm(broken, { recursive: true, force: true });
  }
}, 240_000);
