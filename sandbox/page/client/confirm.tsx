import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { jsonOf, textOf, wordsOf } from './json.ts';
import type { Json } from './json.ts';
import { Silent } from './silent.tsx';

/** Slack's confirmation dialog of a button or menu. */
export function Confirm(props: {
  readonly confirm: Json;
  readonly onYes: () => void;
  readonly onNo: () => void;
}): ReactNode {
  const { confirm } = props;
  const text = jsonOf(confirm['text']);
  const style = textOf(confirm['style']) === 'danger' ? 'danger' : 'primary';
  return (
    <Dialog label={wordsOf(confirm['title'])} className="confirm" onClose={props.onNo}>
      <h2>{wordsOf(confirm['title'])}</h2>
      <Silent blocks={[{ type: 'section', text: { type: 'mrkdwn', ...text } }]} />
      <footer>
        <button type="button" className="button" onClick={props.onNo}>
          {wordsOf(confirm['deny']) || 'Cancel'}
        </button>
        <button type="button" data-focus className={`button ${style}`} onClick={props.onYes}>
          {wordsOf(confirm['confirm']) || 'Yes'}
        </button>
      </footer>
    </Dialog>
  );
}
