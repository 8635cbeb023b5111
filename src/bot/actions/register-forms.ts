import type { App, ViewStateValue } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { AmsError } from '../../cluster/errors.ts';
import type { Requester } from '../../cluster/operation.ts';
import { carriesPassword } from '../commands/parse.ts';
import { request } from '../commands/request.ts';
import { explain } from '../explain.ts';
import type { BotParts } from '../parts.ts';
import { tellOne } from '../tell.ts';
import { FORM } from '../views/action-ids.ts';
import { answerWindow, refusal } from '../views/answers.ts';
import { PLACE_FIELD } from '../views/place-field.ts';
import type { ScaleMeta } from '../views/scale-form.ts';
import type { CreateMeta } from '../views/create-form.ts';
import type { DestroyMeta } from '../views/destroy-form.ts';
import type { RejectMeta } from '../views/reject-form.ts';
import type { View } from '../views/text.ts';
import { rejectOperation } from './decide.ts';
import { formValues } from './form-values.ts';
import { readCreateForm } from './read-create-form.ts';
import type { FieldErrors, FieldValues } from './read-create-form.ts';
import { readScaleForm } from './read-scale-form.ts';

/** Any form that is not among {@link FORM}. */
const OTHERS = new RegExp(`^(?!(?:${Object.values(FORM).join('|')})$)`);
/** Said of a form that another version of this program has opened. */
const NOT_KNOWN = {
  response_action: 'update',
  view: answerWindow(
    refusal(
      'That form is of another version of me, and I cannot read it; nothing was started.',
      'Type the command again.',
    ),
  ),
} as const;

/** Answers every form. Checks are pure and quick, so their errors come with the acknowledgement, at their field. */
export function registerForms(app: App, parts: BotParts): void {
  app.view(OTHERS, async ({ ack }) => ack(NOT_KNOWN));

  app.view(FORM.create, async ({ ack, body, view, client }) => {
    const opener = metaOf<CreateMeta>(view, 'requester')?.requester;
    if (!opener) return ack(NOT_KNOWN);
    const values = formValues(view.state.values as Values);
    const read = readCreateForm(values, parts.settings);
    if ('errors' in read) return ack({ response_action: 'errors', errors: read.errors });
    const mistake = placeMistake(values, parts);
    if (mistake) return ack({ response_action: 'errors', errors: mistake });
    await ack();
    const text = `/ams create-cluster ${read.wanted.cluster} (form)`;
    const channel = values.get(PLACE_FIELD) ?? opener.channel;
    const requester = { ...opener, channel, user: body.user.id, text };
    return told(parts, client, view.id, requester, async () => {
      await parts.access.checkMayUse(body.user.id, channel);
      await request({ ...parts, requester, requestId: view.id }, read.wanted, false);
    });
  });

  app.view(FORM.scale, async ({ ack, body, view, client }) => {
    const opener = metaOf<ScaleMeta>(view, 'requester')?.requester;
    if (!opener) return ack(NOT_KNOWN);
    const values = formValues(view.state.values as Values);
    const read = readScaleForm(values);
    const mistakes = { ...placeMistake(values, parts), ...('errors' in read ? read.errors : {}) };
    if ('errors' in read || Object.keys(mistakes).length > 0)
      return ack({ response_action: 'errors', errors: mistakes });
    await ack();
    const channel = values.get(PLACE_FIELD) ?? opener.channel;
    const requester = { ...opener, channel, user: body.user.id, text: `${read.text} (form)` };
    return told(parts, client, view.id, requester, async () => {
      await parts.access.checkMayUse(body.user.id, channel);
      await request({ ...parts, requester, requestId: view.id }, read.wanted, false);
    });
  });

  app.view(FORM.destroy, async ({ ack, body, view, client }) => {
    const meta = metaOf<DestroyMeta>(view, 'cluster', 'requester');
    if (!meta) return ack(NOT_KNOWN);
    const { cluster, requester } = meta;
    const typed = formValues(view.state.values as Values).get('name');
    if (typed !== cluster)
      return ack({
        response_action: 'errors',
        errors: { name: `That is not ${cluster}. Nothing was started.` },
      });
    await ack();
    return told(parts, client, view.id, { ...requester, user: body.user.id }, async () => {
      await parts.access.checkMayUse(body.user.id, requester.channel);
      await request(
        { ...parts, requester: { ...requester, user: body.user.id }, requestId: view.id },
        { cluster, wish: { kind: 'destroy' } },
        false,
      );
    });
  });

  app.view(FORM.reject, async ({ ack, body, view, client }) => {
    const meta = metaOf<RejectMeta>(view, 'id', 'channel');
    if (!meta) return ack(NOT_KNOWN);
    const reason = formValues(view.state.values as Values, (text) => text).get('reason');
    if (reason === undefined)
      return ack({ response_action: 'errors', errors: { reason: 'Please say why.' } });
    if (carriesPassword(reason))
      return ack({
        response_action: 'errors',
        errors: { reason: 'This holds a password, and everybody would read it here: leave it out.' },
      });
    await ack();
    const user = body.user.id;
    return told(parts, client, view.id, { user, channel: meta.channel, text: '' }, () =>
      rejectOperation(parts, {
        id: meta.id,
        user,
        reason,
        ...(meta.digest === undefined ? {} : { digest: meta.digest }),
      }),
    );
  });
}

/** What a form carries along; nothing where that is not all that is needed. */
function metaOf<Meta extends object>(
  { private_metadata: text }: { readonly private_metadata: string },
  ...needed: readonly (keyof Meta)[]
): Meta | undefined {
  try {
    const meta = JSON.parse(text) as Meta;
    return needed.every((key) => meta[key] !== undefined) ? meta : undefined;
  } catch {
    return undefined;
  }
}

/** A channel chosen in the form must be one where the bot may be used. */
function placeMistake(values: FieldValues, { settings }: BotParts): FieldErrors | undefined {
  const channel = values.get(PLACE_FIELD);
  const { channels } = settings.access;
  if (channel === undefined || channels.length === 0 || channels.includes(channel)) return undefined;
  return {
    [PLACE_FIELD]: 'I may not be used in this channel: access.channels in ams.yaml names those where I may.',
  };
}

type Values = Record<string, Record<string, ViewStateValue>>;

/**
 * A form has no response_url: what must be told goes to the channel, seen by one person, or to them directly. Slack may
 * deliver a form twice, which is done and told once.
 */
async function told(
  parts: BotParts,
  client: WebClient,
  viewId: string,
  { user, channel }: Requester,
  work: () => Promise<View | void>,
): Promise<void> {
  if (!(await parts.isFirst(`form:${viewId}`))) return;
  let view: View | void;
  try {
    view = await work();
  } catch (error) {
    if (!(error instanceof AmsError)) parts.log.error({ form: true }, 'form failed');
    view = explain(error, parts.log);
  }
  if (view) await tellOne(view, { client, log: parts.log, user, channel });
}
