import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { endpointOf } from '../../src/cloud/endpoints.ts';
import type { Product } from '../../src/cloud/endpoints.ts';
import { SCOPES, WELCOME_SCOPES } from '../../src/doctor/slack.ts';
import { anchors, code, localLinks, read, section, tableRows } from './markdown.ts';
import { eventsIn, manifest, manifestScopes, methodsIn, neededScopes } from './slack-manifest.ts';
import { policyActions } from './ram-actions.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
}

const DOCUMENTS = ['README.md', ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];

describe('the Slack manifest', () => {
  it('asks for the scopes that the doctor looks for, and no other', () => {
    expect([...manifestScopes].toSorted()).toEqual(
      [...Object.keys(SCOPES), ...Object.keys(WELCOME_SCOPES)].toSorted(),
    );
  });

  it('asks for every scope that the calls in the sources need', () => {
    const files = ['src/bot', 'src/doctor'].flatMap((room) =>
      readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(room, name)),
    );
    const needed = neededScopes(files.flatMap((file) => methodsIn(read(file))));

    expect(needed.length).toBeGreaterThan(5);
    expect(needed.filter((scope) => !manifestScopes.includes(scope))).toEqual([]);
  });

  it('subscribes to the events that the sources listen to, and no other', () => {
    const files = readdirSync('src/bot', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const heard = files.flatMap((file) => eventsIn(read(join('src/bot', file))));

    expect(heard.length).toBeGreaterThan(0);
    expect([...manifest.settings.event_subscriptions.bot_events].toSorted()).toEqual(heard.toSorted());
  });

  it('is explained scope by scope in docs/deployment.md', () => {
    const told = tableRows(section(read('docs/deployment.md'), '## 1. Slack app')).map((row) => code(row[0]));

    expect(told.toSorted()).toEqual([...manifestScopes].toSorted());
  });

  it('has the command, clicks, the home and private messages', () => {
    expect(manifest.features.slash_commands.map((one) => one.command)).toEqual(['/ams']);
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
    expect(manifest.features.app_home.home_tab_enabled).toBe(true);
    expect(manifest.features.app_home.messages_tab_enabled).toBe(true);
  });
});

describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml')) as { services: Readonly<Record<string, Service>> };
  const dockerfile = read('deploy/Dockerfile');

  it('starts roles that the program has', () => {
    const roles = [...read('src/main.ts').matchAll(/^ {2}(\w+) {2,}\S/gm)].map((match) => match[1]);

    expect(dockerfile).toContain('ENTRYPOINT ["node", "dist/product/main.js"]');
    expect(roles).toEqual(expect.arrayContaining(['start', 'bot', 'worker', 'doctor']));
    for (const name of ['bot', 'worker']) expect(roles).toContain(services[name]?.command[0]);
    expect(existsSync(services['bot']?.build?.dockerfile ?? '')).toBe(true);
  });

  it('gives the bot no key of Alibaba Cloud', () => {
    const { environment = {} } = services['bot'] ?? {};

    for (const name of ['ACCESS_KEY_ID', 'ACCESS_KEY_SECRET', 'SECURITY_TOKEN'])
      expect(environment[`ALIBABA_CLOUD_${name}`]).toBe('');
  });

  it('gives Redis the settings that docs/deployment.md asks for', () => {
    const words = services['redis']?.command.join(' ') ?? '';

    for (const setting of ['--appendonly yes', '--appendfsync everysec', '--maxmemory-policy noeviction', '--hz 100'])
      expect(words).toContain(setting);
  });

  it('puts the files of ams.example.yaml where the worker finds them', () => {
    const mounted = services['worker']?.volumes.map((volume) => volume.split(':')[1] ?? '') ?? [];
    const files = [...read('ams.example.yaml').matchAll(/file:(\/[^\s]+)/g)].map((match) => match[1] ?? '').filter((file) => !file.startsWith('/absolute'));

    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(mounted, file).toContain(dirname(file));
    expect(mounted).toContain(services['worker']?.environment?.['AMS_CONFIG']);
  });
});

describe('how many bots may run', () => {
  /** Of one app, by Slack's limit of ten connections. */
  const sockets = /^const PONG_PATIENCE_MS = \[(.+)\] as const;$/m.exec(read('src/bot/sockets.ts'))?.[1]?.split(',').length ?? 0;
  const most = Math.floor(10 / sockets);
  const manifest = read('deploy/kubernetes/bot.yaml');
  const { spec } = parse(manifest.split(/^---$/m)[0] ?? '') as {
    spec: { replicas: number; strategy: { rollingUpdate: { maxSurge: number } } };
  };
  const count = (number: number) => ['none', 'one', 'two', 'three', 'four', 'five'][number] ?? 'more';

  it('is told where they are scaled, with one less where an update starts another', () => {
    const told = section(read('docs/deployment.md'), '### Several workers').replaceAll('\n', ' ');
    const inKubernetes = count(most - spec.strategy.rollingUpdate.maxSurge);

    expect(told).toContain(`In Socket Mode at most ${count(most)} bots`);
    expect(told).toContain(`each opens ${count(sockets)} connections`);
    expect(told).toContain(`In Kubernetes at most ${inKubernetes},`);
    expect(read('docs/deployment.md')).toContain(`In Socket Mode ${inKubernetes} bots are the most`);
    expect(manifest).toContain(`In Socket Mode ${inKubernetes} at most: each opens ${count(sockets)}`);
  });

  it('is not passed by what the manifest starts', () => {
    expect(spec.replicas + spec.strategy.rollingUpdate.maxSurge).toBeLessThanOrEqual(most);
  });
});

describe('the table of connections', () => {
  const told = section(read('docs/deployment.md'), '## Networking');
  // Each once, or the compiler minds.
  const products = { vpc: 0, ecs: 0, alb: 0, ess: 0, cas: 0, alidns: 0, sts: 0, bss: 0, cms: 0 } satisfies Record<Product, 0>;

  it.each(Object.keys(products) as Product[])('names the hosts of %s', (product) => {
    for (const site of ['international', 'china'] as const)
      for (const regionId of ['eu-central-1', 'cn-hangzhou']) {
        const { host } = endpointOf(product, regionId, { site });
        const [name = ''] = host.replace(`.${regionId}.`, '.<region>.').split('.aliyuncs.com');

        expect(told).toMatch(new RegExp(`\`${name.replaceAll('.', '\\.')}(\\.aliyuncs\\.com)?\``));
      }
  });
});

describe('the documents', () => {
  it.each(DOCUMENTS)('%s links to files and headings that exist', (file) => {
    const broken = localLinks(read(file)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchors(read(target)).includes(anchor);
    });

    expect(broken).toEqual([]);
  });

  it.each(DOCUMENTS)('%s is wrapped at 120 columns, tables apart', (file) => {
    const long = read(file).split('\n').filter((line) => line.length > 120 && !line.startsWith('|') && !line.startsWith('    '));

    expect(long).toEqual([]);
  });

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    const named = DOCUMENTS.flatMap((file) => [...read(file).matchAll(/npm run ([a-z-]+)/g)].map((match) => match[1] ?? ''));

    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('security.md speaks of every product of the RAM policy', () => {
    const table = section(read('docs/security.md'), '## The RAM policy');
    const products = new Set(policyActions.map((action) => action.split(':')[0] ?? ''));

    for (const product of products) expect(table).toContain(`\`${product}:`);
  });
});
