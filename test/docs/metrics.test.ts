import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/ops/metrics.ts';
import { code, read, section, tableRows } from './markdown.ts';

const page = read('docs/metrics.md');
const { registry } = createMetrics();
const exported = registry.getMetricsAsArray() as unknown as readonly Series[];
const names = new Set(exported.map(({ name }) => name));

interface Series {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** Names of metrics in a query, without what a histogram adds to its own. */
function metricsIn(query: string): readonly string[] {
  return [...query.matchAll(/\b((?:ams|process|nodejs)_\w+)/g)].map((match) =>
    (match[1] ?? '').replace(/_(bucket|sum|count)$/, ''),
  );
}

/** Labels of our metrics that a query groups by or selects. */
function labelsIn(query: string): readonly string[] {
  const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(/,\s*/));
  const selected = [...query.matchAll(/[{,](\w+)(?:=~|!=|=)"/g)].map((match) => match[1] ?? '');
  // Prometheus' own.
  return [...grouped, ...selected].filter((label) => !['le', 'job', 'instance', 'pod'].includes(label));
}

describe('docs/metrics.md', () => {
  it('lists every metric of ours with its type and labels, and no other', () => {
    const rows = tableRows(section(page, '## Of ams-chatops')).filter((row) => row.length === 4);
    const told = rows.map(([name, type, labels]) => ({
      name: code(name),
      type: type ?? '',
      labels: [...(labels ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '').toSorted(),
    }));
    const real = exported
      .filter(({ name }) => name.startsWith('ams_'))
      .map(({ name, constructor, labelNames }) => ({
        name,
        type: constructor.name.toLowerCase(),
        labels: [...labelNames].filter((label) => label !== 'le').toSorted(),
      }));

    expect(real.length).toBeGreaterThan(10);
    expect(told.toSorted(byName)).toEqual(real.toSorted(byName));
  });

  it('lists every metric of the process, and no other', () => {
    const told = tableRows(section(page, '## Of the process')).map((row) => code(row[0]));

    expect(told.toSorted()).toEqual([...names].filter((name) => !name.startsWith('ams_')).toSorted());
  });

  it('suggests alerts on metrics that exist', () => {
    const alerts = tableRows(section(page, '## Of ams-chatops'))
      .filter((row) => row.length === 2)
      .map((row) => code(row[0]));

    expect(alerts.length).toBeGreaterThan(3);
    for (const alert of alerts) {
      expect(metricsIn(alert).length, alert).toBeGreaterThan(0);
      for (const name of metricsIn(alert)) expect(names, alert).toContain(name);
    }
    // Of a process with several parts, one that is away is enough.
    expect(alerts.filter((alert) => /ams_ready\b.* < 1$/.test(alert))).toEqual(['min by (part) (ams_ready) < 1']);
  });

  it('alerts at the first failure, since what is counted begins at 0', async () => {
    const alert = 'increase(ams_operation_changes_total{state="failed"}[15m]) > 0';
    const text = await registry.metrics();

    expect(page).toContain(`\`${alert}\``);
    for (const kind of ['create', 'scale', 'destroy', 'repair', 'rollback'])
      expect(text).toContain(`ams_operation_changes_total{kind="${kind}",state="failed"} 0\n`);
  });
});

describe('deploy/grafana-dashboard.json', () => {
  const { panels } = JSON.parse(read('deploy/grafana-dashboard.json')) as { readonly panels: readonly Panel[] };
  const queries = panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));

  it('shows only metrics that are exported, by labels that they have', () => {
    expect(queries.length).toBeGreaterThan(15);
    for (const { panel, target } of queries) {
      const used = metricsIn(target.expr);
      expect(used, panel.title).toHaveLength(1);
      for (const name of used) expect(names, panel.title).toContain(name);
      const labels = exported.find(({ name }) => name === used[0])?.labelNames ?? [];
      for (const label of labelsIn(target.expr)) expect(labels, `${panel.title}: ${label}`).toContain(label);
    }
  });

  it('shows every metric of ours', () => {
    const shown = new Set(queries.flatMap(({ target }) => metricsIn(target.expr)));

    expect([...names].filter((name) => name.startsWith('ams_') && !shown.has(name))).toEqual([]);
  });

  it('names in its legends labels that the query keeps', () => {
    for (const { panel, target } of queries)
      for (const [, label = ''] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        if (label !== 'instance') expect(target.expr, panel.title).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
  });

  it('has panels that do not cover one another, each with an id and a word of help', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const panel of panels) if (panel.type !== 'row') expect(panel.description, panel.title).toBeTruthy();
    for (const [at, { title, gridPos: a }] of panels.entries())
      for (const { gridPos: b } of panels.slice(at + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, title).toBe(true);
      }
  });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name);
}
