import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Whether anything holds on, after the end of some work, to the context that it ran in, and so to all it knew. */
export async function isContextKept(work: () => Promise<unknown>): Promise<boolean> {
  setFlagsFromString('--expose_gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const context = await contextOf(work);
  for (let left = 50; left > 0; left -= 1) {
    collectGarbage();
    if (context.deref() === undefined) return false;
    await setTimeout(20);
  }
  return true;
}

async function contextOf(work: () => Promise<unknown>): Promise<WeakRef<object>> {
  const context = {};
  await new AsyncLocalStorage<object>().run(context, work);
  return new WeakRef(context);
}
