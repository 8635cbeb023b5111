import { Fragment } from 'react';
import type { ReactNode } from 'react';
import { Emoji } from './emoji.tsx';

/** Plain text with emoji names shown as signs, for buttons and titles. */
export function Words(props: { readonly text: string }): ReactNode {
  const parts = props.text.split(/:([a-z+-][a-z0-9_+-]*):/);
  return parts.map((part, index) => (
    // The parts of one text never move.
    <Fragment key={index}>{index % 2 === 0 ? part : <Emoji name={part} />}</Fragment>
  ));
}
