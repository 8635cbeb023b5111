import { PEOPLE } from '../world.ts';
import type { World } from '../world.ts';

export interface Story {
  /** Whether every part of it went well. */
  readonly went: boolean;
  readonly channel: string;
}

/** The cluster of the story. */
const CLUSTER = 'live-eu';

/**
 * The main job, as people live it: Dana asks for a cluster, Alex approves, it is built; then it is scaled and looked at.
 * Whoever takes part meanwhile decides about their own clusters.
 * @param patienceMs for each part of it
 * @returns how it went, and the channel for a picture of it
 */
export async function playStory(
  world: World,
  print: (line: string) => void,
  patienceMs: number,
): Promise<Story> {
  const { slack } = world;
  const dana = slack.as(PEOPLE.requester);
  const alex = slack.as(PEOPLE.approver);
  const channel = PEOPLE.channel;
  /** Messages dealt with already. */
  const shown = new Set<string>();
  const told: string[] = [];
  let typed = 'create-cluster';
  /** Nobody else has typed a command, so that there is one cluster. */
  let isAlone = true;
  const stop = slack.onEvent((event) => {
    if (event.type === 'command' && event.text !== typed) isAlone = false;
  });

  print('\nDana types /ams create-cluster, fills in the form and submits it.');
  await dana.command(typed, { channel });
  const form = await eventually('the form', () => dana.openView());
  const sent = await dana.submit(form, { Name: CLUSTER });
  if (sent.result !== 'closed') throw new Error(`The form was refused: ${JSON.stringify(sent)}`);
  if (!(await approve())) return finish(false);

  await type('scale edge 5', (command) => `The event grows: Dana types ${command}.`);
  const scaled = await approve();

  await type(
    'status',
    (command) =>
      `Dana types ${command}. The hours before the cluster was there are made up, so that there is a picture.`,
  );
  await slack.waitForMessage((message) => message.text.startsWith(`${CLUSTER} `) && !shown.has(message.ts), {
    channel,
    timeoutMs: patienceMs,
  });
  return finish(scaled);

  /** Dana types a command about the story's cluster, by its name where there may be others. */
  async function type(about: string, says: (command: string) => string): Promise<void> {
    typed = isAlone ? about : `${about} ${CLUSTER}`;
    print(`\n${says(`/ams ${typed}`)}`);
    await dana.command(typed, { channel });
  }

  /** Alex approves the plan that was asked for; resolves with whether its operation ended well. */
  async function approve(): Promise<boolean> {
    const plan = await slack.waitForMessage(
      ({ ts, text, blocks }) =>
        !shown.has(ts) &&
        text.includes(CLUSTER) &&
        (offers({ blocks }, 'Approve') || text.startsWith('Cannot')),
      { channel, timeoutMs: patienceMs },
    );
    shown.add(plan.ts);
    if (!offers(plan, 'Approve')) return false;
    print(`\nThe plan is shown:\n\n${indent(slack.render(plan))}\n\nAlex presses Approve.`);
    told.push(`dana  /ams ${typed}\n\n${slack.render(plan)}`);
    await alex.click(plan, 'Approve');
    const last = await slack.waitForMessage(
      // Others may reject or cancel it.
      (message) => message.ts === plan.ts && !/^(Plan|Starting|Running):/.test(message.text),
      { channel, timeoutMs: patienceMs },
    );
    return last.text.startsWith('Done');
  }

  function finish(went: boolean): Story {
    stop();
    print(`\n${'='.repeat(100)}\nThe channel, as a person reads it now:\n`);
    print(slack.transcript(channel));
    return { went, channel: [...told, withoutThreads(slack.transcript(channel))].join('\n\n') };
  }
}

/** Whether a message has a button with these words. */
export function offers(message: { blocks?: unknown }, label: string): boolean {
  return JSON.stringify(message.blocks ?? []).includes(`"text":"${label}"`);
}

async function eventually<T>(what: string, look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((again) => setTimeout(again, 50));
  }
  throw new Error(`${what} did not come within 10 s`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

function withoutThreads(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('  │'))
    .join('\n');
}
