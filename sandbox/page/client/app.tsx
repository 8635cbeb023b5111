import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { CloudPane } from './cloud.tsx';
import { ConversationPane } from './conversation.tsx';
import { useKept } from './kept.ts';
import { Modal } from './modal.tsx';
import { WorkplaceContext } from './place.ts';
import { Sidebar } from './sidebar.tsx';
import { ThemeContext, useTheme } from './theme.ts';
import { useTown } from './town.ts';
import type { Town } from './town.ts';
import { useUnread } from './unread.ts';

/** Dana, who asks for things, unless another person was chosen before. */
const FIRST = 'U0DANA0001';

export function App(): ReactNode {
  // Of each window for itself: one may be Dana in one and Alex in another.
  const [me, setMe] = useKept('act-as', FIRST, 'window');
  const [theme, changeTheme] = useTheme();
  const town = useTown(me);
  return (
    <ThemeContext value={theme}>
      {town === undefined ? (
        <p className="loading" role="status">
          Connecting to the sandbox…
        </p>
      ) : (
        <Frame town={town} onActAs={(id) => setMe(() => id)} theme={theme} onTheme={changeTheme} />
      )}
    </ThemeContext>
  );
}

function Frame(props: {
  readonly town: Town;
  readonly onActAs: (id: string) => void;
  readonly theme: string;
  readonly onTheme: () => void;
}): ReactNode {
  const { town, onActAs } = props;
  const unread = useUnread(town.started);
  const [room, setRoom] = useState<string | undefined>();
  /** Which half a narrow window shows. */
  const [half, setHalf] = useState<'slack' | 'cloud'>('slack');
  const open =
    town.conversations.find((one) => one.id === room) ?? town.conversations.find((one) => one.kind !== 'im');
  const { me, people, groups, conversations } = town;
  /** Changes seldom: every drawn message hangs on it. */
  const workplace = useMemo(
    () => ({ me, people, groups, conversations }),
    [me, people, groups, conversations],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
      const person = people.filter((one) => !one.isBot)[Number(event.code.slice(5)) - 1];
      if (!person) return;
      // Else some browsers go to another of their tabs, and others type a sign.
      event.preventDefault();
      onActAs(person.id);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [people, onActAs]);

  return (
    <WorkplaceContext value={workplace}>
      <div className="frame" data-half={half}>
        <header className="topbar">
          <b className="brand">
            <span aria-hidden>▶</span> ams sandbox
          </b>
          <p>
            A simulated Slack and Alibaba Cloud on your computer, and the <b>unchanged bot</b>
          </p>
          {town.isConnected ? undefined : (
            <span className="lost" role="status">
              The sandbox has stopped
            </span>
          )}
          <button type="button" className="theme" aria-label="Dark or light" onClick={props.onTheme}>
            {props.theme === 'dark' ? '☀' : '☾'}
          </button>
        </header>
        <Sidebar
          town={town}
          unread={unread}
          open={open}
          onOpen={(id) => {
            setRoom(id);
            setHalf('slack');
          }}
          onActAs={onActAs}
        />
        <main className="slack">
          {open === undefined ? undefined : (
            <ConversationPane key={`${town.me} ${open.id}`} town={town} conversation={open} unread={unread} />
          )}
        </main>
        <CloudPane town={town} />
        <nav className="halves" aria-label="View">
          <button type="button" aria-pressed={half === 'slack'} onClick={() => setHalf('slack')}>
            # Slack
          </button>
          <button type="button" aria-pressed={half === 'cloud'} onClick={() => setHalf('cloud')}>
            ◫ Cloud
          </button>
        </nav>
        {town.view === undefined ? undefined : <Modal key={town.view.id} view={town.view} />}
      </div>
    </WorkplaceContext>
  );
}
