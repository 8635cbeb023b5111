import { PEOPLE } from '../world.ts';
import type { World } from '../world.ts';

/** Generous: the whole create takes about seven simulated minutes. */
const PATIENCE_MS = 150_000;

/**
 * The main job, as people live it: Dana asks for a cluster, Alex approves, it is built; then it is scaled and looked at.
 * @returns whether every part of it went well
 */
export async function playStory(world: World, print: (line: string) => void): Promise<boolean> {
  const { slack } = world;
  const dana = slack.as(PEOPLE.requester);
  const alex = slack.as(PEOPLE.approver);
  const channel = PEOPLE.channel;

  print('\nDana types /ams create-cluster, fills in the form and submits it.');
  await dana.command('create-cluster', { channel });
  const form = dana.openView();
  if (!form) throw new Error('The form did not open.');
  const sent = await dana.submit(form, { Name: 'live-eu' });
  if (sent.errors) throw new Error(`The form was refused: ${JSON.stringify(sent.errors)}`);

  await approveNext('create');
  const built = await ending(/live-eu/);
  if (!built) return finish(false);

  print('\nThe event grows: Dana types /ams scale edge 5.');
  await dana.command('scale edge 5 live-eu', { channel });
  await approveNext('scale');
  const scaled = await ending(/scal|edge/i);

  print('\nDana types /ams status.');
  const before = slack.messages(channel).length;
  await dana.command('status live-eu', { channel });
  await slack.waitForMessage(() => slack.messages(channel).length > before, {
    channel,
    timeoutMs: PATIENCE_MS,
  });
  return finish(scaled);

  async function approveNext(what: string): Promise<void> {
    const plan = await slack.waitForMessage((message) => has(message, 'Approve'), {
      channel,
      timeoutMs: PATIENCE_MS,
    });
    print(`\nThe plan to ${what} is shown; Alex presses Approve.`);
    await alex.click(plan, 'Approve');
  }

  /** Waits for the end of the newest operation. */
  async function ending(about: RegExp): Promise<boolean> {
    const last = await slack.waitForMessage(
      (message) =>
        message.thread_ts === undefined &&
        about.test(JSON.stringify(message)) &&
        !has(message, 'Approve') &&
        /is ready|is done|succeeded|failed|stopped|has \d+ nodes/i.test(message.text),
      { channel, timeoutMs: PATIENCE_MS },
    );
    return !/failed|stopped/i.test(last.text);
  }

  function finish(went: boolean): boolean {
    print(`\n${'='.repeat(100)}\nThe channel, as a person reads it now:\n`);
    print(slack.transcript(channel));
    return went;
  }
}

function has(message: { blocks?: unknown }, label: string): boolean {
  return JSON.stringify(message.blocks ?? []).includes(`"text":"${label}"`);
}
