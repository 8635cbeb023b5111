// Writes sandbox/page/client/commands.json: what the sandbox's composer completes. The sandbox imports nothing of the
// product, so this carries its commands over. Run it after a change of them (`npm run schema`); a test says when it was
// forgotten.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { COMMANDS } from '../src/bot/commands/list.ts';

/** As it is committed. */
export function commandsFile(): string {
  const commands = COMMANDS.map(({ name, summary, usage, options }) => ({
    name,
    summary,
    usage,
    options: options.map(({ name: option, value, help }) => ({ name: option, value, help })),
  }));
  return `${JSON.stringify(commands, undefined, 2)}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync('sandbox/page/client/commands.json', commandsFile());
