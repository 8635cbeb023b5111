import type { ReactNode } from 'react';
import type { Person } from '../wire.ts';

/** A person's first letter on their colour; the bot has its own sign. */
export function Avatar(props: { readonly person: Person | undefined; readonly small?: boolean }): ReactNode {
  const { person } = props;
  const isApp = person?.isBot === true && person.id !== 'USLACKBOT';
  const hue =
    Array.from(person?.name ?? '?').reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;
  return (
    <span
      aria-hidden
      className={`avatar ${props.small === true ? 'small' : ''} ${isApp ? 'app' : ''}`}
      style={isApp ? {} : { background: `hsl(${hue} 52% 46%)` }}
    >
      {isApp ? '▶' : (person?.realName ?? '?').slice(0, 1)}
    </span>
  );
}
