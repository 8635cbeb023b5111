import { describe, expect, it } from 'vitest';
import { ownExamples } from '../../src/bot/commands/examples.ts';
import { COMMANDS } from '../../src/bot/commands/list.ts';
import { mendedCommands } from '../../src/bot/commands/mend.ts';
import { parseCommand } from '../../src/bot/commands/parse.ts';
import { wantScale } from '../../src/bot/commands/scale.ts';
import type { CommandContext } from '../../src/bot/commands/command.ts';
import { InputError } from '../../src/cluster/errors.ts';

/** What is offered for a text that is refused while it is read. */
function offered(text: string): readonly string[] {
  try {
    parseCommand(text, COMMANDS);
  } catch (error) {
    if (error instanceof InputError) return error.mend ? mendedCommands(text, error.mend, COMMANDS) : [];
    throw error;
  }
  throw new Error(`${text} is understood`);
}

describe('the corrected command', () => {
  it.each([
    ['craete-cluster live --edge 3', 'create-cluster live --edge 3'],
    ['craete-cluster live —egde 3 --orgin=2', 'create-cluster live --edge 3 --origin=2'],
    [
      'create-cluster live --domain https://live.example.com/x',
      'create-cluster live --domain live.example.com',
    ],
    ['scale edge 5 --with-limits=yes', 'scale edge 5 --with-limits'],
    ['scale edge 5 --with-limits=No', undefined],
    ['/ams craete-cluster live', 'create-cluster live'],
    ['`/ams craete-cluster live`', 'create-cluster live'],
    ['reject  op-7k3m9q2x --resaon “too large”', undefined],
    ['create-cluster live --zones eu', undefined],
    ['xyzzy', undefined],
    ['create-cluster live --edge-maximum 20', 'create-cluster live --edge-max 20'],
    ['create-cluster live --edge-cpu-percent 50', 'create-cluster live --edge-cpu 50'],
    // What is meant differs from what `scale edge 2` does.
    ['scale-up edge 2', undefined],
    ['scaledown edge 2', undefined],
    ['craete-cluster live `x`', undefined],
  ])('of "%s" is "%s"', (text, right) => {
    expect(offered(text)).toEqual(right === undefined ? [] : [right]);
  });

  it.each([
    ['scale egde 5 live', 'scale edge 5 live'],
    ['scale 5 edge', 'scale edge 5'],
    ['scale live edge +2', 'scale edge +2 live'],
    ['scale live five', undefined],
    ['scale edge five', 'scale edge 5'],
    ['scale edge Five live', 'scale edge 5 live'],
    ['scale edge 3x live', 'scale edge 3 live'],
    ['scale edge +two live', 'scale edge +2 live'],
    ['scale edge more live', 'scale edge +1 live'],
    ['scale edge +0 live', 'scale edge +1 live'],
    ['scale edge 5000 live', undefined],
    ['scale edge 2.5 live', undefined],
    ['scale edge live', undefined],
    ['scale edge live 5', 'scale edge 5 live'],
    ['scale edge to 5', 'scale edge 5'],
    ['scale edge by 2', 'scale edge +2'],
    ['scale edge by -1', 'scale edge -1'],
    ['scale edge + 2', 'scale edge +2'],
    ['scale edge − 2', 'scale edge -2'],
    ['scale edge up 2', 'scale edge +2'],
    ['scale edge down 2', 'scale edge -2'],
    ['scale down edge 2', 'scale edge -2'],
    ['scale to edge 5', 'scale edge 5'],
    ['scale edge', 'scale edge +1'],
  ])('of "%s" is "%s", which only scale can know', async (text, right) => {
    const parsed = parseCommand(text, COMMANDS);
    if (parsed.kind !== 'run') throw new Error('not a command');
    const error: unknown = await wantScale({} as CommandContext, parsed.input).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toBeInstanceOf(InputError);
    const { mend } = error as InputError;
    expect(mend ? mendedCommands(text, mend, COMMANDS) : []).toEqual(right === undefined ? [] : [right]);
  });

  it('offers one for each cluster that may be meant', () => {
    expect(mendedCommands('scale edge 5', { append: ['live', 'paris'] }, COMMANDS)).toEqual([
      'scale edge 5 live',
      'scale edge 5 paris',
    ]);
  });
});

describe('examples', () => {
  const own = { clusters: ['paris', 'live'], operation: 'op-abcd2345' };
  const all = COMMANDS.flatMap((command) => ownExamples(command, own));

  it('speak of the reader’s clusters and operations', () => {
    expect(all).toContain('status paris');
    expect(all).toContain('scale edge +2 paris');
    expect(all).toContain('approve op-abcd2345');
    expect(all).toContain('destroy-cluster paris --confirm paris');
  });

  it('make a cluster under a name that is free, and keep its domain', () => {
    expect(all).toContain('create-cluster live-2 --domain live.example.com --edge 3');
    expect(all).toContain('plan create-cluster live-2 --edge 5');
  });

  it('can still be read', () => {
    for (const example of all) expect(() => parseCommand(example, COMMANDS), example).not.toThrow();
  });
});
