import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Settings } from '../../src/cluster/settings.ts';
import { read } from '../docs/markdown.ts';
import { deployments, FOLDER, kustomization, only, resources } from './kubernetes-manifests.ts';

const podLabels = deployments.map(({ spec }) => spec.template.metadata.labels);

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

  it('let each role ask for names wherever they are told: by a pod, or by the node itself', () => {
    const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy');

    expect(policies).toHaveLength(2);
    for (const { spec } of policies)
      expect(spec.egress).toContainEqual({
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      });
  });
});

describe('the secrets', () => {
  it('hold up no worker whose certificate lies in Certificate Management', () => {
    const volumes = deployments.flatMap((each) => each.spec.template.spec.volumes);
    const certificates = volumes.find(({ secret }) => secret?.secretName === 'ams-certs');

    expect(certificates?.secret?.optional).toBe(true);
  });

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
