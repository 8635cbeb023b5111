import { COMMANDS, KINDS, measure } from './measure.ts';
import { openBenchTown } from './town.ts';
import type { LearnedWaits } from './town.ts';

const ROUNDS = 3;
/** Real seconds a simulated second: shorter, and what this machine itself needs would pass for the time of the cloud. */
const TIME_SCALE = 0.2;

/** How long a crowd's things take, as a product has seen it that made and removed a single cluster some times. */
export async function learn(progress: (text: string) => void, vary = 0): Promise<LearnedWaits> {
  const town = await openBenchTown({ timeScale: TIME_SCALE, vary, machines: { quick: true } });
  try {
    for (let round = 1; round <= ROUNDS; round += 1)
      for (const kind of KINDS) await measure(town, [COMMANDS[kind](`learn${round}`, true)]);
    progress(`learned how long things take, in ${ROUNDS} rounds of one cluster`);
    return await town.learned();
  } finally {
    await town.close();
  }
}
