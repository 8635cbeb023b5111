import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { ask } from './ask.ts';
import { Blocks } from './blocks.tsx';
import type { Town } from './town.ts';

/** The app's home tab: opening it tells the app, which then publishes what this person sees. */
export function Home(props: { readonly town: Town }): ReactNode {
  const { me, home } = props.town;
  return (
    <div className="stream home" tabIndex={0} role="region" aria-label="Home">
      {home === undefined ? (
        <p className="welcome">The app has published no home for you.</p>
      ) : (
        <Blocks key={me} blocks={home.blocks} place="home" />
      )}
    </div>
  );
}

/** Tells the app that its conversation was opened, as Slack does. */
export function useHomeOpened(me: string, isDirect: boolean): void {
  useEffect(() => {
    if (isDirect) void ask({ do: 'open-home', as: me });
  }, [me, isDirect]);
}
