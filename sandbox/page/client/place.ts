import { createContext, useContext } from 'react';
import type { Conversation, Person } from '../wire.ts';
import { ask } from './ask.ts';
import type { Answer } from '../wire.ts';

/** Where an element is: in a message, in the open form, or in the home tab. */
export type Place = { readonly channel: string; readonly ts: string } | 'form' | 'home';

/** Who acts, and whom and what names stand for. */
export interface Workplace {
  readonly me: string;
  readonly people: readonly Person[];
  readonly groups: readonly { readonly id: string; readonly handle: string }[];
  readonly conversations: readonly Conversation[];
}

export const WorkplaceContext = createContext<Workplace>({
  me: '',
  people: [],
  groups: [],
  conversations: [],
});

/** A value a person entered: text, an option's value, several, or nothing. */
export type Entry = string | string[] | null;

/** Clicks and choices of the person the page acts as. */
export function useHand(place: Place | undefined): {
  click(block: string, action: string, value: string | undefined): Promise<Answer>;
  choose(block: string, action: string, choice: Entry): Promise<Answer>;
} {
  const { me } = useContext(WorkplaceContext);
  const where = typeof place === 'object' ? place : { isHome: place === 'home' };
  return {
    click: (block, action, value) =>
      ask({ do: 'click', as: me, ...where, block, action, ...(value === undefined ? {} : { value }) }),
    choose: (block, action, choice) => ask({ do: 'select', as: me, ...where, block, action, choice }),
  };
}
