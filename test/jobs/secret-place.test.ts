import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SecretPlaceUnreadable, readSecretPlace } from '../../src/jobs/secret-place.ts';

test('a secret of the environment is read without the blanks around it', async () => {
  expect(await readSecretPlace('env:KEY', { KEY: ' hush\n' })).toBe('hush');
});

test('a PEM in one line of the environment gets its line breaks back', async () => {
  const key = '-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----';

  expect(await readSecretPlace('env:KEY', { KEY: key })).toContain('\nabc\n');
});

test('a secret of a file is read', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'place-')), 'secret');
  await writeFile(path, 'hush\n');

  expect(await readSecretPlace(`file:${path}`)).toBe('hush');
});

test.each(['env:NOT_SET', 'file:/no/such/file', `file:${tmpdir()}`, 'hush-hush', 'env:EMPTY'])(
  '%s is refused with words that do not repeat a secret',
  async (place) => {
    const refusal = await readSecretPlace(place, { EMPTY: ' ' }).catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(SecretPlaceUnreadable);
    expect(String(refusal)).not.toContain('hush-hush');
    // The doctor and the checks before a plan say it as well, where no such button is.
    expect(refusal).toMatchObject({ hint: expect.not.stringContaining('Retry') });
  },
);
