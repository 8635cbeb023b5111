import { writeFile } from 'node:fs/promises';
import { startCrew } from '../page/crew.ts';
import { openInBrowser } from '../page/open.ts';
import { startPage } from '../page/server.ts';
import type { Page } from '../page/server.ts';
import { startRedis } from '../redis.ts';
import { PAST_MS, startWorld } from '../world.ts';
import { narrate } from './narrate.ts';
import { channelPicture } from './picture.ts';
import { playStory } from './story.ts';
import { talk } from './talk.ts';

const USAGE = `Usage: npm run demo -- [options]

Plays the main job and shows it on a page in the browser, where you can go on yourself. Ctrl-C ends it.

  --exit        play the main job and end (0 when all of it went well); no page
  --empty       play nothing: an empty account to begin with
  --port N      serve the page on this port; any free one unless told
  --no-open     only print the address of the page
  --scale N     real seconds for a simulated second, default 0.02 (fifty times faster)
  --picture F   draw the channel into the SVG file F
  --log         show the product's own log too
`;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const at = args.indexOf('--scale');
  const timeScale = at < 0 ? 0.02 : Number(args[at + 1]);
  if (!(timeScale >= 0.002 && timeScale <= 1)) {
    process.stderr.write(`--scale must be a number from 0.002 to 1, got ${args[at + 1] ?? 'nothing'}.\n`);
    return 2;
  }
  const portAt = args.indexOf('--port');
  const port = portAt < 0 ? 0 : Number(args[portAt + 1]);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    process.stderr.write(`--port must be a number from 0 to 65535, got ${args[portAt + 1] ?? 'nothing'}.\n`);
    return 2;
  }
  const interrupted = new Promise<undefined>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(undefined));
  });
  process.stdout.write(
    'Starting a simulated Alibaba Cloud, Slack and machines on this computer, and the unchanged product…\n',
  );
  const redis = await startRedis();
  const world = await startWorld({ timeScale, alibaba: { pastMs: PAST_MS } });
  const crew = await startCrew(await world.environment({ redisUrl: redis.url }), timeScale);
  let page: Page | undefined;
  const quiet = narrate(world, (line) => process.stdout.write(`${line}\n`));
  const done = async (): Promise<void> => {
    quiet();
    await page?.close();
    await crew.close();
    await world.close();
    await redis.close();
  };
  try {
    if (!args.includes('--exit')) {
      page = await startPage(world, crew, port);
      process.stdout.write(`\nOpen ${page.url} in your browser to watch and to take part.\n`);
      if (!args.includes('--no-open')) openInBrowser(page.url);
    }
    if (page && args.includes('--empty')) {
      await talk(world, page.url, interrupted);
      return 0;
    }
    const story = playStory(world, (line) => process.stdout.write(`${line}\n`));
    const played = await Promise.race([story, interrupted]);
    if (played === undefined) {
      story.catch(() => undefined);
      return 130;
    }
    const { went, channel } = played;
    const picture = args.indexOf('--picture');
    if (picture >= 0) await writeFile(args[picture + 1] ?? 'channel.svg', channelPicture(channel));
    if (args.includes('--log')) process.stdout.write(`\n${crew.output().join('\n')}\n`);
    if (page) await talk(world, page.url, interrupted);
    return went ? 0 : 1;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\n${crew.output().slice(-30).join('\n')}\n`,
    );
    return 1;
  } finally {
    await done();
  }
}

process.exit(await main(process.argv.slice(2)));
