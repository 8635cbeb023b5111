import type { Message } from './types.ts';
import type { Workspace } from './workspace.ts';

/** Where and how long to look for a message. */
export interface WaitOptions {
  /** A channel id or name; default everywhere. */
  readonly channel?: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/**
 * The first message, old, new or edited, that the predicate takes; what one person alone sees counts too.
 * @throws Error with the last messages, when none comes in time
 */
export function waitForMessage(
  workspace: Workspace,
  predicate: (message: Message) => boolean,
  options: WaitOptions = {},
): Promise<Message> {
  const wanted = options.channel?.replace(/^#/, '');
  const fits = (message: Message): boolean => {
    const name = workspace.channels.get(message.channel)?.name;
    return (wanted === undefined || wanted === message.channel || wanted === name) && predicate(message);
  };
  const everything = (): Message[] =>
    [...workspace.channels.values()].flatMap((channel) =>
      structuredClone([...channel.messages, ...channel.ephemerals]),
    );
  const found = everything().find(fits);
  if (found !== undefined) return Promise.resolve(found);
  const timeoutMs = options.timeoutMs ?? 10_000;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      const last = everything().filter(
        (one) =>
          wanted === undefined ||
          one.channel === wanted ||
          workspace.channels.get(one.channel)?.name === wanted,
      );
      const seen = last.slice(-5).map((one) => `${workspace.nameOf(one.user)}: ${one.text}`);
      reject(
        new Error(
          `no such message within ${timeoutMs} ms; the last ones are:\n${seen.join('\n') || '(none)'}`,
        ),
      );
    }, timeoutMs);
    const stop = workspace.listen((event) => {
      if (event.type !== 'posted' && event.type !== 'updated' && event.type !== 'ephemeral') return;
      let right: boolean;
      try {
        right = fits(event.message);
      } catch (error) {
        clearTimeout(timer);
        stop();
        return reject(error instanceof Error ? error : new Error(String(error)));
      }
      if (!right) return;
      clearTimeout(timer);
      stop();
      resolve(event.message);
    });
  });
}
