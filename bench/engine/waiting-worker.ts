/** A worker process of its own whose steps wait: started with a Redis address by `waiting.ts`. */
import { openEngine } from './host.ts';

const url = process.argv[2] ?? '';
const host = await openEngine(url, async () => ({ againMs: 10_000, why: 'the simulated thing is Pending' }));
process.once('SIGTERM', () => void host.close().then(() => process.exit(0)));
process.stdout.write('ready\n');
