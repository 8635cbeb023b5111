import { AmsError } from '../cluster/errors.ts';

/** Slack does not let the bot in. */
export class SlackRefused extends AmsError {
  readonly code = 'slack_refused';

  constructor(what: string, why: string) {
    super(`Slack refused ${what}: ${why}.`, {
      hint: 'Check the tokens of the app under api.slack.com/apps; `npm run doctor` checks its scopes too.',
    });
  }
}

/** The port for Slack's requests cannot be had. */
export class PortRefused extends AmsError {
  readonly code = 'port_refused';

  constructor(port: number, why: string) {
    super(`PORT: ${port} cannot be listened on (${why}).`, {
      hint: 'Give the bot a port of its own, above 1023, and look who has this one.',
    });
  }
}
