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
import { PLACE_FIELD } from '../views/place-field.ts';
import type { ScaleMeta } from '../views/scale-form.ts';
import type { CreateMeta } from '../views/create-form.ts';
import type { DestroyMeta } from '../views/destroy-form.ts';
import type { RejectMeta } from '../views/reject-form.ts';
import type { View } from '../views/text.ts';
import { reject } from './decide.ts';
import { formValues } from './form-values.ts';
import { readCreateForm } from './read-create-form.ts';
import type { FieldErrors, FieldValues } from './read-create-form.ts';
import { readScaleForm } from './read-scale-form.ts';

/** Answers every form. Checks are pure and quick, so their errors come with the acknowledgement, at their field. */
export function registerForms(app: App, parts: BotParts): void {
  app.view(FORM.create, async ({ ack, body, view, client }) => {
    const values = formValues(view.state.values as Values);
    const read = readCreateForm(values, parts.settings);
    if ('errors' in read) return ack({ response_action: 'errors', errors: read.errors });
    const { requester: opener } = JSON.parse(view.private_metadata) as CreateMeta;
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
    const values = formValues(view.state.values as Values);
    const read = readScaleForm(values);
    const mistakes = { ...placeMistake(values, parts), ...('errors' in read ? read.errors : {}) };
    if ('errors' in read || Object.keys(mistakes).length > 0)
      return ack({ response_action: 'errors', errors: mistakes });
    await ack();
    const { requester: opener } = JSON.parse(view.private_metadata) as ScaleMeta;
    const channel = values.get(PLACE_FIELD) ?? opener.channel;
    const requester = { ...opener, channel, user: body.user.id, text: `${read.text} (form)` };
    return told(parts, client, view.id, requester, async () => {
      await parts.access.checkMayUse(body.user.id, channel);
      await request({ ...parts, requester, requestId: view.id }, read.wanted, false);
    });
  });

  app.view(FORM.destroy, async ({ ack, body, view, client }) => {
    const { cluster, requester } = JSON.parse(view.private_metadata) as DestroyMeta;
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
    const meta = JSON.parse(view.private_metadata) as RejectMeta;
    const reason = formValues(view.state.values as Values).get('reason');
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
      reject(parts, {
        id: meta.id,
        user,
        reason,
        ...(meta.digest === undefined ? {} : { digest: meta.digest }),
      }),
    );
  });
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
