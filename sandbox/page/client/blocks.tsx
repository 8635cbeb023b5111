import type { ReactNode } from 'react';
import { Interactive, isInteractive } from './elements.tsx';
import { jsonOf, listOf, textOf } from './json.ts';
import type { Json } from './json.ts';
import type { Place } from './place.ts';
import { Silent } from './silent.tsx';

/** Blocks as Slack shows them: the library draws what is read, our own elements do what is clicked. */
export function Blocks(props: {
  readonly blocks: readonly Json[];
  /** Undefined where nothing can be clicked. */
  readonly place: Place | undefined;
  /** Draws an input block of a form. */
  readonly input?: (block: Json) => ReactNode;
}): ReactNode {
  const parts: ReactNode[] = [];
  let silent: Json[] = [];
  const flush = (): void => {
    if (silent.length > 0) parts.push(<Silent key={`s${parts.length}`} blocks={silent} />);
    silent = [];
  };
  for (const block of props.blocks) {
    const id = textOf(block['block_id']);
    const accessory = jsonOf(block['accessory']);
    if (block['type'] === 'input' && props.input !== undefined) {
      flush();
      parts.push(<div key={id}>{props.input(block)}</div>);
    } else if (block['type'] === 'actions' || block['type'] === 'context_actions') {
      flush();
      parts.push(
        <div key={id} className="actions">
          {listOf(block['elements']).map((element) => (
            <Interactive
              key={textOf(element['action_id'])}
              element={element}
              block={id}
              place={props.place}
            />
          ))}
        </div>,
      );
    } else if (isInteractive(accessory)) {
      flush();
      const { accessory: _apart, ...rest } = block;
      parts.push(
        <div key={id} className="with-accessory">
          <Silent blocks={[rest]} />
          <Interactive element={accessory} block={id} place={props.place} />
        </div>,
      );
    } else silent.push(block);
  }
  flush();
  return <div className="blocks">{parts}</div>;
}
