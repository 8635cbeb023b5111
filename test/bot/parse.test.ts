import { describe, expect, it } from 'vitest';
import { readCreateOptions } from '../../src/bot/commands/create-options.ts';
import { COMMANDS } from '../../src/bot/commands/list.ts';
import { editDistance, nearest } from '../../src/cluster/nearest.ts';
import { asTyped, parseCommand, splitWords } from '../../src/bot/commands/parse.ts';
import { readAmount } from '../../src/bot/commands/scale.ts';
import { AmsError } from '../../src/cluster/errors.ts';
import { groupNumbers } from '../../src/cluster/settings.ts';
import { settings } from './samples.ts';

function words(text: string): string[] {
  return splitWords(text).map((word) => word.text);
}

/** The options of a typed create-cluster. */
function typed(text: string) {
  const parsed = parseCommand(`create-cluster live ${text}`, COMMANDS);
  if (parsed.kind !== 'run') throw new Error('help was not asked for');
  return readCreateOptions(parsed.input.options, settings);
}

function refusedWith(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AmsError) return `${error.message} ${error.hint}`;
    throw error;
  }
  return 'not refused';
}

describe('splitting what was typed', () => {
  it('keeps quoted words together, whatever quotes the keyboard makes', () => {
    expect(words(`reject op-1 "too large"`)).toEqual(['reject', 'op-1', 'too large']);
    expect(words('reject op-1 “too large”')).toEqual(['reject', 'op-1', 'too large']);
    expect(words('a=‘b c’ d')).toEqual(['a=b c', 'd']);
    expect(words("reject op-1 it's too large")).toEqual(['reject', 'op-1', "it's", 'too', 'large']);
    // Behind an equals sign a phone closes what it should open; some languages close twice.
    expect(words('—domain=”live.example.com” a=’b c’')).toEqual(['--domain=live.example.com', 'a=b c']);
    expect(words('reject op-1 ”för stor”')).toEqual(['reject', 'op-1', 'för stor']);
    expect(words('reject op-1 ’tis too large')).toEqual(['reject', 'op-1', '’tis', 'too', 'large']);
  });

  it('undoes the dashes and minus signs that keyboards make', () => {
    expect(words('status —help')).toEqual(['status', '--help']);
    expect(words('scale edge −2')).toEqual(['scale', 'edge', '-2']);
  });

  it('takes what was pasted with the marks around it', () => {
    expect(words('status `live-eu`')).toEqual(['status', 'live-eu']);
    for (const text of [
      '`status live-eu`',
      '/ams status live-eu',
      '`/ams status live-eu`',
      '\u200bstatus live\u2060-eu\ufeff',
      '\u200estatus live\u00ad-eu\u202c',
      'status\u00a0live-eu\r\n',
    ])
      expect(parseCommand(text, COMMANDS), text).toMatchObject({
        command: { name: 'status' },
        input: { words: ['live-eu'] },
      });
  });

  it.each([
    ['--domain <http://live.example.com|live.example.com>', '--domain live.example.com'],
    ['--domain <https://live.example.com>', '--domain https://live.example.com'],
    ['mongodb://u:<mailto:pw@10.0.0.9|pw@10.0.0.9>/x', 'mongodb://u:pw@10.0.0.9/x'],
    ['ask <@U0BOB00001|bob> in <#C0OPS00001|ops> &amp; wait', 'ask @bob in #ops & wait'],
    ['create-cluster &lt;name&gt; &amp;lt;', 'create-cluster <name> &lt;'],
    ['create-cluster <!channel>', 'create-cluster <!channel>'],
  ])('reads %s as it was typed', (sent, typed) => {
    expect(asTyped(sent)).toBe(typed);
  });

  it('names a quotation mark that never closes', () => {
    expect(refusedWith(() => words('reject op-1 "too'))).toContain('never closed');
  });
});

describe('commands and options', () => {
  it('suggests the nearest command', () => {
    expect(refusedWith(() => parseCommand('craete-cluster', COMMANDS))).toContain(
      'Did you mean `/ams create-cluster`',
    );
    expect(refusedWith(() => parseCommand('destroy live', COMMANDS))).toContain('destroy-cluster');
  });

  it('suggests nothing that means something else, and destroying to whoever wants to remove', () => {
    for (const other of ['describe-cluster', 'restart-cluster', 'update-cluster'])
      expect(refusedWith(() => parseCommand(`${other} live`, COMMANDS))).not.toContain('Did you mean');
    for (const same of ['delete-cluster', 'remove-cluster', 'delete', 'destory-cluster'])
      expect(
        refusedWith(() => parseCommand(`${same} live`, COMMANDS)),
        same,
      ).toContain('Did you mean `/ams destroy-cluster`');
  });

  it('suggests the nearest option', () => {
    expect(refusedWith(() => typed('--edge-mx 3'))).toContain('--edge-max');
  });

  it('takes an option with a space and with an equals sign', () => {
    expect(typed('--edge=3 --origin 2')).toEqual({ edge: { desired: 3 }, origin: { desired: 2 } });
  });

  it('takes a question mark in a reason for one', () => {
    const { input } = parseCommand('reject op-7k3m9q2x too big ?', COMMANDS) as {
      input?: { words: string[] };
    };
    expect(input?.words).toEqual(['op-7k3m9q2x', 'too', 'big', '?']);
    for (const name of ['reject', 'scale'])
      expect(parseCommand(`${name} ?`, COMMANDS)).toEqual({ kind: 'help', about: name });
    expect(parseCommand('scale live ?', COMMANDS)).toEqual({ kind: 'help', about: 'scale' });
  });

  it('takes dashes in a reason for what they are, unless it begins with an option', () => {
    for (const reason of ['use --edge 3 instead', '-- too big', 'too big — wait', 'no --confirm yet --'])
      expect(parseCommand(`reject op-7k3m9q2x ${reason}`, COMMANDS), reason).toMatchObject({
        input: { words: ['op-7k3m9q2x', ...reason.split(' ')] },
      });
    expect(refusedWith(() => parseCommand('reject op-7k3m9q2x --reason big', COMMANDS))).toContain(
      'reject has no option --reason',
    );
  });

  it('shows help for -h and --help anywhere', () => {
    expect(parseCommand('scale edge --help', COMMANDS)).toEqual({ kind: 'help', about: 'scale' });
    expect(parseCommand('', COMMANDS)).toEqual({ kind: 'help', about: undefined });
  });

  it('says which word is too many, and which value is missing', () => {
    expect(refusedWith(() => parseCommand('status live now', COMMANDS))).toContain(
      '"now" is one word too many',
    );
    expect(refusedWith(() => typed('--region --edge 3'))).toContain('--region needs a value');
    expect(refusedWith(() => typed('--edge 3 --edge 4'))).toContain('given twice');
  });

  it.each([
    'mongodb://ams:hunter2@db:27017',
    'mongodb://db:27017/x?tls=true&tlsCertificateKeyFilePassword=hunter2',
  ])('refuses the password in %s and does not repeat it', (uri) => {
    const words = refusedWith(() => typed(`--mongo-uri ${uri}`));

    expect(words).toContain('mongo.uris');
    expect(words).not.toContain('hunter2');
  });
});

describe('values', () => {
  it.each([
    ['--region Frankfurt', 'eu-central-1'],
    ['--zones eu-central-1a', 'One zone is too few'],
    ['--zones eu-central-1a,eu-central-1a', 'twice'],
    ['--zones cn-hangzhou-b,cn-hangzhou-g', 'is not in region eu-central-1'],
    ['--domain https://live.example.com', 'without https://'],
    ['--domain localhost', 'not a domain name'],
    ['--cidr 10.0.0.0/33', '10.0.0.0/16'],
    ['--cidr 8.8.0.0/16', 'not private'],
    ['--origin-type c7.xlarge', 'ecs.c7.xlarge'],
    ['--ubuntu 18.04', 'no security updates'],
    ['--edge 11', 'above its max (10)'],
    ['--edge 1', 'below its min (2)'],
    ['--edge 0 --edge-min 0', 'from 1 to 1000'],
    ['--origin-desired 0 --origin-min 0', 'from 1 to 1000'],
    ['--edge-min -1', 'whole number'],
    ['--edge two', 'whole number'],
    ['--bandwidth 500', '1 to 100'],
    ['--dns route53', 'alidns'],
    ['--certificate other', 'There is no certificate "other"'],
    ['--certificate *.example.com', 'is not a certificate'],
    ['--certificate constructor', 'There is no certificate "constructor"'],
    ['--mongo-uri nosuch', 'Known: shared'],
    ['--mongo-uri toString', 'There is no "toString"'],
    ['--vpc vpc-abc123 --cidr 10.0.0.0/16', 'exclude each other'],
    ['--mongo-uri shared --ubuntu 24.04', 'mean nothing'],
  ])('refuses %s and says what is allowed', (option, answer) => {
    expect(refusedWith(() => typed(option))).toContain(answer);
  });

  it('takes all options of create-cluster', () => {
    expect(
      typed(
        '--region eu-central-1 --zones eu-central-1a,eu-central-1b --domain Live.Example.com --certificate 12345 --image m-abc123 --cidr 10.1.0.0/16 --key-pair mine --mongo-type ecs.g7.large --mongo-disk 80 --ubuntu 24.04 --edge-type ecs.c7.xlarge --edge-min 2 --edge-max 20 --edge-desired 4 --edge-cpu 55 --bandwidth 50 --app live --dns alidns',
      ),
    ).toEqual({
      region: 'eu-central-1',
      zones: ['eu-central-1a', 'eu-central-1b'],
      domain: 'live.example.com',
      certificate: '12345',
      image: 'm-abc123',
      cidr: '10.1.0.0/16',
      keyPair: 'mine',
      mongoType: 'ecs.g7.large',
      mongoDisk: 80,
      ubuntu: '24.04',
      edge: { type: 'ecs.c7.xlarge', min: 2, max: 20, desired: 4, cpu: 55 },
      bandwidth: 50,
      app: 'live',
      dns: 'alidns',
    });
  });

  it('reads numbers of nodes and differences', () => {
    expect(readAmount('5', 'edge')).toEqual({ set: 5 });
    expect(readAmount('+2', 'edge')).toEqual({ add: 2 });
    expect(readAmount('-1', 'edge')).toEqual({ add: -1 });
    expect(refusedWith(() => readAmount('many', 'edge'))).toContain('/ams scale edge 5');
  });
});

describe('the numbers of a group', () => {
  it('are those asked for, never changed to fit, and those of ams.yaml where none was asked for', () => {
    expect(groupNumbers(settings, 'edge')).toEqual({ min: 2, max: 10, desired: 2 });
    expect(groupNumbers(settings, 'edge', { desired: 20 })).toEqual({ min: 2, max: 10, desired: 20 });
    expect(groupNumbers(settings, 'edge', { min: 5 })).toEqual({ min: 5, max: 10, desired: 2 });
  });
});

describe('nearest', () => {
  it('counts swapped neighbours as one slip', () => {
    expect(editDistance('stauts', 'status')).toBe(1);
    expect(nearest('xyzzy', ['status', 'scale'])).toBeUndefined();
  });

  it('prefers what shares most of its beginning, whatever the case of letters', () => {
    expect(nearest('edge-maximum', ['edge', 'edge-min', 'edge-max'])).toBe('edge-max');
    expect(nearest('expiresAfter', ['approvers', 'expiresAfterMinutes'])).toBe('expiresAfterMinutes');
    expect(nearest('create', ['create-cluster', 'clusters'])).toBe('create-cluster');
  });
});
