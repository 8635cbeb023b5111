import { useContext, useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { View } from '../../slack/types.ts';
import { ask } from './ask.ts';
import { Blocks } from './blocks.tsx';
import { Dialog } from './dialog.tsx';
import { entriesOf } from './entries.ts';
import { Field } from './field.tsx';
import { jsonOf, textOf, wordsOf } from './json.ts';
import type { Json } from './json.ts';
import { useHand, WorkplaceContext } from './place.ts';
import type { Entry } from './place.ts';

/** A form of the app: fields with their errors, and what was typed kept when the app changes the form. */
export function Modal(props: { readonly view: View }): ReactNode {
  const { view } = props;
  const { me } = useContext(WorkplaceContext);
  const hand = useHand('form');
  const [typed, setTyped] = useState<Record<string, Entry>>({});
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [trouble, setTrouble] = useState('');
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const values = { ...entriesOf(view), ...typed };
  const title = wordsOf(view.title) || 'Form';

  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid]');
    wrong?.focus();
    // The browser shows the field alone, and what is wrong with it stands below.
    wrong?.closest('.input-block')?.scrollIntoView({ block: 'nearest' });
  }, [errors]);

  function close(): void {
    void ask({ do: 'close', as: me });
  }

  function submit(): void {
    setBusy(true);
    setTrouble('');
    const known = Object.keys(entriesOf(view));
    const sent = Object.fromEntries(known.map((block) => [block, values[block] ?? null]));
    void ask({ do: 'submit', as: me, view: view.id, values: sent }).then((answer) => {
      setBusy(false);
      setErrors(answer.ok ? (answer.errors ?? {}) : {});
      if (!answer.ok) setTrouble(answer.error);
    });
  }

  function input(block: Json): ReactNode {
    const id = textOf(block['block_id']);
    const element = jsonOf(block['element']);
    const error = errors[id];
    const hint = wordsOf(block['hint']);
    const about = [error === undefined ? '' : `${id}-error`, hint === '' ? '' : `${id}-hint`]
      .join(' ')
      .trim();
    return (
      <div className="input-block">
        <label id={`${id}-field-label`} htmlFor={`${id}-field`}>
          {wordsOf(block['label'])}
          {block['optional'] === true ? <small> (optional)</small> : undefined}
        </label>
        <Field
          id={`${id}-field`}
          element={element}
          entry={values[id] ?? null}
          isWrong={error !== undefined}
          describedBy={about || undefined}
          onEntry={(entry) => {
            setTyped((before) => ({ ...before, [id]: entry }));
            if (block['dispatch_action'] === true && element['type'] !== 'plain_text_input')
              void hand.choose(id, textOf(element['action_id']), entry);
          }}
        />
        {error === undefined ? undefined : (
          <p id={`${id}-error`} className="field-error" role="alert">
            {error}
          </p>
        )}
        {hint === '' ? undefined : (
          <p id={`${id}-hint`} className="hint">
            {hint}
          </p>
        )}
      </div>
    );
  }

  return (
    <Dialog label={title} className="modal" onClose={close}>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <header>
          <h2>{title}</h2>
          <button type="button" className="close" aria-label="Close" onClick={close}>
            ×
          </button>
        </header>
        <div className="fields">
          {trouble === '' ? undefined : (
            <p className="field-error" role="alert">
              {trouble}
            </p>
          )}
          <Blocks blocks={view.blocks} place="form" input={input} />
        </div>
        <footer>
          <button type="button" className="button" onClick={close}>
            {wordsOf(view.close) || 'Cancel'}
          </button>
          {view.submit ? (
            <button type="submit" className="button primary" disabled={isBusy} aria-busy={isBusy}>
              {wordsOf(view.submit)}
            </button>
          ) : undefined}
        </footer>
      </form>
    </Dialog>
  );
}
