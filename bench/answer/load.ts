import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openEngine, rowsOf } from '../engine/host.ts';

const STEPS = 20;
const WIDTH = 5;

/**
 * Operations of 20 steps, five under way in each, that wait in this Redis on a worker process of their own. They live
 * in a namespace of the bench, so that the product that is measured shares machine and Redis with them and no more.
 */
export async function startLoad(redisUrl: string, operations: number): Promise<{ close(): Promise<void> }> {
  if (operations === 0) return { close: async () => undefined };
  const host = await openEngine(redisUrl, async () => ({ done: true }), { work: false });
  for (let at = 0; at < operations; at += 1) await host.add(`op-${at}`, rowsOf(STEPS, WIDTH));
  for (let at = 0; at < operations; at += 1) await host.engine.advance(`op-${at}`);
  await host.close();
  const program = fileURLToPath(new URL('../engine/waiting-worker.js', import.meta.url));
  const worker = spawn(process.execPath, [program, redisUrl], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(worker.stdout, 'data');
  return {
    async close() {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    },
  };
}
