import { looking } from '../views/answers.ts';
import { clusterFor } from './cluster.ts';
import type { Command } from './command.ts';

export const testFly: Command = {
  name: 'test-fly',
  summary: 'fetches the publish and play pages, checks TLS and the WebSocket',
  usage: '[cluster]',
  examples: ['test-fly', 'test-fly live'],
  options: [],
  maxWords: 1,
  async run(ctx, input) {
    const cluster = await clusterFor(ctx, input.words[0], 'test-fly');
    await ctx.desk.ask({ kind: 'test-fly', cluster }, ctx.requester);
    await ctx.answer(looking(cluster));
  },
};
