import { actable } from '../slack/person/state.ts';
import type { Message, View } from '../slack/types.ts';
import type { World } from '../world.ts';
import type { ControlDesk } from './controls.ts';
import type { Answer } from './wire.ts';
import type { Wish } from './wish.ts';

/** What Slack shows when an app does not answer. */
const TROUBLE = 'We had some trouble connecting. Try again?';
const CHANGED: Answer = { ok: false, error: 'This has changed meanwhile. Look again?' };

/** Does it with the keyboard of the simulated person, and says what that person sees of it. */
export async function grant(world: World, desk: ControlDesk, wish: Wish): Promise<Answer> {
  const { slack } = world;
  switch (wish.do) {
    case 'command':
      await slack.as(wish.as).command(wish.text, { channel: wish.channel });
      return { ok: true };
    case 'say':
      await slack
        .as(wish.as)
        .sendMessage(
          wish.channel,
          asText(wish.text),
          wish.thread === undefined ? {} : { threadTs: wish.thread },
        );
      return { ok: true };
    case 'click': {
      const place = placeOf(world, wish);
      if (!isThere(place, wish)) return CHANGED;
      const { acked } = await slack.as(wish.as).click(place, wish.action, {
        blockId: wish.block,
        ...(wish.value === undefined ? {} : { value: wish.value }),
      });
      return acked ? { ok: true } : { ok: false, error: TROUBLE };
    }
    case 'select': {
      const place = placeOf(world, wish);
      if (!isThere(place, wish)) return CHANGED;
      const { acked } = await slack
        .as(wish.as)
        .select(place, wish.action, wish.choice, { blockId: wish.block });
      return acked ? { ok: true } : { ok: false, error: TROUBLE };
    }
    case 'submit': {
      const person = slack.as(wish.as);
      const view = person.openView();
      if (view?.id !== wish.view) return { ok: false, error: 'This form is not open any more.' };
      const sent = await person.submit(view, wish.values);
      if (sent.result === 'failed') return { ok: false, error: TROUBLE };
      return { ok: true, ...(sent.errors === undefined ? {} : { errors: sent.errors }) };
    }
    case 'close':
      slack.as(wish.as).closeView();
      return { ok: true };
    case 'open-home':
      await slack.as(wish.as).openHome();
      return { ok: true };
    case 'cut':
      desk.cut(wish.on);
      return { ok: true };
    case 'throttle':
      desk.throttle(wish.on);
      return { ok: true };
    case 'slack-down':
      desk.slackDown(wish.on);
      return { ok: true };
    case 'kill-worker':
      await desk.killWorker();
      return { ok: true };
    case 'speed':
      await desk.speed(wish.speed);
      return { ok: true };
  }
}

/** As Slack's own window sends what was typed: no sign in it is a mark between angle brackets. */
function asText(typed: string): string {
  return typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

interface Wanted {
  readonly block: string;
  readonly action: string;
  readonly value?: string | undefined;
}

/** Whether the element is as it was seen: another person, or the app, may have been faster. */
function isThere(place: Message | View, wanted: Wanted): boolean {
  return (place.blocks ?? [])
    .filter((block) => block['block_id'] === wanted.block)
    .flatMap(actable)
    .some(
      (one) =>
        one['action_id'] === wanted.action && (wanted.value === undefined || one['value'] === wanted.value),
    );
}

interface At {
  readonly as: string;
  readonly channel?: string | undefined;
  readonly ts?: string | undefined;
  readonly isHome?: boolean | undefined;
}

/** The message or view as it is now. @throws Error when it is not there any more */
function placeOf(world: World, at: At): Message | View {
  const { slack } = world;
  const { channel, ts } = at;
  if (channel === undefined || ts === undefined) {
    const person = slack.as(at.as);
    const view = at.isHome === true ? person.home() : person.openView();
    if (view === undefined) throw new Error('This form is not open any more.');
    return view;
  }
  const seen = [...slack.messages(channel), ...slack.ephemerals(at.as, channel)];
  const message = seen.find((one) => one.ts === ts);
  if (message === undefined) throw new Error('This message is gone.');
  return message;
}
