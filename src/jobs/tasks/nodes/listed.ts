import type { Hints, Observing, StepContext } from '../../resource.ts';
import { recallSecret } from '../../recall-secrets.ts';
import { isAccessLost, openDatabaseHost } from '../database/host.ts';
import { loginOf } from '../database/mongo-shell.ts';
import { aliveIps, DEAD_AFTER_MS, readNodeList } from './node-list.ts';

/** What is needed to read the node list over SSH on the database host. */
export type ListedContext = Pick<
  StepContext,
  'cluster' | 'regionId' | 'cloud' | 'region' | 'settings' | 'secrets' | 'connect' | 'onCommand' | 'signal'
> & {
  readonly spec: StepContext['spec'] | undefined;
  readonly recorded?: Observing['recorded'];
  readonly hints?: Hints | undefined;
  readonly sessions?: StepContext['sessions'] | undefined;
};

/**
 * Private addresses of the nodes that are alive in the cluster's own list. Undefined when it cannot be read from here:
 * the database is an external one (then the panel tells, on the test flight), its host does not answer, or the way in
 * was lost.
 */
export async function readListedIps(ctx: ListedContext): Promise<ReadonlySet<string> | undefined> {
  if (ctx.spec?.database.source === 'uri') return undefined;
  if (await isAccessLost(ctx)) return undefined;
  const uri = (await ctx.secrets.get(ctx.cluster, 'mongo')) ?? (await recallSecret(ctx, 'mongo'));
  const login = uri === undefined ? undefined : loginOf(uri);
  if (!login) return undefined;
  const opened = await openDatabaseHost(ctx);
  if ('againMs' in opened) return undefined;
  try {
    const list = await readNodeList(opened.shell, opened.privateIp, login);
    return list && aliveIps(list, DEAD_AFTER_MS);
  } finally {
    opened.close();
  }
}
