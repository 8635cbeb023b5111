import type { KeyboardEvent, ReactNode } from 'react';
import type { Conversation } from '../wire.ts';
import { Avatar } from './avatar.tsx';
import { nameOf } from './conversation.tsx';
import type { Town } from './town.ts';
import type { Unread } from './unread.ts';

/** How far each arrow goes in a choice of one. */
const STEPS: Readonly<Record<string, 1 | -1>> = {
  ArrowDown: 1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
};

/** Who one is, and the conversations with their unread marks. */
export function Sidebar(props: {
  readonly town: Town;
  readonly unread: Unread;
  readonly open: Conversation | undefined;
  readonly onOpen: (id: string) => void;
  readonly onActAs: (id: string) => void;
}): ReactNode {
  const { town, unread, open } = props;
  const channels = town.conversations.filter((one) => one.kind !== 'im');
  const apps = town.conversations.filter((one) => one.kind === 'im');
  const shared = channels.map((one) => one.id);
  const people = town.people.filter((one) => !one.isBot);

  function onArrow(event: KeyboardEvent<HTMLElement>): void {
    const step = STEPS[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const radios = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="radio"]')];
    const at = radios.findIndex((one) => one === document.activeElement);
    const next = (at + step + radios.length) % radios.length;
    radios[next]?.focus();
    const person = people[next];
    if (person) props.onActAs(person.id);
  }

  function list(conversations: readonly Conversation[]): ReactNode {
    return conversations.map((one) => {
      const count = one.id === open?.id ? 0 : unread.count(town.me, one.id, town.messages);
      return (
        <button
          key={one.id}
          type="button"
          className={`room ${count > 0 ? 'unread' : ''}`}
          aria-current={one.id === open?.id ? 'page' : undefined}
          onClick={() => props.onOpen(one.id)}
        >
          <span>{one.kind === 'im' ? `▶ ${nameOf(one, town)}` : nameOf(one, town)}</span>
          {count > 0 ? (
            <span className="count" aria-label={`${count} unread`}>
              {count}
            </span>
          ) : undefined}
        </button>
      );
    });
  }

  return (
    <nav className="sidebar" aria-label="Workspace">
      <div className="rooms">
        <h2>Channels</h2>
        {list(channels)}
        <h2>Apps</h2>
        {list(apps)}
      </div>
      <div className="people" role="radiogroup" aria-label="Act as" onKeyDown={onArrow}>
        <h2>You act as</h2>
        {people.map((one, index) => {
          const count =
            one.id === town.me
              ? 0
              : shared.reduce((sum, id) => sum + unread.count(one.id, id, town.messages), 0);
          return (
            <button
              key={one.id}
              type="button"
              role="radio"
              aria-checked={one.id === town.me}
              tabIndex={one.id === town.me ? 0 : -1}
              aria-label={`${one.realName}, ${one.role}`}
              title={`Act as ${one.realName} (Alt+${index + 1})`}
              className="who"
              onClick={() => props.onActAs(one.id)}
            >
              <Avatar person={one} small />
              <span className="name">
                {one.realName.split(' ')[0]}
                <small>{one.role}</small>
              </span>
              {count > 0 ? <span className="dot" aria-hidden /> : undefined}
            </button>
          );
        })}
      </div>
    </nav>
  );
}
