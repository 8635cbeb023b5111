import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { Settings } from '../../src/cluster/settings.ts';
import { read } from '../docs/markdown.ts';

type Labels = Readonly<Record<string, string>>;

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold: number;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef: { readonly name: string; readonly key: string; readonly optional?: boolean };
  };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly Variable[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly requests: Labels; readonly limits: Labels };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
  }[];
}

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly minAvailable?: number;
    readonly selector: { readonly matchLabels?: Labels } & Labels;
    readonly podSelector?: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations: Labels };
      readonly spec: PodSpec;
    };
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
    readonly egress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
  };
}

const FOLDER = 'deploy/kubernetes';
const kustomization = parse(read(join(FOLDER, 'kustomization.yaml'))) as {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly images: readonly { readonly name: string }[];
};
const resources = kustomization.resources.flatMap((file) =>
  parseAllDocuments(read(join(FOLDER, file))).map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS() as Resource;
  }),
);
const deployments = resources.filter(({ kind }) => kind === 'Deployment');
const podLabels = deployments.map(({ spec }) => spec.template.metadata.labels);

/** Variables that the program reads, by the schema in its own source. */
const variables = new Set(
  [...read('src/config/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]),
);
const dockerfile = read('deploy/Dockerfile');

function only(deployment: Resource): Container {
  const [container] = deployment.spec.template.spec.containers;
  if (!container) throw new Error(`${deployment.metadata.name} has no container`);
  return container;
}

function numberIn(path: string, name: string): number {
  const found = new RegExp(`^const ${name} = ([\\d_]+);`, 'm').exec(read(path))?.[1];
  if (found === undefined) throw new Error(`${path} has no ${name}`);
  return Number(found.replaceAll('_', ''));
}

describe('the kustomize base', () => {
  it('takes in each file of its folder, and has each kind of thing', () => {
    const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml');
    const named = [
      ...kustomization.resources,
      ...kustomization.configMapGenerator.flatMap(({ files }) => files),
    ];

    expect(named.toSorted()).toEqual(files.toSorted());
    expect(resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      'Deployment ams-bot',
      'Deployment ams-worker',
      'Namespace ams-chatops',
      'NetworkPolicy ams-bot',
      'NetworkPolicy ams-worker',
      'PodDisruptionBudget ams-bot',
      'PodDisruptionBudget ams-worker',
      'Service ams-bot',
      'ServiceAccount ams-chatops',
    ]);
  });

  it('has an ams.yaml that the program takes', () => {
    expect(Settings.safeParse(parse(read(join(FOLDER, 'ams.yaml')))).error?.issues ?? []).toEqual([]);
  });

  it('selects with each selector the pods of one deployment', () => {
    const selectors = resources.flatMap(({ kind, metadata, spec }) =>
      kind === 'Namespace' || kind === 'ServiceAccount'
        ? []
        : [
            {
              name: `${kind} ${metadata.name}`,
              labels: spec.podSelector?.matchLabels ?? spec.selector.matchLabels ?? spec.selector,
            },
          ],
    );

    expect(selectors).toHaveLength(7);
    for (const { name, labels } of selectors) {
      const chosen = podLabels.filter((pod) =>
        Object.entries(labels).every(([key, value]) => pod[key] === value),
      );
      expect(chosen, name).toHaveLength(1);
      expect(`ams-${chosen[0]?.['app.kubernetes.io/component']}`, name).toBe(name.split(' ')[1]);
    }
  });

  it('lets a drain take all but one of each', () => {
    for (const { spec } of resources.filter(({ kind }) => kind === 'PodDisruptionBudget'))
      expect(spec.minAvailable).toBe(1);
    for (const { spec } of deployments) expect(spec.replicas).toBeGreaterThan(1);
  });
});

describe.each(deployments.map((each) => [each.metadata.name, each] as const))(
  'the deployment %s',
  (name, deployment) => {
    const { spec: pod, metadata } = deployment.spec.template;
    const container = only(deployment);
    const value = (variable: string) => container.env.find((each) => each.name === variable)?.value;

    it('starts a role that the program has, from the image that kustomize names', () => {
      expect(container.args).toEqual([name.replace('ams-', '')]);
      expect(kustomization.images.map((image) => image.name)).toContain(container.image);
    });

    it('sets variables that the program reads, and no secret in clear', () => {
      for (const { name: variable, value: clear, valueFrom } of container.env) {
        expect(variables, variable).toContain(variable);
        if (valueFrom) expect(valueFrom.secretKeyRef.key).toBe(variable);
        else expect(variable, clear).toMatch(/^(AMS_HEALTH_PORT|AMS_CONFIG|PORT)$/);
      }
      const needed = container.env.filter(
        ({ valueFrom }) => valueFrom && valueFrom.secretKeyRef.optional !== true,
      );
      expect(needed.map((each) => each.name)).toEqual(
        expect.arrayContaining([
          'REDIS_URL',
          'AMS_SECRET_KEY',
          ...(name === 'ams-bot' ? ['SLACK_BOT_TOKEN'] : []),
        ]),
      );
    });

    it('gives no role the keys of the other', () => {
      const given = container.env.map((each) => each.name).filter((each) => /^(SLACK|ALIBABA)/.test(each));

      expect(given.every((each) => each.startsWith(name === 'ams-bot' ? 'SLACK' : 'ALIBABA'))).toBe(true);
    });

    it('has the probes where the program answers them', () => {
      const health = container.ports.find((port) => port.name === 'health')?.containerPort;

      expect(String(health)).toBe(value('AMS_HEALTH_PORT'));
      expect(metadata.annotations['prometheus.io/port']).toBe(value('AMS_HEALTH_PORT'));
      expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'health' });
      expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'health' });
      expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'health' });
      // A check that hangs is answered after 2 s: the probe must wait for those words.
      const patience = numberIn('src/ops/readiness.ts', 'PATIENCE_MS') / 1_000;
      expect(container.readinessProbe.timeoutSeconds).toBeGreaterThan(patience);
      for (const path of ['/healthz', '/readyz', '/metrics'])
        expect(read('src/ops/server.ts')).toContain(`=== '${path}'`);
      const policy = resources.find((each) => each.kind === 'NetworkPolicy' && each.metadata.name === name);
      expect(policy?.spec.ingress?.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual(
        container.ports.map(({ containerPort }) => containerPort),
      );
    });

    it('gives the program the time to stop that it takes', () => {
      const grace = numberIn('src/main.ts', 'GRACE_MS') + numberIn('src/jobs/worker.ts', 'LAST_WORDS_MS');

      expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace / 1_000 + 10);
    });

    it('may do nothing that it need not, as the user of the image', () => {
      const user = /^USER (\d+):(\d+)$/m.exec(dockerfile);

      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: Number(user?.[1]),
        runAsGroup: Number(user?.[2]),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(Number(user?.[1])).toBeGreaterThan(0);
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory']);
      expect(container.resources.limits['memory']).toBeTruthy();
    });

    it('mounts what ams.yaml and the environment name', () => {
      const mounted = container.volumeMounts.map((mount) => mount.mountPath);
      const volumes = new Set(pod.volumes.map((volume) => volume.name));

      for (const mount of container.volumeMounts) expect(volumes).toContain(mount.name);
      expect(value('AMS_CONFIG')).toBe('/etc/ams/config/ams.yaml');
      expect(mounted).toContain('/etc/ams/config');
      expect(pod.volumes.find(({ configMap }) => configMap)?.configMap?.name).toBe(
        kustomization.configMapGenerator[0]?.name,
      );
      if (name === 'ams-worker') expect(mounted).toContain('/etc/ams/certs');
      else expect(pod.volumes.some(({ secret }) => secret)).toBe(false);
    });
  },
);

describe('the service', () => {
  it('leads to the port that Slack delivers to', () => {
    const bot = deployments.find(({ metadata }) => metadata.name === 'ams-bot');
    const service = resources.find(({ kind }) => kind === 'Service');
    const port = bot && only(bot).ports.find(({ name }) => name === service?.spec.ports?.[0]?.targetPort);

    expect(String(port?.containerPort)).toBe(bot && only(bot).env.find(({ name }) => name === 'PORT')?.value);
  });
});

describe('the network policies', () => {
  it('let the worker reach the ports that docs/deployment.md tells', () => {
    const worker = resources.find(
      (each) => each.kind === 'NetworkPolicy' && each.metadata.name === 'ams-worker',
    );
    const ports = worker?.spec.egress?.flatMap((rule) => rule.ports.map(({ port }) => port)) ?? [];

    for (const port of [53, 443, 6379, 22, 80, 5080, 5443]) expect(ports).toContain(port);
  });
});

describe('the secrets', () => {
  it('are made by the commands of docs/deployment.md', () => {
    const page = read('docs/deployment.md');
    const wanted = deployments.flatMap((each) => [
      ...only(each).env.flatMap(({ valueFrom }) => (valueFrom ? [valueFrom.secretKeyRef.name] : [])),
      ...each.spec.template.spec.volumes.flatMap(({ secret }) => (secret ? [secret.secretName] : [])),
    ]);

    for (const name of new Set(wanted))
      expect(page, name).toMatch(new RegExp(`create secret (generic|tls) ${name}\\b`));
  });
});
