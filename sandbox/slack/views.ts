import { refuseView } from './block-kit/validate.ts';
import { refusalWith, SlackRefusal } from './errors.ts';
import { newId } from './ids.ts';
import { isJson, textOf } from './json.ts';
import type { Json } from './json.ts';
import { withIds } from './messages.ts';
import { initialValues } from './person/state.ts';
import type { View } from './types.ts';
import { refuseFiles } from './uploads.ts';
import type { Workspace } from './workspace.ts';

/** @throws SlackRefusal invalid_arguments, with the place of everything wrong, or view_too_large */
export function checkView(workspace: Workspace, view: unknown, allowed: readonly ('modal' | 'home')[]): Json {
  const problems = [...refuseView(view, allowed), ...refuseFiles(workspace, view, '/view')];
  if (problems.length > 0) throw refusalWith('invalid_arguments', problems);
  if (JSON.stringify(view).length > 250_000) throw new SlackRefusal('view_too_large');
  return isJson(view) ? view : {};
}

/** Makes a view out of what the app sent; `kept` is the view it takes the place of. */
export function makeView(workspace: Workspace, given: Json, place: { kept?: View; previous?: View }): View {
  const { bot, team } = workspace.settings;
  const id = place.kept?.id ?? newId('V');
  const blocks = withIds(Array.isArray(given['blocks']) ? given['blocks'].filter(isJson) : []);
  return {
    id,
    team_id: team.id,
    type: given['type'] === 'home' ? 'home' : 'modal',
    ...(given['type'] === 'home'
      ? {}
      : { title: given['title'] as Json, submit: (given['submit'] as Json) ?? null }),
    ...(given['type'] === 'home' ? {} : { close: (given['close'] as Json) ?? null }),
    blocks,
    private_metadata: textOf(given['private_metadata']) ?? '',
    callback_id: textOf(given['callback_id']) ?? '',
    external_id: textOf(given['external_id']) ?? '',
    state: { values: initialValues(blocks, place.kept?.state.values) },
    hash: `${Math.floor(Date.now() / 1000)}.${newId('').slice(0, 8)}`,
    clear_on_close: given['clear_on_close'] === true,
    notify_on_close: given['notify_on_close'] === true,
    root_view_id: place.kept?.root_view_id ?? place.previous?.root_view_id ?? id,
    previous_view_id: place.kept?.previous_view_id ?? place.previous?.id ?? null,
    app_id: bot.appId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  };
}

/** An external_id may be used by one view of the workspace at a time. */
function checkExternalId(workspace: Workspace, view: Json, kept?: View): void {
  const external = textOf(view['external_id']) ?? '';
  if (external === '') return;
  const others = [...workspace.stacks.values()].flat().filter((one) => one.id !== kept?.id);
  if (others.some((one) => one.external_id === external)) throw new SlackRefusal('duplicate_external_id');
}

/** Opens a modal as the only one of this person. */
export function openModal(workspace: Workspace, user: string, given: Json): View {
  checkExternalId(workspace, given);
  const view = makeView(workspace, given, {});
  workspace.stacks.set(user, [view]);
  workspace.tell({ type: 'view', change: 'opened', user, view: structuredClone(view) });
  return view;
}

/** Puts a modal on top. @throws SlackRefusal push_limit_reached above three, not_found without one below */
export function pushModal(workspace: Workspace, user: string, given: Json): View {
  const stack = workspace.stacks.get(user) ?? [];
  const top = stack.at(-1);
  if (top === undefined) throw new SlackRefusal('not_found');
  if (stack.length >= 3) throw new SlackRefusal('push_limit_reached');
  checkExternalId(workspace, given);
  const view = makeView(workspace, given, { previous: top });
  stack.push(view);
  workspace.tell({ type: 'view', change: 'pushed', user, view: structuredClone(view) });
  return view;
}

/** Replaces a view that is open. Entered values stay where block_id and action_id stay. */
export function updateModal(workspace: Workspace, user: string, kept: View, given: Json): View {
  checkExternalId(workspace, given, kept);
  const view = makeView(workspace, given, { kept });
  const stack = workspace.stacks.get(user) ?? [];
  stack[stack.findIndex((one) => one.id === kept.id)] = view;
  workspace.tell({ type: 'view', change: 'updated', user, view: structuredClone(view) });
  return view;
}

/** Closes one view by id, or all of them. Returns what was closed, topmost first. */
export function closeModals(workspace: Workspace, user: string, which: string): View[] {
  const stack = workspace.stacks.get(user) ?? [];
  const closed = stack.filter((one) => which === 'all' || one.id === which).reverse();
  workspace.stacks.set(
    user,
    stack.filter((one) => !closed.includes(one)),
  );
  for (const view of closed)
    workspace.tell({ type: 'view', change: 'closed', user, view: structuredClone(view) });
  return closed;
}

/** Who has this view open, by id or external_id. @throws SlackRefusal not_found */
export function findView(
  workspace: Workspace,
  by: { id?: string; externalId?: string },
): { user: string; view: View } {
  for (const [user, stack] of [
    ...workspace.stacks,
    ...[...workspace.homes].map(([id, home]) => [id, [home]] as const),
  ]) {
    const view = stack.find(
      (one) => one.id === by.id || (by.externalId !== undefined && one.external_id === by.externalId),
    );
    if (view !== undefined) return { user, view };
  }
  throw new SlackRefusal('not_found');
}
