import { accessSync, chmodSync, constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of the host that are safe to run for real inside a fake root. */
const REAL = (
  'awk basename cat cmp comm cut diff dirname egrep env expand expr factor false fgrep find fold getopt grep gunzip ' +
  'gzip head join md5sum nl nohup nproc numfmt od paste pathchk pr printenv printf pwd readlink realpath rev sed seq ' +
  'sha1sum shuf sort split stat stdbuf tac tail tar test timeout tr true tsort uname unexpand uniq wc xargs xxd yes ' +
  'zcat bash sh date du echo ls mktemp flock'
).split(' ');

/** Programs that write: absolute paths they are handed are forced under the fake root. */
const GUARDED = 'rm rmdir mv cp ln chmod mkdir touch tee dd install truncate'.split(' ');

/** Programs answered by the control server. */
const IMITATED = (
  'systemctl service systemd-run cloud-init apt-get apt apt-key apt-cache dpkg dpkg-query wget curl lsb_release ' +
  'sha256sum ss netstat nc sleep gpg openssl hostname hostnamectl ip ifconfig journalctl reboot shutdown poweroff ' +
  'base64 fuser lsof ping getent timedatectl pgrep ps __dial useradd ufw sysctl crontab logger'
).split(' ');

const STUB = `
root="\${0%/usr/*}"; case "$0" in */bin/*) root="\${root%/bin/*}";; */sbin/*) root="\${root%/sbin/*}";; esac
exec 9<>/dev/tcp/127.0.0.1/PORT || { echo "\${0##*/}: the machine is off" >&2; exit 127; }
{
  printf '%s\\0' "$root" "\${0##*/}" "$PWD" "$#" "$@"
  for name in $(compgen -e); do printf '%s=%s\\0' "$name" "\${!name}"; done
  printf '\\0'
} >&9
while IFS= read -r -u 9 -d '' frame; do
  case "\${frame:0:1}" in
    o) printf '%s' "\${frame:1}" ;;
    e) printf '%s' "\${frame:1}" >&2 ;;
    i) printf '%s\\0' "$("$root/usr/lib/real/base64" -w0)" >&9 ;;
    x) exit "\${frame:1}" ;;
  esac
done
exit 143
`;

const GUARD = `
root="\${0%/usr/*}"; case "$0" in */bin/*) root="\${root%/bin/*}";; */sbin/*) root="\${root%/sbin/*}";; esac
args=()
for arg in "$@"; do
  case "$arg" in
    "$root"|"$root"/*|/dev/*|/proc/*) ;;
    /*) arg="$root$arg" ;;
    of=/dev/*|if=/*) ;;
    of=/*) case "\${arg#of=}" in "$root"/*) ;; *) arg="of=$root\${arg#of=}" ;; esac ;;
  esac
  args+=("$arg")
done
exec "$root/usr/lib/real/\${0##*/}" "\${args[@]}"
`;

const SUDO = `
while [ $# -gt 0 ]; do
  case "$1" in
    -u|-g|-p|-C|-h) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *=*) export "$1"; shift ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || exit 0
export USER=root LOGNAME=root
exec "$@"
`;

const SETSID = `
while [ $# -gt 0 ]; do case "$1" in -*) shift ;; *) break ;; esac; done
trap '' HUP
exec "$@"
`;

const ID = `
name="\${USER:-root}"; n=0; [ "$name" = root ] || n=1000
case "$*" in
  *-un*|*'-u -n'*|*-nu*) echo "$name" ;;
  *-u*|*-g*) echo "$n" ;;
  ''|"$name") echo "uid=$n($name) gid=$n($name) groups=$n($name)" ;;
  -*) echo "$name" ;;
  root) echo 'uid=0(root) gid=0(root) groups=0(root)' ;;
  *) echo "id: '$1': no such user" >&2; exit 1 ;;
esac
`;

/** Where the host keeps `name`, undefined when it has none. */
function hostPath(name: string): string | undefined {
  for (const dir of ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin']) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** The programs folder shared by all machines of a room. */
export interface ProgramsFolder {
  /** Links every program into a fake root. */
  installInto(rootDir: string): void;
  /** Links one more imitated program (after its package was installed). */
  add(rootDir: string, name: string): void;
}

/** Writes the stubs once; `controlPort` is where they ask. */
export function createProgramsFolder(dir: string, controlPort: number): ProgramsFolder {
  const bash = hostPath('bash');
  if (bash === undefined)
    throw new Error('The simulated machines run their scripts with bash; install bash.');
  mkdirSync(dir, { recursive: true });
  const script = (name: string, body: string): string => {
    const path = join(dir, name);
    writeFileSync(path, `#!${bash}${body}`);
    chmodSync(path, 0o755);
    return path;
  };
  const stub = script('.stub', STUB.replace('PORT', String(controlPort)));
  const guard = script('.guard', GUARD);
  const links = new Map<string, string>();
  const real = join(dir, '.real');
  mkdirSync(real);
  for (const name of [...REAL, ...GUARDED, 'base64']) {
    const path = hostPath(name);
    if (path === undefined) continue;
    symlinkSync(path, join(real, name));
    links.set(name, path);
  }
  for (const name of GUARDED) links.set(name, guard);
  for (const name of IMITATED) links.set(name, stub);
  links.set('sh', bash);
  links.set('sudo', script('.sudo', SUDO));
  links.set('setsid', script('.setsid', SETSID));
  links.set('id', script('.id', ID));
  links.set('whoami', script('.whoami', '\necho "${USER:-root}"\n'));
  links.set('logname', script('.logname', '\necho "${USER:-root}"\n'));
  for (const quiet of [
    'chown',
    'chgrp',
    'sync',
    'ulimit',
    'chattr',
    'passwd',
    'chpasswd',
    'update-rc.d',
    'locale-gen',
  ])
    links.set(quiet, script(`.${quiet}`, '\nexit 0\n'));

  return {
    installInto(rootDir) {
      for (const folder of ['usr/bin', 'usr/sbin', 'usr/local/bin', 'usr/local/sbin', 'usr/lib'])
        mkdirSync(join(rootDir, folder), { recursive: true });
      for (const [name, target] of links) symlinkSync(target, join(rootDir, 'usr/bin', name));
      symlinkSync(real, join(rootDir, 'usr/lib/real'));
      symlinkSync('usr/bin', join(rootDir, 'bin'));
      symlinkSync('usr/sbin', join(rootDir, 'sbin'));
      symlinkSync('usr/lib', join(rootDir, 'lib'));
      for (const name of ['ip', 'service', 'reboot', 'shutdown'])
        if (links.has(name)) symlinkSync(links.get(name) ?? stub, join(rootDir, 'usr/sbin', name));
    },
    add(rootDir, name) {
      try {
        symlinkSync(stub, join(rootDir, 'usr/bin', name));
      } catch {
        // a second installation finds the program in place
      }
    },
  };
}
