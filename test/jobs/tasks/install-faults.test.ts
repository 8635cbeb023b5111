import { describe, expect, it } from 'vitest';
import { judgeInstallLog } from '../../../src/jobs/tasks/database/install-faults.ts';

/** What the script prints after any failure, as if all went well. */
const CLOSING = `Failed to restart mongod.service: Unit mongod.service not found.
sed: can't read /etc/mongod.conf: No such file or directory
MongoDB credentials saved to /tmp/mongo_credentials.txt
ams-install-ended 0
`;

describe('the log of the installer', () => {
  it.each([
    [
      'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2011 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
      'unattended-upgr on the database host holds the lock of apt',
    ],
    [
      'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1833 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/',
      'apt-get on the database host holds the lock of apt',
    ],
    [
      "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.",
      'an interrupted dpkg is being repaired on the database host',
    ],
  ])('is tried again by itself when nothing but time or a known cure is missing', (said, why) => {
    expect(judgeInstallLog(`${said}\n${CLOSING}`)).toMatchObject({ kind: 'again', why });
  });

  it.each([
    ['Unsupported Ubuntu version: 18.04', 'unsupported_release', /refuses the release .*18\.04/],
    ['Unsupported Ubuntu version: ', 'unsupported_release', /not Ubuntu/],
    [
      'curl: (6) Could not resolve host: www.mongodb.org\ngpg: no valid OpenPGP data found.\nE: Unable to locate package mongodb-org',
      'no_name_resolution',
      /cannot resolve the names.*It said: curl: \(6\)/,
    ],
    [
      'curl: (28) Connection timed out after 130001 milliseconds',
      'no_network',
      /cannot reach the package servers/,
    ],
    [
      "W: GPG error: https://repo.mongodb.org NO_PUBKEY 4\nE: The repository 'https://repo.mongodb.org/apt/ubuntu jammy/mongodb-org/8.0 InRelease' is not signed.",
      'unsigned_repository',
      /signature could not be checked/,
    ],
    [
      "E: You don't have enough free space in /var/cache/apt/archives/.",
      'disk_full',
      /disk of the database host is full/,
    ],
    [
      "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2011 (unattended-upgr)...\nE: You don't have enough free space in /var/cache/apt/archives/.",
      'disk_full',
      /disk of the database host is full/,
    ],
    ['E: Unable to locate package mongodb-org', 'package_missing', /not offered/],
    ['', 'install_failed', /ended and there is no database/],
  ])('names what a person must cure: %s', (said, code, message) => {
    const verdict = judgeInstallLog(`${said}\n${CLOSING}`);

    expect(verdict).toMatchObject({
      kind: 'failed',
      problem: { code, message: expect.stringMatching(message) },
    });
  });
});
