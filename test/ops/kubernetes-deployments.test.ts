import { describe, expect, it } from 'vitest';
import { read } from '../docs/markdown.ts';
import { deployments, kustomization, only, resources } from './kubernetes-manifests.ts';

/** Variables that the program reads, by the schema in its own source. */
const variables = new Set(
  [...read('src/config/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]),
);
const dockerfile = read('deploy/Dockerfile');

function numberIn(path: string, name: string): number {
  const found = new RegExp(`^const ${name} = ([\\d_]+);`, 'm').exec(read(path))?.[1];
  if (found === undefined) throw new Error(`${path} has no ${name}`);
  return Number(found.replaceAll('_', ''));
}

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

      expect(given).not.toEqual([]);
      expect(given.every((each) => each.startsWith(name === 'ams-bot' ? 'SLACK' : 'ALIBABA'))).toBe(true);
    });

    it('has the probes where the program answers them', () => {
      const health = container.ports.find((port) => port.name === 'health')?.containerPort;

      expect(String(health)).toBe(value('AMS_HEALTH_PORT'));
      expect(metadata.annotations['prometheus.io/port']).toBe(value('AMS_HEALTH_PORT'));
      expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'health' });
      expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'health' });
      // Without endpoints Slack's deliveries would meet nobody who says that Redis is away.
      const path = name === 'ams-bot' ? '/readyz?exclude=redis' : '/readyz';
      expect(container.readinessProbe.httpGet).toEqual({ path, port: 'health' });
      // A check that hangs is answered after 2 s: the probe must wait for those words.
      const patience = numberIn('src/ops/readiness.ts', 'PATIENCE_MS') / 1_000;
      expect(container.readinessProbe.timeoutSeconds).toBeGreaterThan(patience);
      for (const page of ['/healthz', '/readyz', '/metrics'])
        expect(read('src/ops/server.ts')).toContain(`=== '${page}'`);
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
