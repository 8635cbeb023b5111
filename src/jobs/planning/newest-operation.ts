import type { Operation } from '../../cluster/operation.ts';
import type { Store } from '../store/store.ts';

/** So many are read first, and four times as many each time that it was not among them. */
const READ_FIRST = 20;

/** The newest operation of a cluster of which that holds, however many plans and refusals came after it. */
export async function newestOperation(
  store: Pick<Store, 'list'>,
  cluster: string,
  isMeant: (operation: Operation) => boolean,
): Promise<Operation | undefined> {
  for (let limit = READ_FIRST; ; limit *= 4) {
    const lately = await store.list({ cluster, limit });
    const newest = lately.find(isMeant);
    if (newest !== undefined || lately.length < limit) return newest;
  }
}
