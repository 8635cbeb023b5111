import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Answer } from '../wire.ts';
import { Confirm } from './confirm.tsx';
import { Field } from './field.tsx';
import { jsonOf, listOf, textOf, wordsOf } from './json.ts';
import type { Json } from './json.ts';
import { useHand } from './place.ts';
import type { Entry, Place } from './place.ts';
import { Words } from './words.tsx';

/** True for what a person can act on. */
export function isInteractive(element: Json): boolean {
  return typeof element['action_id'] === 'string' && element['type'] !== 'image';
}

/** A button, menu or picker outside of a form's inputs: what is done with it is told to the app at once. */
export function Interactive(props: {
  readonly element: Json;
  readonly block: string;
  readonly place: Place | undefined;
}): ReactNode {
  const { element, block, place } = props;
  const hand = useHand(place);
  const action = textOf(element['action_id']);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  /** What waits for a yes in the confirmation dialog. */
  const [asked, setAsked] = useState<(() => Promise<Answer>) | undefined>();

  function go(work: () => Promise<Answer>): void {
    setBusy(true);
    setTrouble('');
    void work().then((answer) => {
      setBusy(false);
      if (!answer.ok) setTrouble(answer.error);
    });
  }

  function begin(work: () => Promise<Answer>): void {
    if (element['confirm'] === undefined) go(work);
    else setAsked(() => work);
  }

  const type = textOf(element['type']);
  const style = textOf(element['style']);
  const url = textOf(element['url']);
  return (
    <>
      {type === 'button' || type === 'workflow_button' ? (
        <button
          type="button"
          className={`button ${style}`}
          disabled={place === undefined}
          // One that is disabled loses the focus: a form that it opens could not give it back.
          aria-disabled={isBusy}
          aria-busy={isBusy}
          aria-label={textOf(element['accessibility_label']) || undefined}
          onClick={() => {
            if (isBusy) return;
            if (url !== '') window.open(url, '_blank', 'noopener');
            begin(() => hand.click(block, action, textOf(element['value']) || undefined));
          }}
        >
          <Words text={wordsOf(element['text'])} />
        </button>
      ) : type === 'overflow' ? (
        <select
          className="overflow"
          aria-label="More actions"
          value=""
          aria-busy={isBusy}
          onChange={(event) => begin(() => hand.choose(block, action, event.target.value))}
        >
          <option value="" hidden>
            ⋯
          </option>
          {listOf(element['options']).map((option) => (
            <option key={textOf(option['value'])} value={textOf(option['value'])}>
              {wordsOf(option['text'])}
            </option>
          ))}
        </select>
      ) : (
        <Chooser element={element} onChoice={(choice) => begin(() => hand.choose(block, action, choice))} />
      )}
      {trouble === '' ? undefined : (
        <span className="trouble" role="alert">
          {trouble}
        </span>
      )}
      {asked === undefined ? undefined : (
        <Confirm
          confirm={jsonOf(element['confirm'])}
          onNo={() => setAsked(undefined)}
          onYes={() => {
            setAsked(undefined);
            go(asked);
          }}
        />
      )}
    </>
  );
}

/** A picker that keeps what was chosen on the page. */
function Chooser(props: { readonly element: Json; readonly onChoice: (choice: Entry) => void }): ReactNode {
  const { element } = props;
  const [entry, setEntry] = useState<Entry | undefined>();
  return (
    <Field
      element={element}
      entry={entry ?? null}
      onEntry={(next) => {
        setEntry(next);
        props.onChoice(next);
      }}
    />
  );
}
