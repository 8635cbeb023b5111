import { ConfigError, loadConfig } from './config/config.ts';
import type { Config } from './config/config.ts';
import { examine, good, reportLines, warning } from './doctor/check.ts';
import { checkCloud } from './doctor/cloud.ts';
import { checkPlaces } from './doctor/places.ts';
import { checkRedis } from './doctor/redis.ts';
import { checkSlack } from './doctor/slack.ts';
import { checkTraces } from './doctor/traces.ts';

/**
 * Looks at everything that the program needs of the outside and says what to fix.
 * @returns the exit code: 0 when it would work, 1 when something is to be fixed
 */
export async function runDoctor(
  environment: NodeJS.ProcessEnv,
  print: (line: string) => void,
): Promise<number> {
  let config: Config;
  try {
    config = loadConfig(environment, ['bot', 'worker']);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    reportLines(error.mistakes.map((what) => ({ state: 'bad', what }))).forEach(print);
    print(
      'Mend this in the environment (.env) or in ams.yaml and run the doctor again: then it looks at Redis, Slack and Alibaba Cloud.',
    );
    return 1;
  }
  const findings = [
    ...config.doubts.map((doubt) =>
      warning(doubt, 'Correct its name, or leave it if it is not meant for us.'),
    ),
    good(`The configuration is complete (${config.settingsPath ?? 'no ams.yaml, defaults only'})`),
    ...(await examine('Redis', () => checkRedis(config.redis, config.namespace))),
    ...(await examine('Slack', () => checkSlack(config.slack, config.settings))),
    ...(await examine('Alibaba Cloud', () => checkCloud(config))),
    ...(await examine('The settings', () => checkPlaces(config.settings))),
    ...(await examine('Traces', () => checkTraces(config.tracing))),
  ];
  reportLines(findings).forEach(print);
  const wrong = findings.filter((finding) => finding.state === 'bad').length;
  print(
    wrong === 0 ? 'Ready: npm start' : `${wrong} thing${wrong === 1 ? '' : 's'} to fix before it will work.`,
  );
  return wrong === 0 ? 0 : 1;
}
