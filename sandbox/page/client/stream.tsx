import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';

/** How near the end counts as reading along. Pixels. */
const NEAR_PX = 90;

/** A scrolled list that stays at its end while a person reads there, also when what is in it grows. */
export function Stream(props: { readonly label: string; readonly children: ReactNode }): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [isAway, setAway] = useState(false);

  function toEnd(): void {
    const box = frame.current;
    if (box && isAtEnd.current) box.scrollTop = box.scrollHeight;
  }

  useLayoutEffect(toEnd);
  useEffect(() => {
    const watcher = new ResizeObserver(toEnd);
    if (inner.current) watcher.observe(inner.current);
    if (frame.current) watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, []);

  return (
    <div
      ref={frame}
      className="stream"
      role="log"
      aria-label={props.label}
      tabIndex={0}
      onScroll={() => {
        const box = frame.current;
        if (box === null) return;
        isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
        setAway(!isAtEnd.current);
      }}
    >
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
