import { createContext, useEffect, useSyncExternalStore } from 'react';
import { useKept } from './kept.ts';

export type Theme = 'light' | 'dark';

/** What the rendered blocks go by. */
export const ThemeContext = createContext<Theme>('light');

const system = matchMedia('(prefers-color-scheme: dark)');

function onSystemChange(listener: () => void): () => void {
  system.addEventListener('change', listener);
  return () => system.removeEventListener('change', listener);
}

/** The system's theme until a person chooses one. */
export function useTheme(): [Theme, () => void] {
  const [chosen, choose] = useKept<Theme | null>('theme', null);
  const isDark = useSyncExternalStore(onSystemChange, () => system.matches);
  const theme = chosen ?? (isDark ? 'dark' : 'light');
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return [theme, () => choose(() => (theme === 'dark' ? 'light' : 'dark'))];
}
