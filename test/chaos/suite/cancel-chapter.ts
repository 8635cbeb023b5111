import { drawCancels } from './cancel-points.ts';
import type { Cancelled } from './cancels.ts';
import { inLane, side } from './lanes.ts';
import type { FaultPoint } from './points.ts';
import { seeded } from '../../../sandbox/random.ts';
import { record } from './run.ts';

interface CancelOptions {
  readonly seed: number;
  readonly cancels: number;
  /** These alone, in one life. */
  readonly only: readonly FaultPoint[] | undefined;
  readonly atOnce: number;
  readonly until: number;
}

/** Cancels operations, rolls them back or carries them on; prints what became. @returns whether anything was wrong */
export async function cancelChapter(options: CancelOptions): Promise<boolean> {
  const { seed, cancels, only, atOnce, until } = options;
  if ((only?.length ?? cancels) === 0) return false;
  console.log('\nRecording a clean run of create, scale and repair …');
  const recording = await record(['create', 'scale', 'repair']);
  const lives = only === undefined ? drawCancels(recording, seeded(seed), cancels) : [only];
  const all: Cancelled[] = [];
  const broken: string[] = [];
  await side(lives, atOnce, async (life) => {
    let left = life;
    while (left.length > 0 && performance.now() < until) {
      const { expected } = recording;
      const done = await inLane<readonly Cancelled[]>({ do: 'cancels', points: left, expected }).catch(
        (error: unknown) => void broken.push(String(error)),
      );
      if (done === undefined) return;
      all.push(...done);
      const told = done.map(({ id, became }) => `${id}: ${became}`).join(', ');
      console.log(`${new Date().toISOString().slice(11, 19)} ${told}`);
      // After a wrong one the others get another cluster.
      left = left.slice(done.length);
    }
  });

  const many = (became: Cancelled['became']) => all.filter((one) => one.became === became).length;
  console.log(
    `\nCancels at drawn moments: ${all.length} of ${lives.flat().length}. ` +
      `The operation had ended already: ${many('too late')}; its moment never came: ${many('never came')}; ` +
      `nothing had begun: ${many('nothing begun')}; rolled back: ${many('rolled back')}; ` +
      `carried on: ${many('carried on')}; wrong: ${many('wrong')}.`,
  );
  for (const { id, wrong } of all.filter((one) => one.became === 'wrong')) {
    console.log(`  WRONG after ${id} (seed ${seed})`);
    for (const line of wrong) console.log(`    ${line}`);
    console.log(`    replay: npm run chaos -- --seed ${seed} --only ${id}`);
  }
  for (const line of broken) console.log(`  ${line}`);
  return many('wrong') + broken.length > 0;
}
