import { useContext } from 'react';
import type { ReactNode } from 'react';
import { Message } from 'slack-blocks-to-jsx';
import type { Block } from 'slack-blocks-to-jsx';
import { Emoji } from './emoji.tsx';
import type { Json } from './json.ts';
import { safeBlocks } from './mrkdwn.ts';
import { WorkplaceContext } from './place.ts';
import { ThemeContext } from './theme.ts';

/** Blocks that are only read, drawn by the library. */
export function Silent(props: { readonly blocks: readonly Json[] }): ReactNode {
  const { people, groups, conversations } = useContext(WorkplaceContext);
  const theme = useContext(ThemeContext);
  return (
    <Message
      withoutWrapper
      theme={theme}
      name=""
      logo=""
      // The bot's JSON was checked when it was sent; the library knows the same blocks.
      blocks={safeBlocks(props.blocks) as unknown as Block[]}
      data={{
        users: people.map(({ id, name }) => ({ id, name })),
        channels: conversations.map(({ id, name }) => ({ id, name })),
        user_groups: groups.map(({ id, handle }) => ({ id, name: handle })),
      }}
      hooks={{
        emoji: (emoji, byFont) => <Emoji name={emoji.name} fallback={byFont(emoji)} />,
        link: ({ href, children, className }) => (
          <a href={href} className={className} target="_blank" rel="noreferrer">
            {children}
          </a>
        ),
      }}
    />
  );
}
