import { expect, it, onTestFinished } from 'vitest';
import { freePort, startRedis } from '../../sandbox/redis.ts';
import { patientRedis } from '../../src/redis/connect.ts';
import { soonReady } from '../../src/redis/soon-ready.ts';
import { placeAt } from '../support/redis-place.ts';

function connectTo(url: string) {
  const client = patientRedis(placeAt(url));
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

it('waits for the first connection', async () => {
  const server = await startRedis();
  onTestFinished(() => server.close());
  const client = connectTo(server.url);
  expect(client.status).not.toBe('ready');

  await soonReady(client);

  expect(client.status).toBe('ready');
});

it('does not wait for ever where there is none', async () => {
  const client = connectTo(`redis://127.0.0.1:${await freePort()}`);

  await soonReady(client);

  expect(client.status).not.toBe('ready');
});
