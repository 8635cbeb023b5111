import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { InputError } from '../../cluster/errors.ts';
import { explain } from '../explain.ts';
import type { BotParts } from '../parts.ts';
import { answering } from '../tell.ts';
import type { Tell } from '../tell.ts';
import { commandHelp, helpView } from '../views/help.ts';
import { clip } from '../views/text.ts';
import { ownExamples, ownOf } from './examples.ts';
import { COMMANDS } from './list.ts';
import { mendedCommands } from './mend.ts';
import { asTyped, parseCommand } from './parse.ts';
import type { CommandContext } from './command.ts';

/** What is kept of the typed text, for the audit. */
const KEPT_TEXT = 500;

/** Answers every slash command that Slack sends: acknowledge, authorise, parse, run. */
export function registerCommands(app: App, parts: BotParts): void {
  app.command(/^\//, async ({ command, ack, respond, client }) => {
    await ack();
    const text = asTyped(command.text ?? '');
    const place = { user: command.user_id, channel: command.channel_id };
    const answer = answering(respond, { client, log: parts.log, ...place });
    try {
      if (!(await parts.isFirst(`command:${command.trigger_id}`))) return;
      await parts.access.checkMayUse(command.user_id, command.channel_id);
      const parsed = parseCommand(text, COMMANDS);
      if (parsed.kind === 'help') {
        const about = COMMANDS.find((one) => one.name === parsed.about);
        const own = await ownOf(parts, command.channel_id);
        return await answer(
          about ? commandHelp(about, ownExamples(about, own)) : helpView(COMMANDS, own.clusters),
        );
      }
      const ctx = contextFor(parts, { ...command, text }, answer, client);
      await parsed.command.run(ctx, parsed.input);
    } catch (error) {
      const mend = error instanceof InputError ? error.mend : undefined;
      const mended = mend === undefined ? [] : mendedCommands(text, mend, COMMANDS);
      await answer(explain(error, parts.log, mended));
    }
  });
}

function contextFor(
  parts: BotParts,
  command: {
    user_id: string;
    channel_id: string;
    team_id: string;
    trigger_id: string;
    text: string;
    command: string;
  },
  answer: Tell,
  client: WebClient,
): CommandContext {
  const { desk, settings, access, now } = parts;
  return {
    desk,
    settings,
    access,
    now,
    commands: COMMANDS,
    requestId: command.trigger_id,
    requester: {
      user: command.user_id,
      channel: command.channel_id,
      team: command.team_id,
      text: clip(`${command.command} ${command.text}`.trim(), KEPT_TEXT),
    },
    answer,
    async openForm(form) {
      await client.views.open({ trigger_id: command.trigger_id, view: form });
    },
  };
}
