import type { World } from '../../sandbox/world.ts';

/** Requests that a piece of work sent to the simulated cloud. */
export interface Calls {
  readonly all: number;
  readonly reads: number;
  readonly writes: number;
  /** Changes that the cloud took. */
  readonly taken: number;
  /** Commands on machines that it took: each is waited for too. */
  readonly commands: number;
  /** Requests that differ in what they ask. */
  readonly different: number;
  readonly byAction: Readonly<Record<string, number>>;
}

const READ = /^(Describe|List|Get|Query)/;

/** Counts requests from now on. @returns what tells them, and counts no more */
export function countCalls(world: World): () => Calls {
  const byAction = new Map<string, number>();
  const different = new Set<string>();
  let all = 0;
  let reads = 0;
  let taken = 0;
  let commands = 0;
  const stop = world.alibaba.cloud.on('request', ({ product, action, params, code }) => {
    const key = `${product}:${action}`;
    byAction.set(key, (byAction.get(key) ?? 0) + 1);
    different.add(`${key} ${JSON.stringify(params)}`);
    all += 1;
    if (READ.test(action)) reads += 1;
    else if (code === 'OK') taken += 1;
    if (action === 'RunCommand' && code === 'OK') commands += 1;
  });
  return () => {
    stop();
    return {
      all,
      reads,
      writes: all - reads,
      taken,
      commands,
      different: different.size,
      byAction: Object.fromEntries([...byAction].toSorted(([, a], [, b]) => b - a)),
    };
  };
}
