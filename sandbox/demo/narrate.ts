import type { Message, SlackEvent } from '../slack/types.ts';
import type { World } from '../world.ts';

/** Prints what happens in the simulated Slack and cloud while it happens; the returned function stops it. */
export function narrate(world: World, print: (line: string) => void): () => void {
  const began = Date.now();
  const time = (): string => `${((Date.now() - began) / 1_000).toFixed(1).padStart(6)}s`;
  const { users, channels } = world.slack.settings;
  const person = (id: string): string => users.find((one) => one.id === id)?.name ?? id;

  function placeOf(message: Message): string {
    const channel = channels.find((one) => one.id === message.channel);
    const place = channel === undefined ? 'direct message' : `#${channel.name}`;
    if (message.visible_to !== undefined) return `${place} (only ${person(message.visible_to)} sees it)`;
    return message.thread_ts === undefined ? place : `${place} (thread)`;
  }

  function told(event: SlackEvent): string | undefined {
    if (event.type === 'posted' || event.type === 'ephemeral')
      return `${placeOf(event.message)}  ${firstLine(event.message.text)}`;
    return event.type === 'command' ? `${person(event.user)} types  /ams ${event.text}` : undefined;
  }

  const stop = [
    world.slack.onEvent((event) => {
      const line = told(event);
      if (line !== undefined) print(`${time()}  ${line}`);
    }),
    world.alibaba.cloud.on('request', (request) => {
      if (/^(Create|Run|Import|Upload|Authorize|Enable|Modify|Delete|Update|Attach)/.test(request.action)) {
        print(
          `${time()}    ${request.product} ${request.action} ${request.code === 'OK' ? '' : request.code}`.trimEnd(),
        );
      }
    }),
  ];
  return () => stop.forEach((end) => end());
}

function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
