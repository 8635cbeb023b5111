import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkRedis } from '../../src/doctor/redis.ts';
import { patientRedis, promptRedis } from '../../src/redis/connect.ts';
import { soonReady } from '../../src/redis/soon-ready.ts';
import { ownRedis } from '../support/own-redis.ts';
import { placeAt } from '../support/redis-place.ts';

const own = ownRedis();
beforeAll(async () => {
  await own.redis.call('ACL', 'SETUSER', 'clerk', 'reset', 'on', '>word', '~*', '&*', '+@all', '-select');
});

describe.each([
  ['is not there', '', 99, /DB index is out of range/],
  ['the user may not choose', 'clerk:word@', 1, /NOPERM/],
] as const)('a database that %s', (_why, login, number, words) => {
  const place = () => placeAt(`redis://${login}127.0.0.1:${own.server.port}/${number}`);

  it('is not taken for database 0: nothing is written there', async () => {
    const patient = patientRedis(place());
    // As BullMQ has one for each worker.
    const copy = (patient as Redis).duplicate();
    for (const client of [patient, copy]) {
      client.on('error', () => undefined);
      onTestFinished(() => client.disconnect());
    }

    for (const client of [patient, copy]) await expect(client.set('key', 'value')).rejects.toThrow(words);

    expect(await own.redis.exists('key')).toBe(0);
  });

  it('counts as a Redis that is not there for whoever does not wait', async () => {
    const prompt = promptRedis(place());
    prompt.on('error', () => undefined);
    onTestFinished(() => prompt.disconnect());
    await soonReady(prompt);

    expect(prompt.status).not.toBe('ready');
    await expect(prompt.set('key', 'value')).rejects.toThrow();
    expect(await own.redis.exists('key')).toBe(0);
  });

  it('is named by the doctor', async () => {
    expect((await checkRedis(place())).map(({ state }) => state)).toEqual(['bad']);
  });
});

it('another database that is there is taken', async () => {
  const client = patientRedis(placeAt(`${own.server.url}/3`));
  onTestFinished(() => client.disconnect());

  await client.set('key', 'value');

  expect(await own.redis.exists('key')).toBe(0);
  expect(await client.get('key')).toBe('value');
});
