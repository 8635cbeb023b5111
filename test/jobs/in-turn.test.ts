import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { InTurn } from '../../src/jobs/in-turn.ts';

it('what is handed out again while it is under way here begins when that has ended', async () => {
  const turns = new InTurn();
  const said: string[] = [];
  const visit = (name: string) => async () => {
    said.push(`${name} begins`);
    await sleep(20);
    said.push(`${name} ends`);
  };

  await Promise.all([
    turns.run('a', visit('first')),
    turns.run('a', visit('second')),
    turns.run('b', visit('other')),
  ]);

  expect(said.filter((one) => !one.startsWith('other'))).toEqual([
    'first begins',
    'first ends',
    'second begins',
    'second ends',
  ]);
  expect(said.indexOf('other begins')).toBeLessThan(said.indexOf('first ends'));
});

it('one that fails holds up nobody, and tells only who asked for it', async () => {
  const turns = new InTurn();

  const first = turns.run('a', () => Promise.reject(new Error('no')));
  const second = turns.run('a', () => Promise.resolve('yes'));

  await expect(first).rejects.toThrow('no');
  expect(await second).toBe('yes');
});
