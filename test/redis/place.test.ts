import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../sandbox/certificates.ts';
import { readRedisPlace } from '../../src/redis/place.ts';
import type { RedisPlace, RedisWords } from '../../src/redis/place.ts';

function read(
  words: RedisWords,
  environment: Record<string, string> = {},
): { place: RedisPlace | undefined; mistakes: string } {
  const mistakes: string[] = [];
  const place = readRedisPlace(words, environment, mistakes);
  return { place, mistakes: mistakes.join('\n') };
}

describe('the address of Redis', () => {
  it.each([
    ['redis://', { form: 'single', hosts: [{ host: '127.0.0.1', port: 6379 }], db: 0, login: {} }],
    ['redis://cache/5', { hosts: [{ host: 'cache', port: 6379 }], db: 5 }],
    ['redis://:word@cache:7000/', { hosts: [{ host: 'cache', port: 7000 }], login: { password: 'word' } }],
    ['redis://ams:a%2Fb%40c%3Ad%25@cache', { login: { username: 'ams', password: 'a/b@c:d%' } }],
    ['redis://ams:a:b@cache', { login: { username: 'ams', password: 'a:b' } }],
    ['rediss://[2001:db8::1]:6380', { hosts: [{ host: '2001:db8::1', port: 6380 }], tls: {} }],
    [
      'redis+sentinel://ams:word@one:26380,two,[::1]:5/mymaster/3',
      {
        form: 'sentinel',
        master: 'mymaster',
        db: 3,
        hosts: [
          { host: 'one', port: 26_380 },
          { host: 'two', port: 26_379 },
          { host: '::1', port: 5 },
        ],
      },
    ],
    [
      'rediss+cluster://one:7000,two',
      {
        form: 'cluster',
        hosts: [
          { host: 'one', port: 7000 },
          { host: 'two', port: 6379 },
        ],
        tls: {},
      },
    ],
  ] as const)('%s', (url, expected) => {
    const { place, mistakes } = read({ url });

    expect(mistakes).toBe('');
    expect(place).toMatchObject(expected);
  });

  it.each([
    ['localhost', 'REDIS_URL must look like redis://host:6379/0, redis+sentinel://'],
    ['redis://one/0?family=6', 'REDIS_URL must look like'],
    ['redis://one,two', 'names 2 hosts: say what they are, redis+sentinel:// or redis+cluster://'],
    ['redis://one:99999', 'what stands for a host is no host or host:port'],
    ['redis://one two', '"one two" is no host or host:port'],
    ['redis://one/main', '"main" is no number of a database'],
    ['redis://one:7000/main', 'what stands behind the host is no number of a database'],
    ['redis://ams:100%@one', 'percent-encode special characters'],
    ['redis+sentinel://one,two', 'must name the master after the sentinels'],
    ['redis+sentinel:///mymaster', '"" is no host'],
    ['redis+cluster://one/1', 'a Redis Cluster has database 0 only, not 1'],
  ])('%s is refused with words', (url, words) => {
    const { place, mistakes } = read({ url });

    expect(place).toBeUndefined();
    expect(mistakes).toContain(words);
  });

  it.each([
    'redis://ams:hush/word@one',
    'redis://ams:hush',
    'redis://:hush',
    'redis://:hush/word',
    'redis://ams:12345/hush',
    'redis://:12345/hush',
    'redis://ams:99999/hush',
    'redis+sentinel://ams:pass,hush:word/mymaster',
    'redis:ams:hush',
    'ams:hush',
    ':hush',
    'redis://ams:word@one:hush',
    'redis://ams:word@one:1/hush',
    'http://ams:hush',
  ])('keeps a password out of what it says of %s', (url) => {
    const { place, mistakes } = read({ url });

    expect(place).toBeUndefined();
    expect(mistakes).toContain('REDIS_URL');
    expect(mistakes).not.toMatch(/hush|"/);
  });

  it('wants sentinels for their login', () => {
    expect(read({ url: 'redis://one', sentinelPassword: 'word' }).mistakes).toContain('redis+sentinel://');
  });
});

describe('TLS to Redis', () => {
  it('takes an authority, a certificate and its key from where they lie', async () => {
    const made = await makeCertificate({ names: ['ams.example.com'], proves: 'client' });
    const environment = { CA: made.caPem, CERT: made.chainPem.replaceAll('\n', '\\n'), KEY: made.keyPem };
    const words = { url: 'rediss://one', ca: 'env:CA', cert: 'env:CERT', key: 'env:KEY', tlsName: 'redis' };

    const { place, mistakes } = read(words, environment);

    expect(mistakes).toBe('');
    expect(place?.tls).toEqual({
      ca: made.caPem,
      cert: made.chainPem,
      key: made.keyPem,
      servername: 'redis',
    });
  });

  it('says what is wrong with them, and never what is in them', async () => {
    const made = await makeCertificate({ names: ['ams.example.com'] });
    const other = await makeCertificate({ names: ['ams.example.com'] });
    const environment = { CERT: made.chainPem, KEY: other.keyPem, NONE: 'hunter2' };

    const told = [
      read({ url: 'redis://one', ca: 'env:CERT', tlsName: 'redis' }, environment),
      read({ url: 'rediss://one', cert: 'env:CERT' }, environment),
      read({ url: 'rediss://one', cert: 'env:CERT', key: 'env:KEY' }, environment),
      read({ url: 'rediss://one', ca: 'env:NONE' }, environment),
      read({ url: 'rediss://one', ca: 'file:/does/not/exist.pem' }, environment),
      read({ url: 'rediss://one', ca: 'ca.pem' }, environment),
    ].map((one) => one.mistakes);

    expect(told).toEqual([
      'AMS_REDIS_CA needs a REDIS_URL that begins with rediss\nAMS_REDIS_TLS_NAME needs a REDIS_URL that begins with rediss',
      'AMS_REDIS_CERT and AMS_REDIS_KEY must be set together',
      'AMS_REDIS_KEY is not the key of the certificate in AMS_REDIS_CERT',
      'AMS_REDIS_CA names env:NONE, which holds no PEM of a certificate',
      'AMS_REDIS_CA names file:/does/not/exist.pem, which is empty or cannot be read',
      'AMS_REDIS_CA must be env:NAME or file:/absolute/path',
    ]);
  });
});
