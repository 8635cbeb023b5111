import { open, writeFile } from 'node:fs/promises';
import { startCrew } from '../page/crew.ts';
import { openInBrowser } from '../page/open.ts';
import { checkFree, startPage } from '../page/server.ts';
import { startRedis } from '../redis.ts';
import { PAST_MS, PEOPLE, startWorld } from '../world.ts';
import { listenForInterruption } from './interruption.ts';
import type { Interruption } from './interruption.ts';
import { narrate } from './narrate.ts';
import type { DemoOptions } from './options.ts';
import { channelPicture } from './picture.ts';
import { playStory } from './story.ts';
import { talk } from './talk.ts';

/** As shells count a Ctrl-C. */
const INTERRUPTED = 130;

/** Longest wait for each part of the story, in real time; and besides in simulated time, for one that is slow. */
const PATIENCE_MS = 150_000;
const SIMULATED_PATIENCE_MS = 30 * 60_000;

/** Plays the demo until its end or until it is interrupted. @returns the exit code */
export async function runDemo(options: DemoOptions): Promise<number> {
  const interruption = listenForInterruption();
  /** What ends it all, the last first. */
  const endings: (() => Promise<void> | void)[] = [];
  try {
    return await play(options, interruption, (ending) => endings.unshift(ending));
  } catch (error) {
    // What it was starting may well have been interrupted with it.
    if (interruption.came) return INTERRUPTED;
    process.stderr.write(`${wordsOf(error)}\n`);
    return 1;
  } finally {
    for (const end of endings) await end();
  }
}

async function play(
  options: DemoOptions,
  interruption: Interruption,
  atEnd: (ending: () => Promise<void> | void) => void,
): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (!options.exit) await checkFree(options.port);
  // Told before a minute of waiting.
  if (options.picture !== undefined) await (await open(options.picture, 'a')).close();
  print(
    'Starting a simulated Alibaba Cloud, Slack and machines on this computer, and the unchanged product…',
  );
  const redis = await startRedis();
  atEnd(() => redis.close());
  const world = await startWorld({ timeScale: options.timeScale, alibaba: { pastMs: PAST_MS } });
  atEnd(() => world.close());
  const environment = await world.environment({ redisUrl: redis.url });
  if (interruption.came) return INTERRUPTED;
  // A terminal's Ctrl-C ends Redis too, without which no product gets ready. Both end with this process.
  const starting = startCrew(environment, options.timeScale);
  starting.catch(() => undefined);
  const crew = await Promise.race([starting, interruption.wait]);
  if (crew === undefined) return INTERRUPTED;
  atEnd(() => crew.close());

  const page = options.exit ? undefined : await startPage(world, crew, options.port);
  atEnd(() => page?.close());
  atEnd(narrate(world, print));
  if (page !== undefined) {
    print(`\nOpen ${page.url} in your browser to watch and to take part.`);
    if (options.open) openInBrowser(page.url);
    if (options.empty) {
      await talk(world, page.url, interruption.wait);
      return 0;
    }
  }
  try {
    // Who has the page may make time as slow as the real one.
    const slowest = page === undefined ? options.timeScale : 1;
    const patienceMs = PATIENCE_MS + SIMULATED_PATIENCE_MS * slowest;
    const story = playStory(world, print, patienceMs).catch((error: unknown) => {
      if (page === undefined || interruption.came) throw error;
      print(
        `\nThe story ends here, the page goes on: ${wordsOf(error)}\n${crew.output().slice(-30).join('\n')}`,
      );
      return { went: false, channel: world.slack.transcript(PEOPLE.channel) };
    });
    story.catch(() => undefined);
    const played = await Promise.race([story, interruption.wait]);
    if (played === undefined) return INTERRUPTED;
    if (options.picture !== undefined) await writeFile(options.picture, channelPicture(played.channel));
    if (options.log) print(`\n${crew.output().join('\n')}`);
    if (page !== undefined) await talk(world, page.url, interruption.wait);
    return played.went ? 0 : 1;
  } catch (error) {
    throw new Error(`${wordsOf(error)}\n${crew.output().slice(-30).join('\n')}`, { cause: error });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
