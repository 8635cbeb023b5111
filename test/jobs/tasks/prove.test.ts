import { describe, expect, it } from 'vitest';
import type { HostShell } from '../../../src/jobs/tasks/database/host.ts';
import { prove } from '../../../src/jobs/tasks/database/prove.ts';

const login = { user: 'ams', password: 'secret' };
const UNREACHABLE = 'MongoServerSelectionError: connection timed out, ETIMEDOUT';
const REFUSED = 'MongoServerError[Unauthorized]: Command listDatabases requires authentication';

/** A host whose mongosh says these words to those without a login, and to the login. `at`: where it listens. */
function host(toStrangers: string, at = '0.0.0.0', toLogin = 'ams-result:{"value":1}\n'): HostShell {
  const says = (stdout: string) => Promise.resolve({ code: 0, stdout, stderr: '' });
  return {
    run(command, { stdin = '' } = {}) {
      if (command.startsWith('ss ')) return says(`LISTEN 0 4096 ${at}:27017 0.0.0.0:*\n`);
      if (command.includes('is-active')) return says('active\n');
      if (command.includes('is-enabled')) return says('enabled\n');
      return says(stdin.includes('.auth(') ? toLogin : toStrangers);
    },
  };
}

describe('the proof of a database', () => {
  it('takes nothing but a refusal for the proof that strangers are kept out', async () => {
    expect(await prove(host(REFUSED), '10.0.0.4', login)).toEqual({ state: 'proven' });
    expect(await prove(host(UNREACHABLE), '10.0.0.4', login)).toMatchObject({ state: 'down' });
    expect(await prove(host('ams-result:{"value":3}'), '10.0.0.4', login)).toMatchObject({
      what: 'authorization',
    });
  });

  it('takes one that listens on its private address alone for as good, on loopback alone not', async () => {
    expect(await prove(host(REFUSED, '10.0.0.4'), '10.0.0.4', login)).toEqual({ state: 'proven' });
    expect(await prove(host(REFUSED, '127.0.0.1'), '10.0.0.4', login)).toMatchObject({ what: 'binding' });
  });

  it('calls no login wrong that was not refused: to mend that stops a database which may serve', async () => {
    const judged = (said: string) => prove(host(REFUSED, '0.0.0.0', said), '10.0.0.4', login);

    for (const said of [
      '',
      'Segmentation fault',
      'MongoServerError[InterruptedAtShutdown]: interrupted at shutdown',
      `MongoNotConnectedError: Client must be connected\nams-result:{"value":0}\n`,
    ])
      await expect(judged(said), said).rejects.toMatchObject({ code: 'mongosh_unclear', retryable: true });
    expect(await judged('MongoServerError: Authentication failed.\nams-result:{"value":0}\n')).toEqual({
      state: 'wrong-login',
    });
  });

  it('takes no silence for a refusal of strangers', async () => {
    await expect(prove(host(''), '10.0.0.4', login)).rejects.toMatchObject({ code: 'mongosh_unclear' });
  });
});
