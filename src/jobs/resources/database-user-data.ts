import { stringify } from 'yaml';

/** Open files and processes that Ant Media's cluster guide asks for on the database host. */
const LIMIT = 65_535;
/** Longest wait for dpkg's lock, seconds: a first boot updates itself for minutes. */
const APT_LOCK_SECONDS = 600;

/**
 * The database host's cloud-config. It gives the host an SSH key that we know, so that the very first connection can
 * be checked; lets apt wait for its lock, since the installer does not; and raises the limits of MongoDB and root.
 */
export function databaseUserData(hostKey: {
  readonly privateKey: string;
  readonly publicKey: string;
}): string {
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
