import { expect } from 'vitest';
import { offers } from './town.ts';
import type { Message, Town } from './town.ts';

/** Reads a town as the people in it do: what is said to one person, what is said to all, what the cloud was asked. */
export interface Watcher {
  /** A message as one line of plain words. */
  words(message: Message): string;
  /** Does something as a person and returns, as one line, what only that person is told next. */
  told(person: Town['dana'], act: () => Promise<unknown>): Promise<string>;
  /** What only Dana is told when she types this. */
  answer(command: string): Promise<string>;
  /** What Dana alone reads when the checks before approval refuse this. */
  refused(command: string): Promise<string>;
  /** Has a small cluster planned; other clusters may be planned at the same time. */
  planned(name: string, more?: string): Promise<Message>;
  /** Creates a small cluster and returns how its message reads at the end, however it ends. */
  created(name: string, more?: string): Promise<string>;
  /** What the channel reads when the question of that command is answered. */
  asked(command: string, fits: RegExp): Promise<string>;
  /** Calls to the cloud so far that could have changed anything. */
  writes(): string[];
  /** Plans and operations that the channel has seen so far. */
  plans(): number;
}

const READS = /^(Describe|List|Get|Query|CheckProductOpen)/;

export function watch(town: Town): Watcher {
  const { slack, alibaba } = town.world;
  const words = (message: Message) => slack.render(message).replace(/\s+/g, ' ').trim();
  const watcher: Watcher = {
    words,
    async told(person, act) {
      const seen = slack.ephemerals(person.id, town.channel).length;
      await act();
      await expect
        .poll(() => slack.ephemerals(person.id, town.channel).length, { interval: 10 })
        .toBeGreaterThan(seen);
      const message = slack.ephemerals(person.id, town.channel).at(-1);
      return message === undefined ? '' : words(message);
    },
    answer: (command) => watcher.told(town.dana, () => town.dana.command(command, { channel: town.channel })),
    async refused(command) {
      const message = await town.plan(command);
      expect(message.text, slack.render(message)).toMatch(/^Cannot /);
      expect(message.visible_to).toBe(town.dana.id);
      expect(JSON.stringify(slack.messages(town.channel))).not.toContain(message.text.slice(0, 60));
      return words(message);
    },
    async planned(name, more = '') {
      const size = '--origin 1 --edge 1 --edge-min 1';
      await town.dana.command(`create-cluster ${name} ${size} ${more}`, { channel: town.channel });
      return town.next(
        (message) =>
          new RegExp(`cluster ${name}(?![a-z0-9-])`).test(message.text) &&
          (offers(message, 'Approve') || message.text.startsWith('Cannot')),
      );
    },
    async created(name, more) {
      const plan = await watcher.planned(name, more);
      return words(offers(plan, 'Approve') ? await town.approve(plan) : plan);
    },
    async asked(command, fits) {
      await town.dana.command(command, { channel: town.channel });
      return words(await town.next((message) => fits.test(message.text)));
    },
    writes: () => alibaba.cloud.requests.map((one) => one.action).filter((action) => !READS.test(action)),
    plans: () =>
      slack.messages(town.channel).filter((one) => JSON.stringify(one.blocks ?? []).includes('"Approve"'))
        .length,
  };
  return watcher;
}
