import { describe, expect, it } from 'vitest';
import { commandsFile } from '../../scripts/commands.ts';
import { completionsOf } from '../../sandbox/page/client/hints.ts';
import { read } from '../docs/markdown.ts';

const known = {
  clusters: ['live', 'live-eu'],
  operationsFor: (command: string) =>
    command === 'approve' ? [{ word: 'op-7k3m9q2x', summary: 'Plan: scale edge' }] : [],
};

/** The words offered for what would come next. */
function offered(typed: string): string[] {
  return completionsOf(typed, known).map((one) => one.text.trimEnd().split(' ').at(-1) ?? '');
}

describe('the composer', () => {
  it('knows what the bot knows (else: npm run schema)', () => {
    expect(read('sandbox/page/client/commands.json')).toBe(commandsFile());
  });

  it('offers commands, and completes a begun one', () => {
    expect(offered('/ams ')).toContain('create-cluster');
    expect(completionsOf('/ams hel', known).map((one) => one.text)).toEqual(['/ams help ']);
    expect(offered('/ams help')).toEqual([]);
    expect(offered('/ams STATUS')).toEqual([]);
    expect(offered('good morning')).toEqual([]);
  });

  it.each([
    ['/ams scale ', ['origin', 'edge']],
    ['/ams scale e', ['edge']],
    ['/ams scale edge ', []],
    ['/ams scale edge 4 ', ['live', 'live-eu', '--with-limits']],
    ['/ams scale edge 4 --', ['--with-limits']],
    ['/ams scale edge --with-limits 4 ', ['live', 'live-eu']],
    ['/ams status ', ['live', 'live-eu']],
    ['/ams status live', ['live-eu']],
    ['/ams plan ', ['create-cluster', 'scale', 'repair', 'destroy-cluster']],
    ['/ams plan scale edge 4 --', ['--with-limits']],
    ['/ams plan repair live --', []],
    ['/ams plan destroy-cluster l', ['live', 'live-eu']],
    ['/ams approve ', ['op-7k3m9q2x']],
    ['/ams reject ', []],
    ['/ams ops ', ['live', 'live-eu', '--live']],
    ['/ams destroy-cluster live --confirm ', ['live', 'live-eu']],
    ['/ams create-cluster tv --dns ', ['print', 'alidns']],
    ['/ams create-cluster tv --cidr 10.0.0.0/16 --ci', []],
  ])('offers after "%s" %j', (typed, words) => {
    expect(offered(typed)).toEqual(words);
  });

  it('offers each option of a command and each command to help', () => {
    const options = offered('/ams create-cluster tv --');

    for (const name of ['edge-cpu', 'edge-desired', 'cidr', 'vpc', 'dns', 'image', 'mongo-uri'])
      expect(options).toContain(`--${name}`);
    expect(offered('/ams help ')).toContain('rollback');
  });
});
