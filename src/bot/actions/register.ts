import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { LongOver, RefusedError, UnknownOperation } from '../../cluster/errors.ts';
import { checkClusterName } from '../../cluster/names.ts';
import type { Operation } from '../../cluster/operation.ts';
import { request } from '../commands/request.ts';
import { wantRollBack } from '../commands/rollback.ts';
import { explain, slackError } from '../explain.ts';
import type { TakenPassword } from '../../jobs/desk.ts';
import type { BotParts } from '../parts.ts';
import { answering, tellOne } from '../tell.ts';
import type { Tell } from '../tell.ts';
import { ACTION, readDecisionValue } from '../views/action-ids.ts';
import { answerWindow, plain } from '../views/answers.ts';
import { lostView } from '../views/lost.ts';
import { passwordForm } from '../views/password.ts';
import { planForm } from '../views/plan-form.ts';
import { rejectForm } from '../views/reject-form.ts';
import type { View } from '../views/text.ts';
import { approveOperation, cancelOperation, checkMayReject, retryOperation } from './decide.ts';
import { askStatus, openCreate, openScale } from './open-from-home.ts';

interface Click {
  readonly parts: BotParts;
  readonly client: WebClient;
  readonly user: string;
  readonly channel: string;
  readonly team: { readonly team?: string };
  readonly triggerId: string;
  readonly value: string;
}

const DAY_MS = 86_400_000;
/** So many of the newest operations of a cluster are looked through for one of this person's. */
const LOOKED_THROUGH = 20;

/** What a click does; what it returns is told to whoever clicked. */
type Act = (click: Click) => Promise<View | undefined>;

const ACTS: Readonly<Record<string, Act>> = {
  [ACTION.approve]: ({ parts, user, value }) => approveOperation(parts, { ...decisionOf(value), user }),
  [ACTION.reject]: async ({ parts, client, user, triggerId, value, channel }) => {
    const decision = decisionOf(value);
    const { requester } = await checkMayReject(parts, { ...decision, user });
    // In the app's home: what comes of it is told where the operation is.
    const place = channel === '' ? requester.channel : channel;
    await client.views.open({ trigger_id: triggerId, view: rejectForm(decision, place) });
    return undefined;
  },
  [ACTION.cancel]: ({ parts, user, value }) => cancelOperation(parts, { id: value, user }),
  [ACTION.retry]: ({ parts, user, value }) => retryOperation(parts, { id: value, user }),
  [ACTION.rollBack]: async (click) => {
    const { parts, user, team, triggerId, value } = click;
    const channel = await placeFor(click, async () => (await parts.desk.operation(value))?.operation);
    await parts.access.checkMayUse(user, channel);
    const requester = { user, channel, ...team, text: `button Roll back of ${value}` };
    const wanted = await wantRollBack(parts.desk, value);
    await request({ ...parts, requester, requestId: triggerId }, wanted, false);
    return plain(`The roll back of ${value} is being planned; its message asks for approval.`);
  },
  [ACTION.repair]: async (click) => {
    const { parts, user, team, triggerId, value } = click;
    const cluster = checkClusterName(value);
    const channel = await placeFor(click, async () =>
      (await parts.desk.operations({ cluster, limit: LOOKED_THROUGH })).find(
        (one) => one.requester.user === user,
      ),
    );
    await parts.access.checkMayUse(user, channel);
    const requester = { user, channel, ...team, text: `button Repair of ${value}` };
    const wanted = { cluster, wish: { kind: 'repair' } } as const;
    await request({ ...parts, requester, requestId: triggerId }, wanted, false);
    return plain(`The repair of ${value} is being planned; its message asks for approval.`);
  },
  [ACTION.showPlan]: async ({ parts, client, triggerId, value }) => {
    const found = await parts.desk.operation(value);
    if (!found) throw new UnknownOperation(value);
    await client.views.open({ trigger_id: triggerId, view: planForm(found.operation) });
    return undefined;
  },
  [ACTION.revealAdmin]: revealAdmin,
  [ACTION.openCreate]: openCreate,
  [ACTION.openScale]: openScale,
  [ACTION.askStatus]: askStatus,
};

/**
 * Where what a button asks for belongs: in the channel. A message that this did not take went to one person alone, and
 * there nobody else would see the new plan, or access.channels would let nobody ask for it.
 * @param about the operation of theirs that the message is about
 */
async function placeFor(
  { channel }: Click,
  about: () => Promise<Pick<Operation, 'requester'> | undefined>,
): Promise<string> {
  if (!channel.startsWith('D')) return channel;
  const asked = (await about())?.requester.channel ?? channel;
  return asked.startsWith('D') ? channel : asked;
}

/** Any button that is not among {@link ACTS}. */
const OTHERS = new RegExp(`^(?!(?:${Object.keys(ACTS).join('|')})$)`);

/** Of a message that another version of this program has sent. */
const notKnown: Act = async () => {
  throw new RefusedError(
    'That button is of another version of me, and I do not know it.',
    'Type `/ams ops --live` for what is going on, or `/ams help` for what I can do.',
  );
};

/** Answers every button: acknowledge, then decide by the stored state. */
export function registerActions(app: App, parts: BotParts): void {
  for (const [id, act] of [...Object.entries(ACTS), [OTHERS, notKnown] as const]) {
    app.action<BlockAction<ButtonAction>>(
      { type: 'block_actions', action_id: id },
      async ({ ack, body, action, client, respond }) => {
        await ack();
        const channel = body.channel?.id ?? body.container?.['channel_id'] ?? '';
        const click: Click = {
          parts,
          client,
          user: body.user.id,
          channel: String(channel),
          team: body.team?.id === undefined ? {} : { team: body.team.id },
          triggerId: body.trigger_id,
          value: action.value ?? '',
        };
        const to = { client, log: parts.log, user: click.user, channel: click.channel };
        const answer = body.view === undefined ? answering(respond, to) : inWindow(parts, click);
        await answered(parts, answer, async () => {
          if (!(await parts.isFirst(`click:${body.trigger_id}`))) return undefined;
          if (isOutsider(body)) await parts.access.checkOutsider(click.user);
          return await act(click).catch(async (error: unknown) => {
            throw error instanceof UnknownOperation ? await unknown(click, body.message?.ts, error) : error;
          });
        });
      },
    );
  }
}

/** Whether somebody of another workspace pressed it. The workspaces of an organisation are not told apart. */
function isOutsider({ user, team, enterprise }: BlockAction<ButtonAction>): boolean {
  if (enterprise) return false;
  return team?.id !== undefined && user.team_id !== undefined && user.team_id !== team.id;
}

/**
 * Nothing is recorded of the operation whose message was clicked. An old message stays as it is: it tells how the
 * operation ended. Any other offers what cannot be done any more, and nothing else would ever change it.
 * @returns what to tell the person
 */
async function unknown(
  { client, channel, parts }: Click,
  ts: string | undefined,
  error: UnknownOperation,
): Promise<RefusedError> {
  const { id } = error;
  if (channel === '' || ts === undefined) return error;
  const { keepDays } = parts.settings.history;
  if (keepDays > 0 && parts.now() - Number(ts) * 1_000 > keepDays * DAY_MS) return new LongOver(id, keepDays);
  await client.chat
    .update({ channel, ts, ...lostView({ id }) })
    .catch((error: unknown) => parts.log.warn({ operation: id, error: String(error) }, 'not shown as lost'));
  return error;
}

/** What cannot be told is no failure of the work: nobody must hear that nothing came of it. */
async function answered(
  { log }: BotParts,
  answer: Tell,
  work: () => Promise<View | undefined>,
): Promise<void> {
  const view = await work().catch((error: unknown) => explain(error, log));
  if (view) await answer(view);
}

/** A view has no response_url: the answer is a window, or a private message when Slack's time for it is over. */
function inWindow({ log }: BotParts, { client, triggerId, user }: Click): Tell {
  return async (view) => {
    try {
      await client.views.open({ trigger_id: triggerId, view: answerWindow(view) });
    } catch (error) {
      log.debug({ error: slackError(error) ?? 'no answer' }, 'window could not be opened');
      await tellOne(view, { client, log, user, channel: '' });
    }
  };
}

function decisionOf(value: string): { id: string; digest: string } {
  const decision = readDecisionValue(value);
  if (decision) return decision;
  throw new RefusedError(
    'That button carries nothing that I know.',
    'Type `/ams ops --live` for what is going on.',
  );
}

/** Opens the form first and fills it: taking the password marks it as shown, and it must not be lost with a form. */
async function revealAdmin({ parts, client, triggerId, value, user }: Click): Promise<undefined> {
  const found = await parts.desk.operation(value);
  if (found && found.operation.requester.user !== user)
    throw new RefusedError(
      `Only <@${found.operation.requester.user}>, who asked for ${value}, may see this password.`,
      'Ask them.',
    );
  const opened = await client.views.open({ trigger_id: triggerId, view: passwordForm({ state: 'opening' }) });
  const viewId = opened.view?.id;
  if (viewId === undefined) throw new RefusedError('Slack did not open the form.', 'Press the button again.');
  try {
    const admin = await parts.desk.takeAdminPassword(value, user);
    if (admin) await showPassword(client, viewId, admin, found?.operation.outcome?.panelUrl);
    else {
      const cluster = found?.operation.cluster ?? 'the cluster';
      await showSurely(client, viewId, passwordForm({ state: 'gone', cluster }));
    }
  } catch (error) {
    const view = passwordForm(
      error instanceof RefusedError ? { state: 'refused', error } : { state: 'failed' },
    );
    await client.views.update({ view_id: viewId, view }).catch(() => undefined);
    throw error;
  }
  // Whoever reads it must not hear that nothing came of it; the button tells whoever presses it again.
  await parts.touch(`admin:${value}`).catch(() => undefined);
  return undefined;
}

/** Whether it was shown is said in any case: one that was not can be asked for again. */
async function showPassword(
  client: WebClient,
  viewId: string,
  { email, password, settle }: TakenPassword,
  panelUrl: string | undefined,
): Promise<void> {
  const panel = panelUrl === undefined ? {} : { panelUrl };
  try {
    await showSurely(client, viewId, passwordForm({ state: 'shown', email, password, ...panel }));
  } catch (error) {
    await settle(false).catch(() => undefined);
    throw error;
  }
  // Shown is shown: a mark that cannot be written now goes by itself, and the password may be shown once more.
  await settle(true).catch(() => undefined);
}

/** The password is handed out once, so a lost answer must not lose it: the same update may be sent again. */
async function showSurely(client: WebClient, viewId: string, view: ModalView): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.views.update({ view_id: viewId, view });
      return;
    } catch (error) {
      if (attempt === 3 || slackError(error) !== undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
    }
  }
}
