import { listenForInterruption } from './demo/interruption.ts';
import { startPage } from './page/server.ts';
import { PAST_MS, startWorld } from './world.ts';

const at = process.argv.indexOf('--scale');
const scale = at < 0 ? process.env['AMS_TIME_SCALE'] : process.argv[at + 1];
const world = await startWorld({
  alibaba: { pastMs: PAST_MS },
  ...(scale === undefined || scale === '' ? {} : { timeScale: Number(scale) }),
});
const page = await startPage(world);
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const environment = await world.environment({ redisUrl });
const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
process.stdout.write(
  `# The simulated world is up; its page is ${page.url}\n# Environment of a product that lives in it:\n${lines.join('\n')}\n`,
);
await listenForInterruption().wait;
await page.close();
await world.close();
