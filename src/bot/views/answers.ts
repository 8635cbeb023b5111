import type { ModalView } from '@slack/types';
import type { Answer, Question } from '../../cluster/answers.ts';
import { clustersView, flightView, problemView } from './lists.ts';
import { statusView } from './status.ts';
import { markup, section, toCopy, view } from './text.ts';
import type { View } from './text.ts';

/** The answer to a question, for the channel; a problem, for whoever asked, with the question that was meant. */
export function answerView(answer: Answer, { kind }: Pick<Question, 'kind'>): View {
  switch (answer.kind) {
    case 'status':
      return statusView(answer.status);
    case 'test-fly':
      return flightView(answer.cluster, answer.flight);
    case 'clusters':
      return clustersView(answer.clusters, answer.unread);
    case 'problem':
      return problemView(answer.problem, (near) => `/ams ${kind} ${near}`);
  }
}

/**
 * Said at once, while the cloud is read, in words that are true afterwards too: nothing can take them back. At the
 * response_url of a command `replace_original` posts one more message (slackapi/bolt-js#2287, bolt-python#1268), and a
 * message for one person is no other method's to change.
 */
export function looking(cluster: string | undefined): View {
  const what = cluster === undefined ? 'which clusters there are' : `how ${cluster} is`;
  return plain(`Asked ${what}: the answer comes as a message of its own.`);
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
  if (full.length > 0) blocks.push(toCopy(full));
  return view([message, hint, ...full].join(' '), blocks);
}
