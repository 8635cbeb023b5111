import type { Machine } from './machine.ts';
import { furnishAms } from './ams/files.ts';

const CODENAMES: Readonly<Record<string, string>> = {
  '18.04': 'bionic',
  '20.04': 'focal',
  '22.04': 'jammy',
  '24.04': 'noble',
};

/** Ubuntu's code name of a release. */
export function codename(release: string): string {
  return CODENAMES[release] ?? 'unknown';
}

/** Writes the files a freshly booted machine has. */
export function furnish(machine: Machine): void {
  const { root, spec } = machine;
  const release = spec.osRelease;
  for (const folder of [
    '/tmp',
    '/root/.ssh',
    '/var/log',
    '/var/tmp',
    '/var/lib/dpkg',
    '/var/lib/apt/lists',
    '/var/lib/cloud/instance/scripts',
    '/run/systemd',
    '/etc/systemd/system',
    '/etc/apt/sources.list.d',
    '/etc/apt/apt.conf.d',
    '/etc/apt/keyrings',
    '/etc/ssh',
    '/etc/security/limits.d',
    '/etc/sysctl.d',
    '/usr/share/keyrings',
    '/usr/lib/systemd/system',
    '/opt',
    '/home',
    '/srv',
    '/mnt',
  ])
    root.mkdir(folder);
  root.write('/etc/hostname', `${spec.hostName}\n`);
  root.write(
    '/etc/hosts',
    `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\n${spec.privateIp}\t${spec.hostName}\n`,
  );
  root.write(
    '/etc/os-release',
    `PRETTY_NAME="Ubuntu ${release} LTS"\nNAME="Ubuntu"\nVERSION_ID="${release}"\nVERSION_CODENAME=${codename(release)}\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=${codename(release)}\n`,
  );
  root.write(
    '/etc/lsb-release',
    `DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=${release}\nDISTRIB_CODENAME=${codename(release)}\nDISTRIB_DESCRIPTION="Ubuntu ${release} LTS"\n`,
  );
  root.write('/etc/resolv.conf', 'nameserver 100.100.2.136\nnameserver 100.100.2.138\n');
  root.write('/etc/security/limits.conf', '# /etc/security/limits.conf\n');
  root.write('/etc/sysctl.conf', '# /etc/sysctl.conf\n');
  root.write(
    '/etc/passwd',
    `root:x:0:0:root:/root:/bin/bash\n${spec.loginUser === 'root' ? '' : 'ecs-user:x:1000:1000::/home/ecs-user:/bin/bash\n'}`,
  );
  root.write(
    '/etc/ssh/sshd_config',
    'Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n',
  );
  root.write(
    '/etc/apt/sources.list',
    `deb http://mirrors.cloud.aliyuncs.com/ubuntu ${codename(release)} main restricted universe multiverse\n`,
  );
  if (spec.loginUser !== 'root') root.mkdir('/home/ecs-user/.ssh');
  if (spec.imageKind === 'ams') furnishAms(machine);
}
