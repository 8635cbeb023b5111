import { stringify } from 'yaml';
import { InputError } from '../../cluster/errors.ts';

/** Open files and processes that Ant Media's cluster guide asks for on the database host. */
const LIMIT = 65_535;
/** Longest wait for dpkg's lock, seconds: a first boot updates itself for minutes. */
const APT_LOCK_SECONDS = 600;

/** One line of `authorized_keys` without options, as our own logins are made. */
const LOGIN_LINE = /^ssh-(rsa|ed25519) [A-Za-z0-9+/]+={0,2}( [\w.@-]+)?$/;

/**
 * The database host's cloud-config. It gives the host an SSH key that we know, so that the very first connection can
 * be checked; lets apt wait for its lock, since the installer does not; and raises the limits of MongoDB and root.
 * @param login public half of the login that we hold: it is let in beside the key pair's, which may be an older one
 *   when Redis was lost; undefined where the key pair is somebody else's
 * @throws InputError when the login is not one OpenSSH line
 */
export function databaseUserData(
  hostKey: { readonly privateKey: string; readonly publicKey: string },
  login: string | undefined,
): string {
  if (login !== undefined && !LOGIN_LINE.test(login)) {
    throw new InputError(
      'The stored SSH login of the database host has no public key of one line.',
      'Restore Redis from its backup, or destroy the cluster and create it again.',
    );
  }
  const users = ['root', 'mongodb'];
  const limits = users.flatMap((user) =>
    ['nofile', 'nproc'].flatMap((what) =>
      ['soft', 'hard'].map((bound) => `${user} ${bound} ${what} ${LIMIT}\n`),
    ),
  );
  const config = {
    ssh_deletekeys: true,
    ssh_genkeytypes: ['ed25519'],
    ssh_keys: {
      ed25519_private: hostKey.privateKey.endsWith('\n') ? hostKey.privateKey : `${hostKey.privateKey}\n`,
      ed25519_public: hostKey.publicKey.trim(),
    },
    ...(login === undefined ? {} : { ssh_authorized_keys: [login] }),
    write_files: [
      {
        path: '/etc/apt/apt.conf.d/99-lock',
        permissions: '0644',
        content: `DPkg::Lock::Timeout "${APT_LOCK_SECONDS}";\n`,
      },
      { path: '/etc/security/limits.d/99-ams.conf', permissions: '0644', content: limits.join('') },
      {
        path: '/etc/systemd/system/mongod.service.d/limits.conf',
        permissions: '0644',
        content: `[Service]\nLimitNOFILE=${LIMIT}\nLimitNPROC=${LIMIT}\n`,
      },
    ],
  };
  return `#cloud-config\n${stringify(config)}`;
}
