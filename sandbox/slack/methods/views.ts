import { SlackRefusal } from '../errors.ts';
import { jsonOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { checkView, findView, makeView, openModal, pushModal, updateModal } from '../views.ts';
import type { View } from '../types.ts';
import { required, structured } from './method.ts';
import type { Call, Method } from './method.ts';

const modal = { token: 'bot', scopes: [], tier: 4 } as const;

/** views.* . Source: docs.slack.dev/reference/methods/views.open and its neighbours. */
export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': { ...modal, run: (call) => open(call, openModal) },
  'views.push': { ...modal, run: (call) => open(call, pushModal) },
  'views.update': { ...modal, run: update },
  'views.publish': { ...modal, run: publish },
};

function answer(view: View): Json {
  return { view: jsonOf(structuredClone(view)) };
}

function triggerOf(args: Json): string {
  return textOf(args['trigger_id']) ?? required(args, 'interactivity_pointer');
}

function open({ workspace, args }: Call, how: typeof openModal): Json {
  const trigger = triggerOf(args);
  const view = checkView(workspace, structured(args, 'view', 'invalid_arguments'), ['modal']);
  return answer(how(workspace, workspace.spendTrigger(trigger), view));
}

function update({ workspace, args }: Call): Json {
  const id = textOf(args['view_id']);
  const externalId = textOf(args['external_id']);
  if (id === undefined && externalId === undefined) required(args, 'view_id');
  const view = checkView(workspace, structured(args, 'view', 'invalid_arguments'), ['modal', 'home']);
  const found = findView(workspace, {
    ...(id === undefined ? {} : { id }),
    ...(externalId === undefined ? {} : { externalId }),
  });
  const hash = textOf(args['hash']);
  if (hash !== undefined && hash !== found.view.hash) throw new SlackRefusal('hash_conflict');
  if (found.view.type !== view['type']) throw new SlackRefusal('invalid_arguments');
  if (found.view.type === 'home') return publishFor(workspace, found.user, view);
  return answer(updateModal(workspace, found.user, found.view, view));
}

function publish({ workspace, args }: Call): Json {
  const user = required(args, 'user_id');
  if (!workspace.users.has(user)) throw new SlackRefusal('user_not_found');
  const view = checkView(workspace, structured(args, 'view', 'invalid_arguments'), ['home']);
  const hash = textOf(args['hash']);
  if (hash !== undefined && hash !== workspace.homes.get(user)?.hash) throw new SlackRefusal('hash_conflict');
  return publishFor(workspace, user, view);
}

function publishFor(workspace: Call['workspace'], user: string, given: Json): Json {
  const kept = workspace.homes.get(user);
  const view = makeView(workspace, given, kept === undefined ? {} : { kept });
  workspace.homes.set(user, view);
  workspace.tell({ type: 'view', change: 'published', user, view: structuredClone(view) });
  return answer(view);
}
