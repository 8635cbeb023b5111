import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { code, read, section, tableRows } from './markdown.ts';

const deployment = read('docs/deployment.md');
const runbook = read('docs/runbook.md');
const { services, volumes } = parse(read('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, { readonly image?: string; readonly volumes: readonly string[] }>>;
  readonly volumes: Readonly<Record<string, { readonly name: string }>>;
};
/** Variables of .env.example whose value nobody else may know. */
const SECRET = /TOKEN|SECRET$|PASSWORD|KEY$|HEADERS|^REDIS_URL/;

describe('replacing secrets', () => {
  const told = section(runbook, '## Replace a secret');
  const secrets = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => SECRET.test(name));

  it('is told of each secret of .env.example', () => {
    expect(secrets.length).toBeGreaterThan(8);
    for (const name of secrets) expect(told, name).toContain(`\`${name}\``);
  });

  it('speaks of variables that there are', () => {
    const named = [...told.matchAll(/^### (`.+`)$/gm)].map((match) => code(match[1]));

    expect(named.length).toBeGreaterThan(6);
    expect(named.filter((name) => !secrets.includes(name))).toEqual([]);
  });

  it('never restarts a container where it has to be made anew to read .env', () => {
    for (const text of [deployment, runbook, read('README.md')])
      expect(text).not.toMatch(/^ {4}docker compose restart/m);
    expect(told).toContain('docker compose up -d --force-recreate bot worker');
  });

  it('names the secrets of Kubernetes that the deployments refer to', () => {
    const made = [...deployment.matchAll(/create secret generic (ams-[a-z]+)/g)].map((match) => match[1]);

    expect(made.length).toBeGreaterThan(4);
    for (const name of made.filter((each) => each !== 'ams-more')) expect(told).toContain(`\`${name}\``);
  });
});

describe('a restart with new settings', () => {
  it('takes ams.yaml anew in Kubernetes, too, where a pod that is only restarted keeps the old one', () => {
    const row = tableRows(runbook).find(([what]) => what === 'restart with new settings');

    expect(read('deploy/kubernetes/kustomization.yaml')).toContain('files: [ams.yaml]');
    expect(row?.at(-1)).toContain('`kubectl apply -k .`');
  });
});

describe('the volume of Redis', () => {
  const name = volumes['redis']?.name ?? '';

  it('has one name, which backup and restore use', () => {
    const used = [deployment, runbook].flatMap((text) =>
      [...text.matchAll(/-v ([^\s:]+):\/data|docker volume rm --force (\S+)/g)].map((match) => match[1] ?? match[2]),
    );

    expect(name).not.toBe('');
    expect(services['redis']?.volumes).toEqual(['redis:/data']);
    expect(used.length).toBeGreaterThan(4);
    expect(new Set(used)).toEqual(new Set([name]));
  });

  it('is written and read by the image that serves it', () => {
    const images = [deployment, runbook].flatMap((text) =>
      [...text.matchAll(/:\/data (\S+)/g)].map((match) => match[1]),
    );

    expect(new Set(images)).toEqual(new Set([services['redis']?.image]));
  });
});

describe('what docs/deployment.md has people type', () => {
  it('puts the certificate where ams.example.yaml says, for the user of the image', () => {
    const files = [...read('ams.example.yaml').matchAll(/^ {4}(?:chain|key): file:(\S+)$/gm)].map((match) => match[1] ?? '');
    const user = /^USER (\S+)$/m.exec(read('deploy/Dockerfile'))?.[1];

    expect(files).toHaveLength(2);
    for (const file of files) {
      expect(deployment).toContain(` ${file}\n`);
      expect(deployment).toContain(file.replace('/etc/ams/', ' '));
    }
    expect(deployment).toContain(`sudo chown -R ${user} certs`);
  });

  it('ends the doctor with the words that it has for it', () => {
    const words = /'(Ready: [^']+)'/.exec(read('src/doctor.ts'))?.[1];

    expect(words).toBeDefined();
    for (const text of [deployment, read('README.md')]) expect(text).toContain(`\`${words}\``);
  });

  it('sets Redis as docker-compose.yml does', () => {
    const compose = parse(read('docker-compose.yml')) as { services: { redis: { command: readonly string[] } } };
    const words = compose.services.redis.command.join(' ');
    const typed = [...deployment.matchAll(/^ {4}redis-cli config set (appendonly|appendfsync|maxmemory-policy|hz) (\S+)$/gm)];

    expect(typed).toHaveLength(4);
    for (const [, name, value] of typed) expect(words).toContain(`--${name} ${value}`);
  });

  it('patches the container that is first in each deployment, and needs variables that there are', () => {
    const patch = /^ {8}patches:\n(?: {8}.*\n)+/m.exec(deployment)?.[0] ?? '';
    const { patches } = parse(patch.replaceAll(/^ {8}/gm, '')) as {
      patches: readonly { readonly patch: string }[];
    };
    const operations = parse(patches[0]?.patch ?? '') as readonly { readonly path: string; readonly value: { readonly name: string } }[];

    expect(operations.map(({ path }) => path)).toEqual(Array(2).fill('/spec/template/spec/containers/0/env/-'));
    expect(read('.env.example')).toContain(`\n${operations[0]?.value.name}=`);
    expect(read('ams.example.yaml')).toContain(`env:${operations[1]?.value.name}`);
  });

  it.each([
    [deployment, '### Redis of Docker Compose'],
    [deployment, '### Redis of Debian or Ubuntu'],
    [deployment, '### Managed Redis, and Kubernetes'],
    [runbook, '## Back up and restore Redis'],
  ])('starts the bot alone after a restore: a worker would carry on what ran when the copy was taken', (text, heading) => {
    const told = section(text, heading);
    const before = told.slice(0, told.indexOf('before-the-worker-starts'));

    expect(before).toMatch(/ (up --build -d redis bot|start ams-chatops@bot|scale deployment ams-bot --replicas=1)$/m);
    expect(before).not.toMatch(/ (up --build -d|start ams-chatops@worker.*|apply -k .)$/m);
  });

  it('updates workers before bots', () => {
    const told = section(deployment, '## Upgrade');

    for (const words of ['docker compose up -d --wait --no-deps', 'sudo systemctl restart ams-chatops@', 'rollout status deployment/ams-']) {
      const worker = told.indexOf(`${words}${words.endsWith('deps') ? ' ' : ''}worker`);
      const bot = told.indexOf(`${words}${words.endsWith('deps') ? ' ' : ''}bot`);
      expect(worker, words).toBeGreaterThan(0);
      expect(bot, words).toBeGreaterThan(worker);
    }
  });
});

describe('pictures', () => {
  it('are each shown or linked by a document', () => {
    const documents = ['README.md', ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];
    const text = documents.map(read).join('\n');

    for (const name of readdirSync('docs').filter((each) => /\.(png|svg)$/.test(each))) expect(text).toContain(name);
  });
});
