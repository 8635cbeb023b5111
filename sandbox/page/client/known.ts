import type { Message } from '../../slack/types.ts';
import type { Known, Offer } from './hints.ts';
import { listOf, textOf } from './json.ts';
import type { Town } from './town.ts';

/** What a person at the page can name in a command: the clusters of the cloud, the operations of their messages. */
export function knownOf({ messages, picture }: Pick<Town, 'messages' | 'picture'>): Known {
  const clusters = picture.networks.map((one) => one.cluster).filter((name) => name !== '');
  return {
    clusters: [...new Set(clusters)].toSorted(),
    operationsFor: (command) => operationsIn(messages, command),
  };
}

/** Those with a button that does the same; of a command that no button does (`ops`), all. Newest first. */
function operationsIn(messages: readonly Message[], command: string): readonly Offer[] {
  const found = new Map<string, Offer>();
  for (const message of messages.toReversed()) {
    for (const { action, value } of buttonsOf(message)) {
      const word = /^op-[0-9a-z]+/.exec(value)?.[0];
      if (word === undefined || found.has(word)) continue;
      if (command === 'ops' || action === command)
        found.set(word, { word, summary: message.text.split('\n')[0] ?? '' });
    }
  }
  return [...found.values()];
}

function buttonsOf(message: Message): { readonly action: string; readonly value: string }[] {
  return listOf(message.blocks)
    .flatMap((block) => listOf(block['elements']))
    .map((element) => ({
      // `ams_roll_back` does what `rollback` does.
      action: textOf(element['action_id']).replace(/^ams_/, '').replaceAll('_', ''),
      value: textOf(element['value']),
    }));
}
