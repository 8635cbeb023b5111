import { once } from 'node:events';
import { openEngine } from '../engine/host.ts';
import { beginOperations, startWaitingProcess } from '../engine/waiting-process.ts';

/**
 * Operations of 20 steps, five under way in each, that wait in this Redis on a worker process of their own. They live
 * in a namespace of the bench, so that the product that is measured shares machine and Redis with them and no more.
 */
export async function startLoad(redisUrl: string, operations: number): Promise<{ close(): Promise<void> }> {
  if (operations === 0) return { close: async () => undefined };
  const host = await openEngine(redisUrl, async () => ({ done: true }), { work: false });
  await beginOperations(host, operations);
  await host.close();
  const { child: worker } = await startWaitingProcess(redisUrl);
  return {
    async close() {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    },
  };
}
