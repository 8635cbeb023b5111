import { createInterface } from 'node:readline/promises';
import { PEOPLE } from '../world.ts';
import type { World } from '../world.ts';

const HELP = `
Here, too, you can go on yourself; "alex:" or "dana:" before a line says who types (dana unless told).
  /ams help                     any command
  alex: approve                 press Approve on the newest plan
  show                          print the channel again
  quit
`;

/** Lets the person at the terminal type as Dana or Alex until they quit or it is interrupted. */
export async function talk(world: World, pageUrl: string, interrupted: Promise<undefined>): Promise<void> {
  const { slack } = world;
  process.stdout.write(`\nThe page goes on at ${pageUrl} until you press Ctrl-C.\n`);
  if (!process.stdin.isTTY) {
    await interrupted;
    return;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  process.stdout.write(HELP);
  const ended = new Promise<undefined>((done) => terminal.once('close', () => done(undefined)));
  for (;;) {
    const line = (await Promise.race([terminal.question('> '), ended, interrupted]))?.trim();
    if (line === undefined || line === 'quit' || line === 'exit') break;
    if (line === '') continue;
    const [, name, text = line] = /^(dana|alex):\s*(.*)$/.exec(line) ?? [];
    const person = slack.as(name === 'alex' ? PEOPLE.approver : PEOPLE.requester);
    if (text === 'show') {
      process.stdout.write(`${slack.transcript(PEOPLE.channel)}\n`);
    } else if (text === 'approve') {
      const plan = slack
        .messages(PEOPLE.channel)
        .findLast((message) => JSON.stringify(message.blocks).includes('Approve'));
      if (plan) await person.click(plan, 'Approve');
      else process.stdout.write('There is no plan to approve.\n');
    } else if (text.startsWith('/ams')) {
      await person.command(text.slice('/ams'.length).trim(), { channel: PEOPLE.channel });
    } else {
      process.stdout.write(HELP);
    }
  }
  terminal.close();
}
