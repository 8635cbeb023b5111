import { expect, it } from 'vitest';
import { drawCancels } from './suite/cancel-points.ts';
import { cancelsInTown } from './suite/cancels.ts';
import { seeded } from '../../sandbox/random.ts';
import { record } from './suite/run.ts';

/** Another one with `CHAOS_SEED=7`. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);

/** The short part of what `npm run chaos` does with cancels: one life of a cluster. */
it(`a create, a scale and a repair cancelled at moments of seed ${SEED} are taken back and carried on`, async () => {
  const recording = await record(['create', 'scale', 'repair']);
  const [points = []] = drawCancels(recording, seeded(SEED), 6);

  const all = await cancelsInTown({ points, expected: recording.expected });

  expect(all.filter((one) => one.wrong.length > 0)).toEqual([]);
  expect(all.map((one) => one.id)).toEqual(points.map((one) => one.id));
  expect(all.map((one) => one.became)).toEqual(expect.arrayContaining(['rolled back', 'carried on']));
}, 600_000);
