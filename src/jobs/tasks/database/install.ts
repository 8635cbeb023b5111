import { AmsError } from '../../../cluster/errors.ts';
import type { HostShell } from './host.ts';

/** Unit that the installer runs in, apart from any SSH session: a dropped connection costs nothing. */
const UNIT = 'ams-mongo-install';
const LOG = '/var/log/ams-mongo-install.log';
export const CREDENTIALS = '/tmp/mongo_credentials.txt';
const SCRIPT = '/root/install_mongodb.sh';
const PID = '/run/ams-mongo-install.pid';
/** Releases that the pinned script accepts. */
const RELEASES = ['20.04', '22.04', '24.04'];

/** The machine cannot become a database, or the installer is not the one that was checked. */
class InstallImpossible extends AmsError {
  readonly code: string;

  constructor(code: string, message: string, hint: string, retryable = false) {
    super(message, { hint, retryable });
    this.code = code;
  }
}

export async function isInstalling(shell: HostShell): Promise<boolean> {
  // One command, since each is a round trip or two; its exit code tells of an installer that runs in no unit.
  const { code, stdout } = await shell.run(
    `systemctl is-active ${UNIT}; test -s ${PID} && kill -0 "$(cat ${PID})"`,
  );
  return /^(active|activating)$/m.test(stdout.trim()) || code === 0;
}

/** Who holds apt's locks, if the installer waits for anybody; first boots of Ubuntu do so for minutes. */
export async function aptHolder(shell: HostShell): Promise<string | undefined> {
  const { stdout } = await shell.run(`head -c 100 ${LOG}`);
  const pid = WAITS_FOR.exec(stdout)?.[1];
  return pid === undefined ? undefined : `process ${pid}`;
}

/** Who holds apt's locks just now. */
export async function lockHolder(shell: HostShell): Promise<string | undefined> {
  const pid = /\d+/.exec((await shell.run(`fuser ${LOCKS} 2>/dev/null`)).stdout)?.[0];
  return pid === undefined ? undefined : `process ${pid}`;
}

/** Whether MongoDB was unpacked and not set up, since dpkg was cut off in between: its service cannot start then. */
export async function isHalfSetUp(shell: HostShell): Promise<boolean> {
  const { stdout } = await shell.run('dpkg -s mongodb-org-server');
  return /^Status: \S+ \S+ (?:unpacked|half-configured)$/m.test(stdout);
}

/** The log while nothing is installed yet: who holds a lock, as `fuser` tells it. */
const WAITS_FOR = /^ams-install-waits for +(\d+)/;
const LOCKS = '/var/lib/dpkg/lock-frontend /var/lib/apt/lists/lock';
/** Keys of MongoDB's repository: gpg leaves an empty ring where it was given none. */
const KEYRINGS = '/usr/share/keyrings/mongodb-server-*.gpg';
/** So many times, a second apart, the installer waits for the locks before it tries its luck. */
const LOCK_LOOKS = 600;

/**
 * Fetches the pinned installer, checks its hash and starts it detached with `--auto-create`, once apt's locks are free:
 * on the host itself, which knows at once.
 * @throws InstallImpossible naming what is in the way
 */
export async function startInstall(
  shell: HostShell,
  script: { readonly url: string; readonly sha256: string },
): Promise<void> {
  await checkRelease(shell);
  await fetchScript(shell, script);
  // Written before: limits for mongod, patience with dpkg's lock, and files that only root may read. A key ring that is
  // there the script leaves as it is, and one whose key was not fetched whole would be refused for ever.
  const prepare = [
    `chmod 700 ${SCRIPT}`,
    `printf 'DPkg::Lock::Timeout "600";\\n' >/etc/apt/apt.conf.d/99-ams-lock`,
    `printf '%s\\n' 'root - nofile 65535' 'root - nproc 65535' 'mongodb - nofile 65535' 'mongodb - nproc 65535' >/etc/security/limits.d/99-ams.conf`,
    `install -m 600 /dev/null ${LOG}`,
    `install -m 600 /dev/null ${CREDENTIALS}`,
    `rm -f ${KEYRINGS}`,
    `systemctl reset-failed ${UNIT}`,
  ];
  await shell.run(prepare.join('; '));
  const body = [
    `for look in $(seq ${LOCK_LOOKS}); do holder=$(fuser ${LOCKS} 2>/dev/null) || break; echo "ams-install-waits for $holder" >${LOG}; sleep 1; done`,
    `DEBIAN_FRONTEND=noninteractive ${SCRIPT} --auto-create >${LOG} 2>&1 </dev/null`,
    `echo "ams-install-ended $?" >>${LOG}`,
  ].join('; ');
  const unit = await shell.run(`systemd-run --unit=${UNIT} bash -c '${body}'`);
  if (unit.code === 0) return;
  if (/already (?:exists|loaded)|fragment file/.test(unit.stderr)) return;
  const plain = await shell.run(
    `nohup setsid bash -c '${body}' >/dev/null 2>&1 </dev/null & echo $! >${PID}`,
  );
  if (plain.code === 0) return;
  throw new InstallImpossible(
    'install_not_started',
    'The installation of MongoDB could not be started on the database host.',
    'Look at the host; press Retry.',
  );
}

/** What the installer wrote so far. */
interface InstallLog {
  readonly text: string;
  /** It ran to its end, or was killed and the shell around it lived to say so. */
  readonly ended: boolean;
  /** A signal ended it, or the host went down under it: it says nothing about the machine. */
  readonly cutOff: boolean;
}

/** The installer's log so far; undefined when it never ran. Ask `isInstalling` first: only then `cutOff` means that. */
export async function readLog(shell: HostShell): Promise<InstallLog | undefined> {
  const { code, stdout } = await shell.run(`tail -c 16000 ${LOG}`);
  if (code !== 0 || stdout.trim() === '') return undefined;
  const status = /^ams-install-ended (\d+)/m.exec(stdout)?.[1];
  return { text: stdout, ended: status !== undefined, cutOff: status === undefined || Number(status) > 128 };
}

/** Puts the log aside, so that the next visit starts afresh. */
export async function putLogAside(shell: HostShell): Promise<void> {
  await shell.run(`mv -f ${LOG} ${LOG}.1`);
}

async function checkRelease(shell: HostShell): Promise<void> {
  const asked = await shell.run('lsb_release -rs');
  const release =
    asked.code === 0
      ? asked.stdout.trim()
      : (/VERSION_ID="?([^"\n]+)/.exec((await shell.run('cat /etc/os-release')).stdout)?.[1] ?? '');
  if (RELEASES.includes(release)) return;
  throw new InstallImpossible(
    'unsupported_release',
    `The database host runs release "${release.slice(0, 40)}"; MongoDB's installer takes Ubuntu ${RELEASES.join(', ')}.`,
    'Use Ubuntu 22.04 or 24.04 (mongo.ubuntu in ams.yaml), destroy the cluster and create it again.',
  );
}

async function fetchScript(
  shell: HostShell,
  script: { readonly url: string; readonly sha256: string },
): Promise<void> {
  const { hostname } = new URL(script.url);
  const got = await shell.run(`wget -nv -T 20 -t 2 -O ${SCRIPT} '${script.url.replaceAll("'", '%27')}'`, {
    timeoutMs: 90_000,
  });
  if (got.code !== 0) {
    const said = got.stderr.trim().split('\n').at(-1)?.slice(0, 160) ?? '';
    throw new InstallImpossible(
      got.code === 4 ? 'no_network' : 'installer_not_fetched',
      `The database host cannot fetch the installer from ${hostname}${said === '' ? '' : ` (${said})`}.`,
      'Check its DNS and way out, or set mongo.installScript in ams.yaml to a mirror that it reaches, then press Retry.',
    );
  }
  const sum = (await shell.run(`sha256sum ${SCRIPT}`)).stdout.slice(0, 64);
  if (sum !== script.sha256) {
    await shell.run(`rm -f ${SCRIPT}`);
    throw new InstallImpossible(
      'installer_changed',
      `The installer from ${hostname} is not the one that was checked: its sha256 is ${sum || 'unreadable'}, expected ${script.sha256}. It was not run.`,
      'Compare it, then set mongo.installScript.url and sha256 in ams.yaml to a version you trust and press Retry.',
    );
  }
}
