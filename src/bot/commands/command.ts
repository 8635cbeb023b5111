import type { ModalView } from '@slack/types';
import type { Requester } from '../../cluster/operation.ts';
import type { Settings } from '../../cluster/settings.ts';
import type { Desk } from '../../jobs/desk.ts';
import type { Access } from '../access.ts';
import type { View } from '../views/text.ts';

/** One `--option`. `value` is what it takes, for help; undefined for a flag. */
export interface OptionSpec {
  readonly name: string;
  readonly value?: string;
  readonly help: string;
  /** @throws InputError naming the value and what is allowed */
  check?(text: string): void;
}

/** A typed command, split and checked as far as it can be without knowing anything. */
export interface Input {
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** What a command works with. It answers in private; what all should see comes as the message of its operation. */
export interface CommandContext {
  readonly desk: Desk;
  readonly settings: Settings;
  readonly access: Access;
  readonly requester: Requester;
  /** Same for the same command delivered twice. */
  readonly requestId: string;
  readonly now: () => number;
  /** All commands, for help and suggestions. */
  readonly commands: readonly Command[];
  /** Answers only the person who typed. */
  answer(view: View): Promise<void>;
  /** Opens a form. Must be the first thing: Slack's permission for it lasts 3 seconds. */
  openForm(form: ModalView): Promise<void>;
}

/** A command is one file; adding one is a line in `list.ts`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows `/ams <name>`. */
  readonly usage: string;
  readonly examples: readonly string[];
  readonly options: readonly OptionSpec[];
  /** More words than this are a mistake. */
  readonly maxWords: number;
  /** Its words are what a person says, with question marks perhaps. Default: no. */
  readonly isProse?: boolean;
  run(ctx: CommandContext, input: Input): Promise<void>;
}
