import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

/** How near the end a person scrolls back to it. Pixels. */
const NEAR_PX = 90;
/** Less than this is rounding. Pixels. */
const ROUNDING_PX = 4;

/**
 * A scrolled list that stays at its end, however what is in it grows, until a person scrolls up. It is back at its end
 * once they scroll there, or when `sent` changes.
 */
export function Stream(props: {
  readonly label: string;
  /** How much the person has sent from here. */
  readonly sent: number;
  readonly children: ReactNode;
}): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const top = useRef(0);
  const [isAway, setAway] = useState(false);

  function toEnd(): void {
    const box = frame.current;
    if (box === null) return;
    if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    top.current = box.scrollTop;
  }

  /** Only a person scrolls up: what grows leaves the place as it is, what shrinks leaves it at the end. */
  function onScroll(): void {
    const box = frame.current;
    if (box === null) return;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box.scrollTop < top.current) isAtEnd.current &&= left < ROUNDING_PX;
    else if (left < NEAR_PX) isAtEnd.current = true;
    top.current = box.scrollTop;
    setAway(!isAtEnd.current);
  }

  useLayoutEffect(() => {
    isAtEnd.current = true;
  }, [props.sent]);
  useLayoutEffect(toEnd);
  useEffect(() => {
    const watcher = new ResizeObserver(toEnd);
    if (inner.current) watcher.observe(inner.current);
    if (frame.current) watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, []);

  return (
    <div ref={frame} className="stream" role="log" aria-label={props.label} tabIndex={0} onScroll={onScroll}>
      <div ref={inner} className="inner">
        {props.children}
      </div>
      {isAway ? (
        <button
          type="button"
          className="to-end"
          onClick={() => {
            isAtEnd.current = true;
            toEnd();
          }}
        >
          ↓ Newest
        </button>
      ) : undefined}
    </div>
  );
}
