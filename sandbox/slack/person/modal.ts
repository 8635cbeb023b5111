import { SlackRefusal } from '../errors.ts';
import { isJson, jsonOf, objectsOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import type { Delivery, View } from '../types.ts';
import { checkView, closeModals, pushModal, updateModal } from '../views.ts';
import type { Workspace } from '../workspace.ts';
import type { Courier } from '../delivery/deliver.ts';
import { errorsFit, refuseForm } from './form.ts';
import { closedPayload, submissionPayload } from './payloads.ts';

/** What a person sees after pressing the submit button. */
export interface SubmitResult {
  readonly result: 'closed' | 'errors' | 'updated' | 'pushed' | 'failed';
  /** By block_id, when `errors`. */
  readonly errors?: Readonly<Record<string, string>>;
  /** What is shown now, when `updated` or `pushed`. */
  readonly view?: View;
  /** Why, when `failed`: Slack shows "We had some trouble connecting". */
  readonly error?: string;
  readonly ms: number;
  /** Absent when Slack's own window refused the form. */
  readonly delivery?: Delivery;
}

/** Submits the view as it is filled in. */
export async function submitView(
  workspace: Workspace,
  courier: Courier,
  user: string,
  view: View,
): Promise<SubmitResult> {
  const refused = refuseForm(view);
  if (Object.keys(refused).length > 0) return { result: 'errors', errors: refused, ms: 0 };
  const payload = submissionPayload(workspace, user, view, responseUrls(workspace, user, view));
  const { ack, delivery } = await courier.send('interactive', payload);
  const seen = { ms: ack.ms, delivery };
  if (!ack.acked) return { result: 'failed', error: ack.error ?? 'operation_timeout', ...seen };
  try {
    return { ...applyAnswer(workspace, courier, user, view, jsonOf(ack.response)), ...seen };
  } catch (error) {
    if (error instanceof SlackRefusal) return { result: 'failed', error: reasonOf(error), ...seen };
    throw error;
  }
}

function reasonOf(error: SlackRefusal): string {
  const lines = jsonOf(error.extra['response_metadata'])['messages'];
  return Array.isArray(lines) ? `${error.code}: ${lines.join('; ')}` : error.code;
}

function applyAnswer(
  workspace: Workspace,
  courier: Courier,
  user: string,
  view: View,
  answer: Json,
): Pick<SubmitResult, 'result' | 'errors' | 'view' | 'error'> {
  const action = answer['response_action'];
  if (action === 'errors') {
    const errors = jsonOf(answer['errors']);
    if (!errorsFit(view, errors))
      return { result: 'failed', error: 'errors must name block_ids of input blocks' };
    const said = Object.fromEntries(Object.entries(errors).map(([key, one]) => [key, String(one)]));
    workspace.tell({ type: 'view', change: 'errors', user, view: structuredClone(view), errors: said });
    return { result: 'errors', errors: said };
  }
  if (action === 'update') {
    const next = updateModal(workspace, user, view, checkView(workspace, answer['view'], ['modal']));
    return { result: 'updated', view: structuredClone(next) };
  }
  if (action === 'push') {
    const next = pushModal(workspace, user, checkView(workspace, answer['view'], ['modal']));
    return { result: 'pushed', view: structuredClone(next) };
  }
  if (action === 'clear') {
    const below = closeModals(workspace, user, 'all').filter((one) => one.id !== view.id);
    tellClosed(workspace, courier, user, below, true);
    return { result: 'closed' };
  }
  if (action !== undefined) return { result: 'failed', error: `unknown response_action ${String(action)}` };
  closeModals(workspace, user, view.id);
  return { result: 'closed' };
}

/** Sends `view_closed` for the views that asked for it. Nobody waits for the answer. */
export function tellClosed(
  workspace: Workspace,
  courier: Courier,
  user: string,
  views: readonly View[],
  isCleared: boolean,
): void {
  for (const view of views.filter((one) => one.notify_on_close)) {
    void courier.send('interactive', closedPayload(workspace, user, view, isCleared));
  }
}

/** `response_urls`: one for each conversation or channel select that has `response_url_enabled`. */
function responseUrls(workspace: Workspace, user: string, view: View): Json[] {
  return view.blocks.flatMap((block) =>
    objectsOf([block['element']]).flatMap((element) => {
      if (element['response_url_enabled'] !== true) return [];
      const blockId = textOf(block['block_id']) ?? '';
      const value = view.state.values[blockId]?.[textOf(element['action_id']) ?? ''];
      const channel = textOf(value?.['selected_conversation'] ?? value?.['selected_channel']);
      if (channel === undefined || !isJson(value)) return [];
      const url = workspace.responseUrl({ channel, user });
      return [{ block_id: blockId, action_id: element['action_id'], channel_id: channel, response_url: url }];
    }),
  );
}
