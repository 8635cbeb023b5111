/**
 * A worker process of its own whose steps wait: started with a Redis address by `waiting.ts`. Told to end, it prints
 * its visits, one a line: operation and step, and when, milliseconds since 1970.
 */
import { keepHeapSmall } from '../../src/heap.ts';
import { openEngine } from './host.ts';
import { LOOK_MS } from './waiting-look.ts';

keepHeapSmall();
const url = process.argv[2] ?? '';
const visits: string[] = [];
const host = await openEngine(url, async ({ operationId, stepId }) => {
  visits.push(`${operationId}/${stepId} ${Date.now()}`);
  return { againMs: LOOK_MS, why: 'the simulated thing is Pending' };
});
process.once('SIGTERM', () => void host.close().then(() => process.stdout.end(`${visits.join('\n')}\n`)));
process.stdout.write('ready\n');
