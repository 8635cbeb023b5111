import type { Problem } from '../../../cluster/errors.ts';

export type InstallVerdict =
  /** Nothing is wrong with the machine: try again by itself. */
  | { readonly kind: 'again'; readonly reason: 'locked' | 'dpkg'; readonly why: string }
  | { readonly kind: 'failed'; readonly problem: Problem };

/**
 * What the installer's log tells. Its exit status says nothing: the script goes on after almost any failure and ends
 * with 0 (its last command is an echo), so the words of apt, dpkg, curl and gpg decide. Most specific first.
 */
export function judgeInstallLog(log: string): InstallVerdict {
  const line = (pattern: RegExp): string | undefined =>
    log
      .split('\n')
      .find((text) => pattern.test(text))
      ?.trim()
      .slice(0, 200);
  const unsupported = /Unsupported Ubuntu version: *(\S*)/.exec(log);
  if (unsupported) {
    return failed(
      'unsupported_release',
      `MongoDB's installer refuses the release of the database host (${unsupported[1] || 'not Ubuntu'}).`,
      'Use Ubuntu 22.04 or 24.04 (mongo.ubuntu in ams.yaml), destroy the cluster and create it again.',
    );
  }
  if (/you must manually run 'dpkg --configure -a'/.test(log)) {
    return {
      kind: 'again',
      reason: 'dpkg',
      why: 'an interrupted dpkg is being repaired on the database host',
    };
  }
  // Without the E, apt has waited for it and gone on.
  const lock = /^E: Could not get lock .*?held by process (\d+)(?: \(([^)]+)\))?/m.exec(log);
  if (lock || /^E: (?:Could not get lock|Unable to (?:lock|acquire))/m.test(log)) {
    const holder = lock?.[2] ?? 'another process';
    return { kind: 'again', reason: 'locked', why: `${holder} on the database host holds the lock of apt` };
  }
  if (/enough free space|No space left on device/.test(log)) {
    return failed(
      'disk_full',
      'The disk of the database host is full.',
      'Free space on it or create the cluster with a larger mongo.diskGiB, then press Retry.',
      line(/enough free space|No space left on device/),
    );
  }
  if (
    /Could not resolve|unable to resolve|Temporary failure (?:in name )?resol|Name or service not known/i.test(
      log,
    )
  ) {
    return failed(
      'no_name_resolution',
      'The database host cannot resolve the names of the package servers.',
      'Check that its VPC has DNS and a way out (public address or NAT gateway), then press Retry.',
      line(/Could not resolve|unable to resolve|Temporary failure|Name or service/i),
    );
  }
  if (
    /Connection timed out|Network is unreachable|No route to host|Connection refused|Failed to fetch|Could not connect/.test(
      log,
    )
  ) {
    return failed(
      'no_network',
      'The database host cannot reach the package servers.',
      'Check its way out (public address, NAT gateway, outbound rules) and whether repo.mongodb.org can be reached from the region, then press Retry.',
      line(/timed out|unreachable|No route|refused|Failed to fetch|Could not connect/),
    );
  }
  if (/is not signed|NO_PUBKEY|no valid OpenPGP data/.test(log)) {
    return failed(
      'unsigned_repository',
      "The MongoDB repository's signature could not be checked on the database host.",
      'Its signing key could not be fetched or is a wrong one; see whether www.mongodb.org can be reached from the region, then press Retry.',
      line(/is not signed|NO_PUBKEY|no valid OpenPGP/),
    );
  }
  if (/Unable to locate package|unmet dependencies|has no installation candidate/.test(log)) {
    return failed(
      'package_missing',
      'The MongoDB packages are not offered for the database host.',
      'Check its Ubuntu release and package sources, then press Retry.',
      line(/Unable to locate package|unmet dependencies|no installation candidate/),
    );
  }
  return failed(
    'install_failed',
    "MongoDB's installer ended and there is no database.",
    'Look at /var/log/ams-mongo-install.log on the database host, then press Retry.',
    line(/^E: /),
  );
}

function failed(code: string, message: string, hint: string, said?: string): InstallVerdict {
  const problem = { code, message: said ? `${message} It said: ${said}` : message, hint };
  return { kind: 'failed', problem };
}
