import type { RememberedCluster } from '../store/remembered.ts';
import type { DriftParts } from './parts.ts';

/** Where the cluster was made, else the channel whose default it is, else where somebody worked on it last. */
export async function placeOf(
  remembered: RememberedCluster,
  { store, tools }: Pick<DriftParts, 'store' | 'tools'>,
): Promise<{ readonly channel: string; readonly user: string } | undefined> {
  const { cluster } = remembered;
  const [newest] = await store.list({ cluster, limit: 1 });
  const home = Object.entries(tools.settings.channels).find(([, name]) => name === cluster)?.[0];
  const channel = remembered.channel ?? home ?? newest?.requester.channel;
  const user = remembered.user ?? newest?.requester.user;
  return channel === undefined || user === undefined ? undefined : { channel, user };
}
