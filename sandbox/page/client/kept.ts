import { useEffect, useState } from 'react';

/** Which windows share what is kept: all of this browser, or none. */
type Reach = 'browser' | 'window';

/**
 * State that outlives a reload of the page, and follows what another window keeps, where all share it. A browser that
 * keeps nothing is fine.
 * @returns the value, and a change of it: of what another window may have kept meanwhile, where all share it
 */
export function useKept<T>(
  key: string,
  initial: T,
  reach: Reach = 'browser',
): [T, (change: (before: T) => T) => void] {
  const [value, setValue] = useState<T>(() => read(key, reach) ?? initial);
  useEffect(() => {
    // Told of what other windows keep alone.
    const onStorage = (event: StorageEvent): void => {
      const now = event.key === key ? read<T>(key, reach) : undefined;
      if (now !== undefined) setValue(now);
    };
    addEventListener('storage', onStorage);
    return () => removeEventListener('storage', onStorage);
  }, [key, reach]);
  return [
    value,
    (change) => {
      const next = change(read<T>(key, reach) ?? value);
      setValue(next);
      try {
        storageOf(reach).setItem(key, JSON.stringify(next));
      } catch {
        // A private window keeps nothing.
      }
    },
  ];
}

function read<T>(key: string, reach: Reach): T | undefined {
  try {
    const kept = storageOf(reach).getItem(key);
    return kept === null ? undefined : (JSON.parse(kept) as T);
  } catch {
    return undefined;
  }
}

/** @throws DOMException where the browser keeps nothing */
function storageOf(reach: Reach): Storage {
  return reach === 'browser' ? localStorage : sessionStorage;
}
