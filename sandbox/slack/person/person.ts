import type { Courier } from '../delivery/deliver.ts';
import { SlackRefusal } from '../errors.ts';
import { isJson, jsonOf, objectsOf, textOf } from '../json.ts';
import type { Json } from '../json.ts';
import { keepEphemeral } from '../methods/chat.ts';
import { botMessage } from '../messages.ts';
import { applyResponse } from '../response-url.ts';
import type { Ack, Delivery, Message, View } from '../types.ts';
import { closeModals, findView } from '../views.ts';
import type { Channel, Workspace } from '../workspace.ts';
import { findElement } from './find.ts';
import type { Found } from './find.ts';
import { submitView, tellClosed } from './modal.ts';
import type { SubmitResult } from './modal.ts';
import { actionsPayload, commandPayload, eventPayload, suggestionPayload } from './payloads.ts';
import type { Scene } from './payloads.ts';
import { entered, initialValues, isStateful } from './state.ts';
import type { Values } from './state.ts';

/** What came of a command, click or choice: the app's acknowledgement, and the payload for `redeliver`. */
export interface Reaction extends Ack {
  readonly delivery: Delivery;
}

/** What a person enters: text, an option by value or text, several of them, or nothing. */
export type Input = string | number | readonly string[] | null;

/** One person at the keyboard. Every action resolves when the app has acknowledged, or failed to. */
export interface Person {
  readonly id: string;
  /** Types the app's slash command, `text` being what follows it. Default channel: the first of this person. */
  command(text: string, options?: { channel?: string }): Promise<Reaction>;
  /** Clicks a button by action_id or text. The message may be an old copy: the payload then carries the new one. */
  click(
    where: Message | View,
    action: string,
    options?: { value?: string; blockId?: string },
  ): Promise<Reaction>;
  /** Chooses in a select, overflow, radio, checkbox or picker, in a message or view. */
  select(
    where: Message | View,
    action: string,
    choice: Input,
    options?: { blockId?: string },
  ): Promise<Reaction>;
  /** The topmost modal this person has open. */
  openView(): View | undefined;
  /** Enters values by block_id, action_id or label; inputs with `dispatch_action` tell the app. */
  fill(view: View, values: Readonly<Record<string, Input>>): Promise<View>;
  submit(view: View, values?: Readonly<Record<string, Input>>): Promise<SubmitResult>;
  /** Closes the topmost modal, or with `all` every one. */
  closeView(options?: { all?: boolean }): void;
  sendMessage(channel: string, text: string, options?: { threadTs?: string }): Promise<Message>;
  /** A message that begins by naming the bot. */
  mention(channel: string, text: string, options?: { threadTs?: string }): Promise<Message>;
  /** Opens the app's home tab. */
  openHome(): Promise<void>;
  home(): View | undefined;
  /** The options an external select offers for this query. */
  suggestions(where: Message | View, action: string, query: string): Promise<Json[]>;
}

export function createPerson(workspace: Workspace, courier: Courier, id: string): Person {
  if (!workspace.users.has(id)) throw new Error(`there is no user ${id} in this workspace`);
  const { bot, events } = workspace.settings;
  const messageStates = new Map<string, Values>();

  function channelOf(name: string | undefined): Channel {
    const all = [...workspace.channels.values()];
    const found =
      name === undefined
        ? all.find((one) => one.members.has(id))
        : all.find((one) => one.id === name || one.name === name.replace(/^#/, ''));
    if (found === undefined) throw new Error(`there is no channel ${name ?? `with ${id} in it`}`);
    return found;
  }

  /** The place as Slack has it now; the element is looked for in what the person sees. */
  function sceneOf(where: Message | View): Scene {
    if (where.type !== 'message') {
      const { user, view } = findView(workspace, { id: where.id });
      if (user !== id) throw new Error(`the view ${where.id} is open for ${user}, not for ${id}`);
      return { view };
    }
    const channel = channelOf(where.channel);
    const mine = channel.ephemerals.filter((one) => one.visible_to === id);
    const message = [...channel.messages, ...mine].find((one) => one.ts === where.ts);
    if (message === undefined)
      throw new Error(`${id} cannot see a message ${where.ts} in #${channel.name} any more`);
    return { channel, message };
  }

  async function act(where: Message | View, found: Found, more: Json): Promise<Reaction> {
    const scene = sceneOf(where);
    const action = { ...described(found), ...more };
    const inView = 'view' in scene;
    const responseUrl = inView
      ? undefined
      : workspace.responseUrl({
          channel: scene.channel.id,
          user: id,
          messageTs: scene.message.ts,
          ephemeral: scene.message.is_ephemeral === true,
        });
    const channel = inView ? {} : { channel: scene.channel.id };
    workspace.tell({ type: 'click', user: id, action: jsonOf(structuredClone(action)), ...channel });
    const state = inView ? {} : stateOf(scene.message);
    const payload = actionsPayload(workspace, id, scene, action, {
      state,
      ...(responseUrl === undefined ? {} : { responseUrl }),
    });
    const { ack, delivery } = await courier.send('interactive', payload);
    return { ...ack, delivery };
  }

  function stateOf(message: Message): Values {
    const key = `${message.channel} ${message.ts}`;
    const values = initialValues(message.blocks ?? [], messageStates.get(key));
    messageStates.set(key, values);
    return values;
  }

  async function enter(where: Message | View, found: Found, input: Input): Promise<Json> {
    const external = String(found.element['type']).includes('external_select');
    const offered = external && input !== null ? await suggestionsFor(where, found, String(input)) : [];
    const value = entered(found.element, input, offered);
    const scene = sceneOf(where);
    const values = 'view' in scene ? scene.view.state.values : stateOf(scene.message);
    (values[found.blockId] ??= {})[textOf(found.element['action_id']) ?? ''] = value;
    return value;
  }

  async function suggestionsFor(where: Message | View, found: Found, query: string): Promise<Json[]> {
    const element = { ...found.element, block_id: found.blockId };
    const { ack } = await courier.send(
      'interactive',
      suggestionPayload(workspace, id, sceneOf(where), element, query),
    );
    const answer = jsonOf(ack.response);
    return [
      ...objectsOf(answer['options']),
      ...objectsOf(answer['option_groups']).flatMap((one) => objectsOf(one['options'])),
    ];
  }

  async function fill(view: View, values: Readonly<Record<string, Input>>): Promise<View> {
    for (const [name, input] of Object.entries(values)) {
      const current = findView(workspace, { id: view.id }).view;
      const found = findElement(current.blocks, name);
      const value = await enter(current, found, input);
      const acts = found.block['type'] !== 'input' || found.block['dispatch_action'] === true;
      if (acts) await act(current, found, value);
    }
    return structuredClone(findView(workspace, { id: view.id }).view);
  }

  function slackbotSays(channel: Channel, text: string): void {
    const said = { ...botMessage(workspace, channel, { text }, {}), user: 'USLACKBOT', bot_id: 'B01' };
    keepEphemeral(workspace, channel, said, id);
  }

  async function say(
    channelName: string,
    text: string,
    options: { threadTs?: string } = {},
  ): Promise<Message> {
    const channel = channelOf(channelName);
    if (!channel.members.has(id)) throw new Error(`${id} is not in #${channel.name}`);
    const thread = options.threadTs === undefined ? {} : { thread_ts: options.threadTs };
    const ts = workspace.nextTs();
    const message: Message = { type: 'message', channel: channel.id, ts, user: id, text, ...thread };
    workspace.post(channel, message);
    const kind = { public: 'channel', private: 'group', im: 'im', mpim: 'mpim' }[channel.kind];
    const subscription = kind === 'channel' || kind === 'group' ? `${kind}s` : kind;
    const event = { ...jsonOf(structuredClone(message)), event_ts: ts, channel_type: kind };
    const heard = channel.members.has(bot.userId);
    if (heard && text.includes(`<@${bot.userId}>`) && events.includes('app_mention')) {
      await courier.event(eventPayload(workspace, { ...event, type: 'app_mention' }));
    }
    if (heard && events.includes(`message.${subscription}`))
      await courier.event(eventPayload(workspace, event));
    return structuredClone(message);
  }

  return {
    id,
    async command(text, options = {}) {
      const channel = channelOf(options.channel);
      workspace.commands.push({ user: id, channel: channel.id, text, ts: workspace.nextTs() });
      workspace.tell({ type: 'command', user: id, channel: channel.id, text });
      const url = workspace.responseUrl({ channel: channel.id, user: id });
      const payload = commandPayload(workspace, id, channel, text, url);
      const { ack, delivery } = await courier.send('slash_commands', payload);
      const { command } = workspace.settings;
      if (!ack.acked) {
        slackbotSays(
          channel,
          `${command} failed with the error "${ack.error === 'operation_timeout' ? ack.error : 'dispatch_failed'}"`,
        );
        return { ...ack, delivery };
      }
      const answer = typeof ack.response === 'string' ? { text: ack.response } : jsonOf(ack.response);
      if (Object.keys(answer).length === 0) return { ...ack, delivery };
      try {
        if (answer['response_type'] === 'in_channel') {
          const typed = { type: 'message', channel: channel.id, ts: workspace.nextTs(), user: id } as const;
          workspace.post(channel, { ...typed, text: `${command} ${text}`.trim() });
        }
        applyResponse(workspace, { channel: channel.id, user: id }, answer);
      } catch (error) {
        if (!(error instanceof SlackRefusal)) throw error;
        slackbotSays(channel, `${command} failed with the error "${error.code}"`);
      }
      return { ...ack, delivery };
    },
    click(where, action, options = {}) {
      const found = findElement(where.blocks ?? [], action, options);
      return act(where, found, {});
    },
    async select(where, action, choice, options = {}) {
      const found = findElement(where.blocks ?? [], action, options);
      if (isStateful(found.element)) return act(where, found, await enter(where, found, choice));
      // An overflow menu keeps nothing: the choice is in the action alone.
      const { selected_option: option } = entered({ ...found.element, type: 'static_select' }, choice);
      return act(where, found, { selected_option: option });
    },
    openView() {
      const top = workspace.stacks.get(id)?.at(-1);
      return top && structuredClone(top);
    },
    fill,
    async submit(view, values = {}) {
      await fill(view, values);
      return submitView(workspace, courier, id, findView(workspace, { id: view.id }).view);
    },
    closeView(options = {}) {
      const top = workspace.stacks.get(id)?.at(-1);
      const all = options.all === true || top?.clear_on_close === true;
      tellClosed(workspace, courier, id, closeModals(workspace, id, all ? 'all' : (top?.id ?? '')), all);
    },
    sendMessage: say,
    mention: (channel, text, options) => say(channel, `<@${bot.userId}> ${text}`, options),
    async openHome() {
      if (!events.includes('app_home_opened')) return;
      const home = workspace.homes.get(id);
      const channel = workspace.directChannel([id]).id;
      const view = home === undefined ? {} : { view: jsonOf(structuredClone(home)) };
      const event = {
        type: 'app_home_opened',
        user: id,
        channel,
        tab: 'home',
        event_ts: workspace.nextTs(),
        ...view,
      };
      await courier.event(eventPayload(workspace, event));
    },
    home() {
      const home = workspace.homes.get(id);
      return home && structuredClone(home);
    },
    suggestions: (where, action, query) =>
      suggestionsFor(where, findElement(where.blocks ?? [], action), query),
  };
}

/** The part of an action that the element itself says. */
function described(found: Found): Json {
  const { type, action_id: actionId, text, value, style } = found.element;
  return {
    type,
    action_id: actionId,
    block_id: found.blockId,
    ...(isJson(text) ? { text } : {}),
    ...(value === undefined ? {} : { value }),
    ...(style === undefined ? {} : { style }),
  };
}
