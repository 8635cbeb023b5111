import { readDemoOptions } from './options.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readDemoOptions(args);
  if ('say' in options) {
    process[options.code === 0 ? 'stdout' : 'stderr'].write(options.say);
    return options.code;
  }
  // All that it needs takes a second to load.
  const { runDemo } = await import('./run.ts');
  return runDemo(options);
}

process.exit(await main(process.argv.slice(2)));
