import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { read } from './markdown.ts';

/**
 * The set-up that README has everybody begin with, in a clone of its own where npm, the compiler, the bundlers and the
 * distribution are stand-ins that write down how they were called. Its folder has a name that is hard to quote.
 */
let clone: string;

/** A Redis in the words of the real one; exit code 127 is one whose libraries are missing. */
const REDIS = `#!/bin/sh
[ "$1" = --version ] && [ -n "$VERSION" ] || exit 127
echo "Redis server v=$VERSION sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"
`;
const NPM = '#!/bin/sh\necho "npm $*" >>called\n: >node_modules/.package-lock.json\n';
/** Puts one package where it is told to (`-o Dir::Cache=...`). */
const APT_GET = `#!/bin/sh
for word in "$@"; do
  case $word in
    Dir::Cache=*) cache=\${word#Dir::Cache=} ;;
    install) echo fetched >>called; : >"$cache/archives/redis.deb" ;;
  esac
done
`;
/** dpkg-deb -x file folder */
const DPKG_DEB = `#!/bin/sh
mkdir -p "$3/usr/bin"
cp redis "$3/usr/bin/redis-server"
`;
const BUNDLE = "import { appendFileSync } from 'node:fs';\nappendFileSync('called', 'bundled\\n');\n";

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'ams R&D é '));
  for (const folder of ['bin', 'dist', 'node_modules']) mkdirSync(join(clone, folder));
  cpSync('scripts', join(clone, 'scripts'), { recursive: true });
  for (const file of ['package-lock.json', 'node_modules/typescript/bin/tsc', 'node_modules/vite/bin/vite.js'])
    put(file, '');
  put('scripts/bundle.mjs', BUNDLE);
  put('redis', REDIS);
  put('bin/npm', NPM);
  for (const name of ['sh', 'cp', 'dirname', 'mkdir']) {
    const place = ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find(existsSync);
    symlinkSync(place ?? name, join(clone, 'bin', name));
  }
});

afterEach(() => rmSync(clone, { recursive: true }));

function put(file: string, text: string): void {
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  writeFileSync(join(clone, file), text);
  chmodSync(join(clone, file), 0o755);
}

/** @param node the version that Node is to give as its own */
function setUp(env: Readonly<Record<string, string>> = {}, { node = '22.12.0', args = ['--without-redis'] } = {}) {
  const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } })`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(versions)}`, 'scripts/setup.mjs', ...args],
    { cwd: clone, encoding: 'utf8', env: { PATH: join(clone, 'bin'), ...env } },
  );
  return { status, said: stderr, stdout };
}

/** How the stand-ins were called, since the last time that this was asked. */
function called(): readonly string[] {
  const file = join(clone, 'called');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  rmSync(file, { force: true });
  return lines;
}

describe('Node', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Readonly<Record<string, { engines?: { node?: string }; optional?: boolean }>>;
  };
  const good = ['20.19.0', '22.12.0', '22.99.0', '24.0.0', '24.99.0'];
  const bad = ['18.20.8', '20.18.3', '21.7.3', '22.11.0', '23.11.1', '25.0.0'];

  /** Whether a version satisfies a range of those that packages write. */
  function fits(version: string, range: string): boolean {
    const number = (text: string) => {
      const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
      return (major * 1_000 + minor) * 1_000 + patch;
    };
    return range.split('||').some((part) =>
      [...part.matchAll(/(\^|>=|<=|>|<|)\s*v?(\d+[\d.]*)/g)].every(([, sign = '', bound = '']) => {
        const [is, limit] = [number(version), number(bound)];
        if (sign === '<') return is < limit;
        if (sign === '<=') return is <= limit;
        if (sign === '>') return is > limit;
        return is >= limit && (sign === '>=' || version.split('.')[0] === bound.split('.')[0]);
      }),
    );
  }

  it('that package.json lets pass, all packages let pass: npm is strict here', () => {
    const needed = Object.entries(packages).filter(([, one]) => one.engines?.node !== undefined && one.optional !== true);
    const refused = needed.flatMap(([name, one]) =>
      good.filter((version) => !fits(version, one.engines?.node ?? '')).map((version) => `${name} on ${version}`),
    );

    expect(read('.npmrc')).toContain('engine-strict=true');
    expect(needed.length).toBeGreaterThan(50);
    expect([...good, ...bad].filter((version) => fits(version, engines.node))).toEqual(good);
    expect(refused).toEqual([]);
    expect(packages['']?.engines).toEqual(engines);
  });

  it.each(good)('%s does for the set-up', (node) => {
    const { status, said } = setUp({}, { node });

    expect(status, said).toBe(0);
  });

  it.each(bad)('%s does not, and it says at once what does', (node) => {
    const { status, said } = setUp({}, { node });

    expect(status).toBe(1);
    expect(said).toContain(`This is Node ${node}. What does: Node 20 (20.19 or newer), 22 (22.12 or newer) or 24.`);
    expect(said).toContain('https://nodejs.org/en/download');
    expect(called()).toEqual([]);
  });

  it('is asked for by the documents in the same words', () => {
    for (const file of ['README.md', 'docs/deployment.md']) {
      const text = read(file).replaceAll(/\s+/g, ' ');
      expect(text, file).toContain('Node 20 (20.19 or newer), 22 (22.12 or newer) or 24');
      expect(text.replaceAll('Node 20 (20.19 or newer)', ''), file).not.toMatch(/Node \d+\.\d+ or newer/);
    }
  });
});

describe('packages and programs', () => {
  it('are those for building too, whatever NODE_ENV says', () => {
    const { status, said } = setUp({ NODE_ENV: 'production' });

    expect(status, said).toBe(0);
    expect(called()).toEqual([expect.stringMatching(/^npm ci --include=dev /), 'bundled']);
  });

  it('leave standard output to what is set up', () => {
    put('bin/npm', `${NPM}echo added 412 packages in 2m\n`);

    const { said, stdout } = setUp();

    expect(said).toContain('added 412 packages');
    expect(stdout).toBe('');
  });

  it('are installed anew where somebody left out those for building', () => {
    setUp();
    called();
    rmSync(join(clone, 'node_modules/typescript'), { recursive: true });
    put('bin/npm', `${NPM}mkdir -p node_modules/typescript/bin\n: >node_modules/typescript/bin/tsc\n`);

    const { status, said } = setUp();

    expect(status, said).toBe(0);
    expect(called()).toEqual([expect.stringMatching(/^npm ci /)]);
  });

  it('are fetched into the folder itself where the home takes nothing', () => {
    // Nobody, not even root, makes a folder below a file.
    put('home', '');

    const { status, said } = setUp({ HOME: join(clone, 'home') });

    expect(status, said).toBe(0);
    expect(called()[0]).toMatch(/^npm ci .* --cache .+\/\.cache\/npm$/);
    rmSync(join(clone, 'node_modules/.package-lock.json'));
    setUp({ HOME: clone });
    expect(called()[0]).not.toContain('--cache');
  });

  it.each(['scripts/narrow.mjs', 'scripts/lean-sdk.mjs', 'scripts/bundle.mjs'])(
    'are bundled anew after a change of %s, and only then',
    (script) => {
      setUp();
      setUp();
      expect(called().filter((line) => line === 'bundled')).toHaveLength(1);

      const later = new Date(Date.now() + 60_000);
      utimesSync(join(clone, script), later, later);
      setUp();

      expect(called()).toEqual(['bundled']);
    },
  );
});

describe('Redis', () => {
  const args: string[] = [];

  function withDistribution(): void {
    put('bin/apt-get', APT_GET);
    put('bin/dpkg-deb', DPKG_DEB);
  }

  it.each(['6.2.0', '7.0.15', '8.2.1'])('%s of this machine is taken', (version) => {
    put('bin/redis-server', REDIS);
    withDistribution();

    const { status, said } = setUp({ VERSION: version }, { args });

    expect(status, said).toBe(0);
    expect(called()).not.toContain('fetched');
  });

  it.each(['6.0.16', '5.0.14'])('%s of this machine is refused, with what to type', (version) => {
    put('bin/redis-server', REDIS);

    const { status, said } = setUp({ VERSION: version }, { args });

    expect(status).toBe(1);
    expect(said).toContain(`The redis-server of this machine is Redis ${version}; 6.2 or newer is needed.`);
    expect(said).toContain('sudo apt-get update && sudo apt-get install -y redis');
    for (const words of ['Debian 12', 'Ubuntu 24.04']) {
      expect(said).toContain(words);
      expect(read('README.md')).toContain(words);
    }
  });

  describe.runIf(platform() === 'linux')('of the distribution', () => {
    beforeEach(withDistribution);

    it('is fetched once', () => {
      const first = setUp({ VERSION: '7.0.15' }, { args });
      const second = setUp({ VERSION: '7.0.15' }, { args });

      expect([first.status, second.status], first.said + second.said).toEqual([0, 0]);
      expect(called().filter((line) => line === 'fetched')).toHaveLength(1);
    });

    it('is fetched again when it did not run, and when it does no more', () => {
      const broken = setUp({}, { args });
      expect(broken.status).toBe(1);
      expect(broken.said).toContain('sudo apt-get install redis-server');
      expect(existsSync(join(clone, '.cache/redis/redis-server'))).toBe(false);
      expect(called()).toContain('fetched');

      setUp({ VERSION: '7.0.15' }, { args });
      expect(existsSync(join(clone, '.cache/redis/redis-server'))).toBe(true);
      expect(called()).toContain('fetched');

      setUp({}, { args });
      expect(called()).toContain('fetched');
    });

    it('is refused when it is too old, and not kept', () => {
      const { status, said } = setUp({ VERSION: '6.0.16' }, { args });

      expect(status).toBe(1);
      expect(said).toContain('What the distribution has is Redis 6.0.16; 6.2 or newer is needed.');
      expect(existsSync(join(clone, '.cache/redis/redis-server'))).toBe(false);
    });
  });
});

const release = existsSync('/etc/os-release') ? read('/etc/os-release') : '';

describe.runIf(platform() === 'linux' && !/^ID=ubuntu$/m.test(release))('Chromium of the distribution', () => {
  it('finds its fonts, whatever the folder is called', () => {
    put('bin/redis-server', REDIS);
    put('bin/apt-get', APT_GET);
    put('bin/dpkg-deb', '#!/bin/sh\nmkdir -p "$3/usr/lib/chromium"\ncp browser "$3/usr/lib/chromium/chromium"\n');
    put('browser', '#!/bin/sh\n');

    const { status, said } = setUp({ VERSION: '7.0.15' }, { args: ['--with-chromium'] });

    expect(status, said).toBe(0);
    const fonts = read(join(clone, '.cache/chromium/fonts.conf'));
    expect(fonts).toContain('/ams R&amp;D é ');
    expect(fonts).not.toMatch(/&(?!amp;)/);
  });
});
