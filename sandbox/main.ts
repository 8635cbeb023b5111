import { listenForInterruption } from './demo/interruption.ts';
import { readSandboxOptions } from './options.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readSandboxOptions(args, process.env);
  if ('say' in options) {
    process[options.code === 0 ? 'stdout' : 'stderr'].write(options.say);
    return options.code;
  }
  // Whoever interrupts it while it starts leaves nothing behind either.
  const interruption = listenForInterruption();
  const { PAST_MS, startWorld } = await import('./world.ts');
  const { startPage } = await import('./page/server.ts');
  const world = await startWorld({ alibaba: { pastMs: PAST_MS }, timeScale: options.timeScale });
  try {
    const page = await startPage(world);
    const environment = await world.environment({ redisUrl: options.redisUrl });
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    if (!interruption.came)
      process.stdout.write(
        `# The simulated world is up; its page is ${page.url}\n# Environment variables for a product that you run against it:\n${lines.join('\n')}\n`,
      );
    await interruption.wait;
    await page.close();
  } finally {
    await world.close();
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
