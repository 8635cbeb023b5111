import type { World } from '../world.ts';

/** Prints what happens in the simulated Slack and cloud while it happens; the returned function stops it. */
export function narrate(world: World, print: (line: string) => void): () => void {
  const began = Date.now();
  const time = (): string => `${((Date.now() - began) / 1_000).toFixed(1).padStart(6)}s`;
  const stop = [
    world.slack.onEvent((event) => {
      if (event.type === 'posted' && event.message.thread_ts !== undefined) {
        print(`${time()}  #events (thread)  ${firstLine(event.message.text)}`);
      } else if (event.type === 'posted' || event.type === 'ephemeral') {
        print(`${time()}  #events  ${firstLine(event.message.text)}`);
      } else if (event.type === 'command') {
        print(`${time()}  someone types  ${event.text}`);
      }
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
