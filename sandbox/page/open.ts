import { spawn } from 'node:child_process';

/**
 * Shows an address in the person's browser. Does nothing without a terminal or a screen; a browser that does not come
 * is no failure, since the address is printed as well.
 */
export function openInBrowser(url: string): void {
  const opener = openerOf();
  if (opener === undefined || !process.stdout.isTTY) return;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function openerOf(): readonly [string, ...string[]] | undefined {
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['explorer.exe'];
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return DISPLAY === undefined && WAYLAND_DISPLAY === undefined ? undefined : ['xdg-open'];
}
