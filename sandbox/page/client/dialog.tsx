import { useLayoutEffect, useRef } from 'react';
import type { ReactNode } from 'react';

/** A window over the page: keeps the focus inside, closes with Escape, gives the focus back to where it was. */
export function Dialog(props: {
  readonly label: string;
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const ref = useRef<HTMLDialogElement>(null);
  // Before it leaves the page: one that is gone already gives nothing back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // A form names the field to begin with; the browser would take the close button.
    dialog?.querySelector<HTMLElement>('[data-focus]')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={props.label}
      className={`window ${props.className ?? ''}`}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      {props.children}
    </dialog>
  );
}
