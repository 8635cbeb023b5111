import type { Clock } from '../../sandbox/contract.ts';

/** A clock that can be held: what falls due meanwhile happens when it goes on. */
export function holdable(clock: Clock) {
  let held = false;
  const due: (() => void)[] = [];
  const after: Clock['after'] = (ms, run) => clock.after(ms, () => (held ? void due.push(run) : run()));
  return {
    clock: { ...clock, after, sleep: (ms: number) => new Promise<void>((done) => void after(ms, done)) },
    hold: () => {
      held = true;
    },
    go: () => {
      held = false;
      for (const run of due.splice(0)) run();
    },
  };
}
