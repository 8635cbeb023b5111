import { expect, it } from 'vitest';
import { ownRedis } from '../support/own-redis.ts';

const own = ownRedis();

/** How often Redis had to read from its clients so far. */
async function reads(): Promise<number> {
  return Number(/^total_reads_processed:(\d+)/m.exec(await own.redis.info('stats'))?.[1]);
}

it('sends commands of one moment in few pieces, in their order, and after a reconnect too', async () => {
  await own.redis.ping();
  for (let round = 0; round < 2; round += 1) {
    const before = await reads();

    const answers = await Promise.all(Array.from({ length: 100 }, () => own.redis.incr('count')));

    const after = await reads();
    expect(answers.map((answer) => answer - (answers[0] ?? 0))).toEqual([...answers.keys()]);
    expect(after - before).toBeLessThan(25);
    await own.server.kill();
    await own.server.start();
    await own.redis.ping();
  }
});
