import type { Operation } from '../../cluster/operation.ts';
import { headline, sentence } from './headline.ts';
import { context, escape, section, view } from './text.ts';
import type { View } from './text.ts';

const WHY =
  'I have no record of it any more: Redis was emptied, or restored from an older copy. It does not go on, and its buttons do nothing. What it made or changed is still there.';

/** The message of an unfinished operation whose record is gone. Only its message is left to name it when a person clicks. */
export function lostView(lost: Pick<Operation, 'id' | 'cluster' | 'wish'> | { readonly id: string }): View {
  if (!('cluster' in lost))
    return view(`Lost: ${lost.id}.`, [
      section(`:grey_question: *${escape(lost.id)} is lost.* ${WHY}`),
      context('`/ams clusters` finds every cluster in the cloud, `/ams status` shows what it has'),
    ]);
  const { cluster } = lost;
  return view(`Lost: ${headline(lost)}.`, [
    section(`:grey_question: *${escape(sentence(lost))}: lost.* ${WHY}`),
    context(
      `${lost.id}  ·  \`/ams status ${cluster}\` shows what is there; ` +
        `type the command again to carry on, or \`/ams destroy-cluster ${cluster}\` to remove it`,
    ),
  ]);
}
