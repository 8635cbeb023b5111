/** Most characters that are kept of what a machine said. */
const MOST = 256 * 1024;

/** Text from a machine without terminal codes and control characters (line feed and tab stay), its end when too long. */
export function cleanText(text: string, most = MOST): string {
  const end = text.length > most ? text.slice(-most) : text;
  return end
    .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');
}
