import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { ask } from './ask.ts';
import { completionsOf } from './hints.ts';
import { knownOf } from './known.ts';
import type { Town } from './town.ts';

/** As Slack takes them; longer ones are cut where they are pasted. */
const MOST_CHARACTERS = 40_000;

/** The line one types in: messages, and `/ams` with completion. `/` anywhere on the page leads here. */
export function Composer(props: {
  readonly town: Town;
  readonly channel: string;
  readonly placeholder: string;
  /** Replies go there. */
  readonly thread?: string;
  readonly onSent: () => void;
}): ReactNode {
  const { town, channel, thread } = props;
  const { me } = town;
  const [text, setText] = useState('');
  /** Which offer was gone to by the arrow keys. */
  const [chosen, setChosen] = useState<number | undefined>();
  const [isShut, setShut] = useState(false);
  const [trouble, setTrouble] = useState('');
  const past = useRef<string[]>([]);
  const back = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  const offers = thread === undefined && !isShut ? completionsOf(text, knownOf(town)) : [];
  const at = Math.min(chosen ?? 0, offers.length - 1);

  useEffect(() => {
    if (thread !== undefined) {
      field.current?.focus();
      return undefined;
    }
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.key !== '/' || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      if (document.querySelector('dialog[open]')) return;
      event.preventDefault();
      field.current?.focus();
      setText((before) => before || '/');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [thread]);

  useEffect(() => {
    if (chosen !== undefined)
      document.querySelector(`#offer-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  function type(next: string): void {
    setText(next);
    setChosen(undefined);
    setShut(false);
    setTrouble('');
  }

  function send(): void {
    const line = text.trim();
    if (line === '') return;
    const command = /^\/ams(?:\s+([\s\S]*))?$/.exec(line);
    if (line.startsWith('/') && !command)
      return setTrouble(
        `${line.split(' ')[0]} is not a command here. Messages that begin with "/" are commands; try /ams help.`,
      );
    // As in Slack, which cannot say in a thread who may see the answer.
    if (command && thread !== undefined)
      return setTrouble('/ams is not supported in threads. Type it in the channel.');
    past.current = [...past.current.filter((one) => one !== line), line];
    back.current = 0;
    type('');
    props.onSent();
    const wish = command
      ? ({ do: 'command', as: me, channel, text: command[1] ?? '' } as const)
      : ({ do: 'say', as: me, channel, text: line, ...(thread === undefined ? {} : { thread }) } as const);
    void ask(wish).then((answer) => {
      if (!answer.ok) setTrouble(answer.error);
    });
  }

  function onKeyDown(event: KeyboardEvent): void {
    // That Enter chooses a word of a language that is not typed letter by letter.
    if (event.nativeEvent.isComposing) return;
    const offer = offers[at];
    const isOffered = offer !== undefined && offer.text.trim() !== text.trim();
    if (event.key === 'Escape') setShut(true);
    else if (event.key === 'ArrowDown' && offers.length > 0) setChosen((at + 1) % offers.length);
    else if (event.key === 'ArrowUp' && offers.length > 0)
      setChosen((at + offers.length - 1) % offers.length);
    else if (event.key === 'ArrowUp' && past.current.length > 0) {
      back.current = Math.min(back.current + 1, past.current.length);
      setText(past.current.at(-back.current) ?? '');
      setShut(true);
    } else if (event.key === 'Tab' && isOffered && !event.shiftKey) type(offer.text);
    // A command typed in full is sent; a begun one is completed first, as in Slack, and so is what was gone to.
    else if (event.key === 'Enter' && isOffered && (chosen !== undefined || !/^\/ams\s+\S+\s/.test(text)))
      type(offer.text);
    else if (event.key === 'Enter') send();
    else return;
    event.preventDefault();
  }

  return (
    <div className="composer">
      {offers.length > 0 ? (
        <ul className="offers" role="listbox" id="offers" aria-label="Commands">
          {offers.map((offer, index) => (
            <li
              key={offer.text}
              role="option"
              id={`offer-${index}`}
              aria-selected={index === at}
              onMouseDown={(event) => {
                event.preventDefault();
                type(offer.text);
              }}
            >
              <b>{offer.label}</b> <code>{offer.usage}</code>
              <span>{offer.summary}</span>
            </li>
          ))}
        </ul>
      ) : undefined}
      {trouble === '' ? undefined : (
        <p className="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div className="line">
        <input
          ref={field}
          value={text}
          aria-label={props.placeholder}
          placeholder={props.placeholder}
          autoComplete="off"
          spellCheck={false}
          maxLength={MOST_CHARACTERS}
          role="combobox"
          aria-expanded={offers.length > 0}
          aria-controls="offers"
          aria-activedescendant={offers.length > 0 ? `offer-${at}` : undefined}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          // What is offered lies over the messages.
          onFocus={() => setShut(false)}
          onBlur={() => setShut(true)}
        />
        <button type="button" aria-label="Send" disabled={text.trim() === ''} onClick={send}>
          ➤
        </button>
      </div>
    </div>
  );
}
