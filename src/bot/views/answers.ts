import type { ModalView } from '@slack/types';
import type { Answer } from '../../cluster/answers.ts';
import { clustersView, flightView, problemView } from './lists.ts';
import { statusView } from './status.ts';
import { escape, markup, section, view } from './text.ts';
import type { View } from './text.ts';

/** The answer to a question, for the channel; a problem, for whoever asked. */
export function answerView(answer: Answer): View {
  switch (answer.kind) {
    case 'status':
      return statusView(answer.status);
    case 'test-fly':
      return flightView(answer.cluster, answer.flight);
    case 'clusters':
      return clustersView(answer.clusters);
    case 'problem':
      return problemView(answer.problem);
  }
}

/** Said at once, while the cloud is read. */
export function looking(cluster: string | undefined): View {
  return plain(cluster === undefined ? 'Looking for clusters now…' : `Looking at ${cluster} now…`);
}

/** One sentence or a few, in our own words; foreign values in it must be escaped already. */
export function plain(text: string): View {
  return view(text, [section(text)]);
}

/** The same in a window, for what was clicked outside of a channel. */
export function answerWindow({ blocks }: View): ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Ant Media Server' },
    close: { type: 'plain_text', text: 'Close' },
    blocks,
  };
}

/**
 * A refusal: what is wrong in one sentence, then what to type. Nothing was started. `commands`: what was probably
 * meant, to be copied.
 */
export function refusal(message: string, hint: string, commands: readonly string[] = []): View {
  const full = commands.map((one) => `/ams ${one}`);
  const blocks = [section(`:no_entry_sign: ${markup(message)}\n${markup(hint)}`)];
  if (full.length > 0) blocks.push(section(`To copy:\n\`\`\`${full.map(escape).join('\n')}\`\`\``));
  return view([message, hint, ...full].join(' '), blocks);
}
