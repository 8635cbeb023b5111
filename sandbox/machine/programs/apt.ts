import { readdirSync } from 'node:fs';

import type { Machine } from '../machine.ts';
import { installMongod } from '../mongo/mongod.ts';
import { codename } from '../furniture.ts';
import { complain, say, type Call, type Program } from '../program.ts';

const MONGODB = [
  'mongodb-database-tools',
  'mongodb-mongosh',
  'mongodb-org',
  'mongodb-org-database',
  'mongodb-org-database-tools-extra',
  'mongodb-org-mongos',
  'mongodb-org-server',
  'mongodb-org-shell',
  'mongodb-org-tools',
];

const MIRROR = 'http://mirrors.cloud.aliyuncs.com/ubuntu';

/** `apt-get` and `apt`. */
export const apt: Program = async (call, machine) => {
  const words = call.argv.filter(
    (word, index) => !word.startsWith('-') && !/^(-o|-c|-t|--option)$/.test(call.argv[index - 1] ?? ''),
  );
  const [verb = '', ...names] = words;
  if (call.env['USER'] !== 'root')
    return complain(
      call,
      100,
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)',
      'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?',
    );
  switch (verb) {
    case 'update':
      return update(call, machine);
    case 'install':
      return install(
        call,
        machine,
        names.map((name) => name.split('=')[0] ?? name),
      );
    case 'upgrade':
    case 'dist-upgrade':
    case 'autoremove':
    case 'remove':
    case 'purge':
      return (
        (await lockDpkg(call, machine)) ??
        say(
          call,
          'Reading package lists... Done',
          '0 upgraded, 0 newly installed, 0 to remove and 40 not upgraded.',
        )
      );
    default:
      return 0;
  }
};

/** apt-cache policy|show NAME. */
export const aptCache: Program = (call, machine) => {
  const name = call.argv.findLast((word) => !word.startsWith('-')) ?? '';
  return say(
    call,
    `${name}:`,
    `  Installed: ${machine.apt.installed.has(name) ? '1.0' : '(none)'}`,
    '  Candidate: 1.0',
  );
};

function holder(machine: Machine, lock: 'lists' | 'dpkg'): { pid: number; program: string } | undefined {
  const planted = lock === 'lists' ? 'install:apt-lists-locked' : 'install:apt-dpkg-locked';
  if (machine.fault(planted))
    return lock === 'lists' ? { pid: 1833, program: 'apt-get' } : { pid: 2011, program: 'unattended-upgr' };
  return lock === 'lists' ? machine.apt.listsHolder : machine.apt.dpkgHolder;
}

/** Who holds the locks, for fuser and lsof. */
export function lockHolder(machine: Machine, path: string): number | undefined {
  if (path.startsWith('/var/lib/apt/lists')) return holder(machine, 'lists')?.pid;
  if (path.startsWith('/var/lib/dpkg') || path.startsWith('/var/cache/apt'))
    return holder(machine, 'dpkg')?.pid;
  return undefined;
}

/** Seconds that DPkg::Lock::Timeout allows, from the command line or the configuration folder. */
function lockTimeout(call: Call, machine: Machine): number {
  const inline = /DPkg::Lock::Timeout[= ]"?(-?\d+)/i.exec(call.argv.join(' '))?.[1];
  if (inline !== undefined) return Number(inline);
  for (const file of readdirSync(machine.root.real('/etc/apt/apt.conf.d'))) {
    const found = /DPkg::Lock::Timeout\s+"?(-?\d+)/i.exec(
      machine.root.read(`/etc/apt/apt.conf.d/${file}`) ?? '',
    )?.[1];
    if (found !== undefined) return Number(found);
  }
  return 0;
}

/** Waits for dpkg's lock as configured; answers an exit code when it stays held or dpkg is broken. */
async function lockDpkg(call: Call, machine: Machine): Promise<number | undefined> {
  const limit = lockTimeout(call, machine);
  for (let waited = 0; ; waited += 1) {
    const held = holder(machine, 'dpkg');
    if (held === undefined) break;
    if ((limit >= 0 && waited >= limit) || call.gone.aborted || !machine.powered)
      return complain(
        call,
        100,
        `E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process ${held.pid} (${held.program})`,
        'N: Be aware that removing the lock file is not a solution and may break your system.',
        'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
      );
    if (waited === 0)
      call.out(
        `Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process ${held.pid} (${held.program})...\n`,
      );
    await machine.world.clock.sleep(1_000);
  }
  if (machine.fault('install:half-configured-dpkg') && !machine.apt.installed.has('dpkg-repaired'))
    return complain(
      call,
      100,
      "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ",
    );
  return undefined;
}

function offline(machine: Machine): boolean {
  return machine.fault('install:no-network');
}

const LIST = '/etc/apt/sources.list.d/mongodb-org-8.0.list';

async function update(call: Call, machine: Machine): Promise<number> {
  const held = holder(machine, 'lists');
  if (held !== undefined)
    return complain(
      call,
      100,
      `E: Could not get lock /var/lib/apt/lists/lock. It is held by process ${held.pid} (${held.program})`,
      'E: Unable to lock directory /var/lib/apt/lists/',
    );
  machine.apt.listsHolder = { pid: 3000 + Math.floor(Math.random() * 900), program: 'apt-get' };
  try {
    await machine.world.clock.sleep(machine.world.durations.aptUpdateMs);
  } finally {
    machine.apt.listsHolder = undefined;
  }
  const name = codename(machine.spec.osRelease);
  if (offline(machine)) {
    call.err(
      `W: Failed to fetch ${MIRROR}/dists/${name}/InRelease  Temporary failure resolving 'mirrors.cloud.aliyuncs.com'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
    );
    return 0;
  }
  const listed = machine.root.exists(LIST);
  say(call, `Hit:1 ${MIRROR} ${name} InRelease`, `Get:2 ${MIRROR} ${name}-updates InRelease [128 kB]`);
  const keyed = (machine.root.read('/usr/share/keyrings/mongodb-server-8.0.gpg') ?? '') !== '';
  if (listed && (!keyed || machine.fault('install:unsigned-repository'))) {
    machine.apt.listsFresh = false;
    return complain(
      call,
      100,
      `W: GPG error: https://repo.mongodb.org/apt/ubuntu ${name}/mongodb-org/8.0 InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 41DE058A4E7DCA05`,
      `E: The repository 'https://repo.mongodb.org/apt/ubuntu ${name}/mongodb-org/8.0 InRelease' is not signed.`,
    );
  }
  machine.apt.listsFresh = listed;
  if (listed)
    say(
      call,
      `Get:5 https://repo.mongodb.org/apt/ubuntu ${name}/mongodb-org/8.0/multiverse amd64 Packages [74.9 kB]`,
    );
  return say(call, 'Fetched 3,412 kB in 4s (853 kB/s)', 'Reading package lists... Done');
}

async function install(call: Call, machine: Machine, names: readonly string[]): Promise<number> {
  const stopped = await lockDpkg(call, machine);
  if (stopped !== undefined) return stopped;
  say(
    call,
    'Reading package lists... Done',
    'Building dependency tree... Done',
    'Reading state information... Done',
  );
  const missing = names.find(
    (name) => name.startsWith('mongodb') && !(machine.apt.listsFresh || machine.apt.installed.has(name)),
  );
  if (missing !== undefined) return complain(call, 100, `E: Unable to locate package ${missing}`);
  const fresh = names.filter((name) => !machine.apt.installed.has(name));
  for (const name of names) if (!fresh.includes(name)) call.out(`${name} is already the newest version.\n`);
  if (fresh.length === 0) return say(call, '0 upgraded, 0 newly installed, 0 to remove and 40 not upgraded.');
  if (machine.fault('install:disk-full'))
    return complain(call, 100, "E: You don't have enough free space in /var/cache/apt/archives/.");
  if (offline(machine))
    return complain(
      call,
      100,
      `E: Failed to fetch ${MIRROR}/pool/main/${fresh[0]}.deb  Temporary failure resolving 'mirrors.cloud.aliyuncs.com'`,
      'E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?',
    );

  const mongodb = fresh.some((name) => /^mongodb-org(-server)?$/.test(name));
  const { durations, clock } = machine.world;
  machine.apt.dpkgHolder = { pid: 4000 + Math.floor(Math.random() * 900), program: 'apt-get' };
  try {
    await clock.sleep(
      mongodb
        ? durations.mongodbInstallMs * (machine.fault('install:slow-network') ? 5 : 1)
        : durations.aptInstallMs,
    );
  } finally {
    machine.apt.dpkgHolder = undefined;
  }
  if (call.gone.aborted || !machine.powered) return 100;
  const all = mongodb ? [...new Set([...MONGODB, ...fresh])] : fresh;
  for (const name of all) machine.apt.installed.add(name);
  say(
    call,
    'The following NEW packages will be installed:',
    `  ${all.join(' ')}`,
    `0 upgraded, ${all.length} newly installed, 0 to remove and 40 not upgraded.`,
  );
  if (fresh.some((name) => /mongosh/.test(name)) || mongodb)
    machine.programs.add(machine.root.dir, 'mongosh');
  if (mongodb) {
    machine.programs.add(machine.root.dir, 'mongod');
    if (machine.mongod === undefined) {
      machine.mongod = installMongod(machine);
      machine.units.set('mongod.service', machine.mongod.unit);
    }
    say(
      call,
      'Setting up mongodb-org-server (8.0.12) ...',
      "Adding system user `mongodb' (UID 114) ...",
      "Adding new user `mongodb' (UID 114) with group `nogroup' ...",
    );
  }
  return say(
    call,
    ...all.map((name) => `Setting up ${name} (${name.startsWith('mongodb') ? '8.0.12' : '1.0'}) ...`),
  );
}

/** `dpkg -s`, `-l`, `--configure -a`. */
export const dpkg: Program = (call, machine) => {
  const name = call.argv.findLast((word) => !word.startsWith('-'));
  if (call.argv.includes('--configure')) {
    machine.apt.installed.add('dpkg-repaired');
    return 0;
  }
  if (call.argv.includes('--print-architecture')) return say(call, 'amd64');
  if (name === undefined)
    return say(call, ...[...machine.apt.installed].map((entry) => `ii  ${entry}  1.0  amd64`));
  if (!machine.apt.installed.has(name))
    return complain(
      call,
      1,
      `dpkg-query: package '${name}' is not installed and no information is available`,
    );
  return say(
    call,
    ...(call.argv.includes('-l')
      ? [`ii  ${name}  1.0  amd64`]
      : [`Package: ${name}`, 'Status: install ok installed', 'Version: 1.0']),
  );
};

/** `dpkg-query -W [-f FORMAT] NAME`. */
export const dpkgQuery: Program = (call, machine) => {
  const name = call.argv.findLast((word) => !word.startsWith('-') && !word.includes('${')) ?? '';
  if (!machine.apt.installed.has(name))
    return complain(call, 1, `dpkg-query: no packages found matching ${name}`);
  const format = call.argv.find((word) => word.includes('${')) ?? '${Package}\t${Version}\n';
  call.out(
    format
      .replace(/^(-f=?|--showformat=)/, '')
      .replace(/\$\{(?:db:)?Status(?:-Abbrev)?\}/g, 'install ok installed')
      .replace('${Package}', name)
      .replace('${Version}', '8.0.12')
      .replaceAll('\\n', '\n'),
  );
  return 0;
};
