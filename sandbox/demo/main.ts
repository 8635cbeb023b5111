import { writeFile } from 'node:fs/promises';
import { startProduct } from '../product.ts';
import { startRedis } from '../redis.ts';
import { startWorld } from '../world.ts';
import { narrate } from './narrate.ts';
import { channelPicture } from './picture.ts';
import { playStory } from './story.ts';
import { talk } from './talk.ts';

const USAGE = `Usage: npm run demo -- [options]

  --exit        play the main job and end (0 when all of it went well)
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
  process.stdout.write(
    'Starting a simulated Alibaba Cloud, Slack and machines on this computer, and the unchanged product…\n',
  );
  const redis = await startRedis();
  const world = await startWorld({ timeScale });
  const product = await startProduct('start', await world.environment({ redisUrl: redis.url }));
  const quiet = narrate(world, (line) => process.stdout.write(`${line}\n`));
  const done = async (): Promise<void> => {
    quiet();
    await product.stop();
    await world.close();
    await redis.close();
  };
  try {
    const { went, channel } = await playStory(world, (line) => process.stdout.write(`${line}\n`));
    const picture = args.indexOf('--picture');
    if (picture >= 0) await writeFile(args[picture + 1] ?? 'channel.svg', channelPicture(channel));
    if (args.includes('--log')) process.stdout.write(`\n${product.output.join('\n')}\n`);
    if (!args.includes('--exit') && went) await talk(world);
    return went ? 0 : 1;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\n${product.output.slice(-30).join('\n')}\n`,
    );
    return 1;
  } finally {
    await done();
  }
}

process.exit(await main(process.argv.slice(2)));
