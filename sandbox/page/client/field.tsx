import { useContext, useId } from 'react';
import type { ReactNode } from 'react';
import { listOf, textOf, wordsOf } from './json.ts';
import type { Json } from './json.ts';
import { WorkplaceContext } from './place.ts';
import type { Entry } from './place.ts';

interface FieldProps {
  readonly element: Json;
  readonly entry: Entry;
  readonly onEntry: (entry: Entry) => void;
  /** Its label has the same with `-label`. */
  readonly id?: string;
  readonly isWrong?: boolean;
  readonly describedBy?: string | undefined;
}

const INPUT_TYPES: Readonly<Record<string, string>> = {
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
};

/** Any element that holds a value, by the browser's own controls: they come with keyboard and screen reader. */
export function Field(props: FieldProps): ReactNode {
  const { element, entry, onEntry } = props;
  const type = textOf(element['type']);
  const options = useOptions(element);
  const group = useId();
  const told = {
    'aria-invalid': props.isWrong === true ? true : undefined,
    'aria-describedby': props.describedBy,
    'data-focus': element['focus_on_load'] === true ? true : undefined,
  };
  const common = { id: props.id, ...told };
  const text = typeof entry === 'string' ? entry : '';
  const many = Array.isArray(entry) ? entry : [];
  if (type === 'radio_buttons' || type === 'checkboxes') {
    const isMany = type === 'checkboxes';
    return (
      <div
        className="choices"
        role={isMany ? 'group' : 'radiogroup'}
        aria-labelledby={props.id === undefined ? undefined : `${props.id}-label`}
      >
        {options.map((option) => (
          <label key={option.value}>
            <input
              {...told}
              type={isMany ? 'checkbox' : 'radio'}
              name={group}
              checked={isMany ? many.includes(option.value) : text === option.value}
              onChange={(event) =>
                onEntry(
                  !isMany
                    ? option.value
                    : event.target.checked
                      ? [...many, option.value]
                      : many.filter((one) => one !== option.value),
                )
              }
            />
            <span>
              {option.words}
              {option.more === '' ? undefined : <small>{option.more}</small>}
            </span>
          </label>
        ))}
      </div>
    );
  }
  if (type.startsWith('multi_'))
    return (
      <select
        {...common}
        multiple
        value={many}
        size={Math.min(5, Math.max(2, options.length))}
        onChange={(event) => onEntry([...event.target.selectedOptions].map((one) => one.value))}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    );
  if (type.endsWith('_select'))
    return (
      <select {...common} value={text} onChange={(event) => onEntry(event.target.value || null)}>
        <option value="">{wordsOf(element['placeholder']) || 'Select an item'}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    );
  const typing = {
    ...common,
    value: text,
    placeholder: wordsOf(element['placeholder']) || undefined,
    onChange: (event: { target: { value: string } }) => onEntry(event.target.value),
  };
  if (element['multiline'] === true) return <textarea {...typing} rows={4} />;
  const isNumber = type === 'number_input';
  return (
    <input
      {...typing}
      type={INPUT_TYPES[type] ?? 'text'}
      inputMode={isNumber ? 'numeric' : undefined}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

interface Option {
  readonly value: string;
  readonly words: string;
  readonly more: string;
}

function useOptions(element: Json): Option[] {
  const { people, conversations } = useContext(WorkplaceContext);
  const type = textOf(element['type']);
  if (type.endsWith('users_select'))
    return people
      .filter((one) => !one.isBot)
      .map((one) => ({ value: one.id, words: one.realName, more: '' }));
  if (type.endsWith('channels_select') || type.endsWith('conversations_select'))
    return conversations
      .filter((one) => one.kind !== 'im')
      .map((one) => ({ value: one.id, words: `#${one.name}`, more: '' }));
  const all = [
    ...listOf(element['options']),
    ...listOf(element['option_groups']).flatMap((group) => listOf(group['options'])),
  ];
  return all.map((one) => ({
    value: textOf(one['value']),
    words: wordsOf(one['text']),
    more: wordsOf(one['description']),
  }));
}
