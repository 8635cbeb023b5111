import { createInterface } from 'node:readline/promises';
import { PEOPLE } from '../world.ts';
import type { World } from '../world.ts';
import { offers } from './story.ts';

const HELP = `
Here, too, you can go on yourself; "alex:" or "dana:" before a line says who types (dana unless told).
  /ams help                     any command
  alex: approve                 press Approve on the newest plan
  show                          print the channel again
  quit
`;

/** Lets the person at the terminal type as Dana or Alex until they quit or it is interrupted. */
export async function talk(world: World, pageUrl: string, interrupted: Promise<undefined>): Promise<void> {
  process.stdout.write(`\nThe page goes on at ${pageUrl} until you press Ctrl-C.\n`);
  if (!process.stdin.isTTY) {
    await interrupted;
    return;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  process.stdout.write(HELP);
  const ended = new Promise<undefined>((done) => terminal.once('close', () => done(undefined)));
  for (;;) {
    // A terminal that was closed while the line before was dealt with refuses to ask.
    const question = terminal.question('> ').catch(() => undefined);
    const line = (await Promise.race([question, ended, interrupted]))?.trim();
    if (line === undefined || line === 'quit' || line === 'exit') break;
    if (line !== '') process.stdout.write(await takeLine(world, line));
  }
  terminal.close();
}

/** Does what somebody typed. @returns what to print */
export async function takeLine({ slack }: World, line: string): Promise<string> {
  const [, name, text = line] = /^(dana|alex):\s*(.*)$/.exec(line) ?? [];
  const person = slack.as(name === 'alex' ? PEOPLE.approver : PEOPLE.requester);
  if (text === 'show') return `${slack.transcript(PEOPLE.channel)}\n`;
  if (text === 'approve') {
    const plan = slack.messages(PEOPLE.channel).findLast((message) => offers(message, 'Approve'));
    if (plan === undefined) return 'There is no plan to approve.\n';
    await person.click(plan, 'Approve');
    return '';
  }
  if (!text.startsWith('/ams')) return HELP;
  await person.command(text.slice('/ams'.length).trim(), { channel: PEOPLE.channel });
  return '';
}
