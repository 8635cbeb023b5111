import type { WebClient } from '@slack/web-api';
import { RefusedError } from '../../cluster/errors.ts';
import { checkClusterName } from '../../cluster/names.ts';
import type { Requester } from '../../cluster/operation.ts';
import type { BotParts } from '../parts.ts';
import { NO_CLUSTER } from '../views/action-ids.ts';
import { plain } from '../views/answers.ts';
import { createForm } from '../views/create-form.ts';
import { scaleForm } from '../views/scale-form.ts';
import type { View } from '../views/text.ts';

/** A click in the app's home, which is no channel. */
export interface HomeClick {
  readonly parts: BotParts;
  readonly client: WebClient;
  readonly user: string;
  readonly team: { readonly team?: string };
  readonly triggerId: string;
  readonly value: string;
}

/** Opens the form of create-cluster; it asks for the channel too. */
export async function openCreate(click: HomeClick): Promise<undefined> {
  const { parts, client, user, team, triggerId } = click;
  await parts.access.checkMayUse(user, undefined);
  const requester: Requester = { user, channel: '', ...team, text: 'create-cluster (home)' };
  const place = { initial: await usualChannel(click) };
  const view = createForm({ settings: parts.settings, name: undefined, requester, place });
  await client.views.open({ trigger_id: triggerId, view });
  return undefined;
}

/** Opens the form of scale, for one cluster or any. */
export async function openScale(click: HomeClick): Promise<undefined> {
  const { parts, client, user, team, triggerId, value } = click;
  await parts.access.checkMayUse(user, undefined);
  const clusters = (await parts.desk.clusters()).map((one) => one.cluster);
  const cluster = value === NO_CLUSTER ? undefined : checkClusterName(value);
  if (cluster === undefined && clusters.length === 0)
    throw new RefusedError('I know of no cluster yet.', 'Create one first.');
  const requester: Requester = { user, channel: '', ...team, text: 'scale (home)' };
  const view = scaleForm({ clusters, cluster, requester, place: await usualChannel(click) });
  await client.views.open({ trigger_id: triggerId, view });
  return undefined;
}

/** Asks how a cluster is; the answer comes as a private message. */
export async function askStatus({ parts, client, user, team, value }: HomeClick): Promise<View> {
  await parts.access.checkMayUse(user, undefined);
  const cluster = checkClusterName(value);
  const opened = await client.conversations.open({ users: user });
  const channel = opened.channel?.id ?? user;
  await parts.desk.ask({ kind: 'status', cluster }, { user, channel, ...team, text: 'status (home)' });
  return plain(`Looking at ${cluster} now… The answer comes here as a private message, under *Messages*.`);
}

/** Where this person asked for something last: they are in that channel, and so am I. */
async function usualChannel({ parts, user }: HomeClick): Promise<string | undefined> {
  const allowed = parts.settings.access.channels;
  const fits = (channel: string) =>
    /^[CG]/.test(channel) && (allowed.length === 0 || allowed.includes(channel));
  const recent = await parts.desk.operations({ limit: 50 });
  return recent.find((one) => one.requester.user === user && fits(one.requester.channel))?.requester.channel;
}
