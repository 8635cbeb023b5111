import type { ModalView } from '@slack/types';
import type { AmsError } from '../../cluster/errors.ts';
import type { Operation } from '../../cluster/operation.ts';
import { ACTION } from './action-ids.ts';
import { outcomeLines } from './ended.ts';
import { sentence } from './headline.ts';
import { actions, button, context, escape, lines, markup, section, view } from './text.ts';
import type { View } from './text.ts';

export type PasswordState =
  | { readonly state: 'opening' }
  | { readonly state: 'shown'; readonly email: string; readonly password: string; readonly panelUrl?: string }
  | { readonly state: 'gone'; readonly cluster: string }
  | { readonly state: 'refused'; readonly error: Pick<AmsError, 'message' | 'hint'> }
  | { readonly state: 'failed' };

/** The only place where the password is seen: a window of the requester's, never a message. */
export function passwordForm(what: PasswordState): ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'First administrator' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [section(passwordWords(what))],
  };
}

function passwordWords(what: PasswordState): string {
  switch (what.state) {
    case 'opening':
      return 'Fetching the password…';
    case 'shown': {
      const panel = what.panelUrl === undefined ? '' : `Panel: <${escape(what.panelUrl)}>\n`;
      return `${panel}E-mail: \`${escape(what.email)}\`\nPassword: \`${escape(what.password)}\`\n\n:warning: It is shown this once. Keep it in your password manager, then change it in the panel.`;
    }
    case 'gone':
      return `The password of ${escape(what.cluster)} was shown already, and I show it once only. If it is lost, reset it in the cluster's database.`;
    case 'refused':
      return `${markup(what.error.message)}\n${markup(what.error.hint)}`;
    case 'failed':
      return 'I could not fetch the password right now. Close this and press the button again.';
  }
}

/** The private message that offers the password. What stopped after it had made the administrator is not done. */
export function adminOfferView(operation: Operation, shown: boolean): View {
  const isDone = operation.state === 'succeeded';
  const end = isDone ? 'done.' : 'the panel has its first administrator.';
  return view(`${sentence(operation)}: ${end}`, [
    section(`${isDone ? ':tada:' : ':key:'} *${escape(sentence(operation))}*: ${end}`),
    ...lines(
      [...outcomeLines(operation.outcome), `*Administrator*  ${escape(operation.outcome?.adminEmail ?? '')}`],
      4,
    ),
    ...(shown
      ? [context('The first password was shown; I do not show it again.')]
      : [
          actions(`admin:${operation.id}`, [
            button('Show the password, once', ACTION.revealAdmin, operation.id, { style: 'primary' }),
          ]),
        ]),
  ]);
}
