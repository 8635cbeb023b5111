import { CANCELS, READS, faultPoint } from './points.ts';
import type { FaultPoint, Moment } from './points.ts';
import { shuffled } from '../../../sandbox/random.ts';
import type { Recording } from './run.ts';

/** What can be taken back; in the order in which a cluster lives through them. */
const CANCELLED = ['create', 'scale', 'repair'] as const;
/** One cancel in so many falls into the planning, where nothing is there to be taken back. */
const EARLY_SHARE = 10;

/**
 * Moments at which somebody cancels, in lives of a cluster: each of its operations is cancelled twice, and one of the two
 * is rolled back, the other carried on, in drawn order.
 */
export function drawCancels(
  recording: Recording,
  random: () => number,
  wanted: number,
): readonly (readonly FaultPoint[])[] {
  const moments = {
    create: momentsOf(recording, 'create', random),
    scale: momentsOf(recording, 'scale', random),
    repair: momentsOf(recording, 'repair', random),
  };
  const lives: FaultPoint[][] = [];
  for (let left = wanted; left > 0; left -= lives.at(-1)?.length ?? 0) {
    const ways = random() < 0.5 ? CANCELS : CANCELS.toReversed();
    const life = CANCELLED.flatMap((operation) =>
      ways.flatMap((way) => {
        const moment = moments[operation].shift();
        if (moment === undefined) return [];
        moments[operation].push(moment);
        return [faultPoint(operation, moment, way)];
      }),
    );
    lives.push(life.slice(0, left));
  }
  return lives;
}

/** Every end of a step, and every call before it and after, from the first change on; of those before it a few. */
function momentsOf(
  { calls, steps }: Recording,
  operation: (typeof CANCELLED)[number],
  random: () => number,
): Moment[] {
  const firstChange = calls[operation].findIndex(({ action }) => !READS.test(action));
  const at = (when: 'before' | 'after') =>
    calls[operation].map(({ product, action, nth }): Moment => ({ at: 'call', when, product, action, nth }));
  const late = [
    ...at('before').slice(firstChange),
    ...at('after').slice(firstChange),
    ...Array.from({ length: steps[operation] }, (_none, index): Moment => ({ at: 'step', nth: index + 1 })),
  ];
  const early = shuffled(at('before').slice(0, firstChange), random);
  return shuffled([...late, ...early.slice(0, Math.ceil(late.length / EARLY_SHARE))], random);
}
