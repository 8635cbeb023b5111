import { inflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { altText, chartOf } from '../../src/bot/chart/chart.ts';
import type { Chart } from '../../src/bot/chart/chart.ts';
import { createArtist } from '../../src/bot/chart/draw.ts';
import { chartOption } from '../../src/bot/chart/option.ts';
import { svgOf } from '../../src/bot/chart/svg.ts';
import type { ClusterStatus } from '../../src/cluster/answers.ts';
import { NOW, pastStatus, status } from './samples.ts';

interface Option {
  readonly title: readonly { readonly text: string }[];
  readonly xAxis: readonly { readonly min: number; readonly interval: number }[];
  readonly yAxis: readonly { readonly max: number }[];
  readonly series: readonly {
    readonly name: string;
    readonly data: readonly { readonly value?: readonly [number, number | null] }[];
  }[];
}

function drawnOf(given: ClusterStatus): { chart: Chart; option: Option } {
  const chart = chartOf(given);
  if (!chart) throw new Error('nothing to draw');
  return { chart, option: chartOption(chart) as unknown as Option };
}

describe('the chart of a cluster', () => {
  it('shows CPU above and nodes below, with the newest values and what the CPU is held at', () => {
    const { option } = drawnOf(pastStatus());

    expect(option.title.map((one) => one.text.replaceAll(/\{\w+\|/g, '').replaceAll('}', ''))).toEqual([
      'CPU origin 20 %, 60 % at most edge 20 %, 60 % at most',
      'Nodes origin 1 edge 3',
    ]);
    const names = option.series.map((one) => one.name);
    expect(names).toEqual(['target 60', 'origin', 'edge', 'origin', 'edge']);
    expect(option.yAxis.map((one) => one.max)).toEqual([100, 4]);
    expect(option.xAxis[0]).toMatchObject({ min: -180, interval: 60 });
  });

  it('shows a short past in minutes, and only what is known', () => {
    const [origin, edge] = pastStatus().groups;
    if (!origin || !edge) throw new Error('sample without groups');
    const { sizes: _none, ...cpuOnly } = { ...edge, cpu: edge.cpu?.slice(-3) ?? [], cpuTarget: 55 };
    const bare = { ...origin, cpu: origin.cpu?.slice(-1) ?? [], sizes: [] };

    const { option } = drawnOf(status({ groups: [bare, cpuOnly] }));

    expect(option.series.map((one) => one.name)).toEqual(['target 55', 'edge']);
    expect(option.xAxis).toHaveLength(1);
    expect(option.xAxis[0]).toMatchObject({ min: -10, interval: 5 });
  });

  it('joins no values across hours of which nothing is known', () => {
    const [origin] = pastStatus().groups;
    const cpu = origin?.cpu?.filter((_one, at) => at < 5 || at > 30) ?? [];

    const { option } = drawnOf(
      status({ groups: [{ ...status().groups[0], ...origin, cpu, sizes: [] }] as never }),
    );

    const values = option.series.find((one) => one.name === 'origin')?.data ?? [];
    expect(values.filter((one) => one.value === undefined)).toHaveLength(1);
    expect(values).toHaveLength(cpu.length + 1);
  });

  it('is nothing for a cluster without a past', () => {
    expect(chartOf(status())).toBeUndefined();
  });

  it('is told in words', () => {
    const { chart } = drawnOf(pastStatus());

    expect(altText(chart)).toBe(
      'CPU and nodes of live over the last 2 h 55 min. Origin: CPU 20 % now, between 20 % and 60 %, scales to hold 60 %; 1 node all the time. Edge: CPU 20 % now, between 20 % and 60 %, scales to hold 60 %; 3 nodes now, between 2 and 3.',
    );
  });

  it('is drawn with words that do not run out of it', () => {
    const svg = svgOf(drawnOf(pastStatus()).chart);

    expect(svg).toMatch(/^<svg width="640" height="280"/);
    expect(svg).toContain('3 h ago');
    expect(svg).toContain('scales to hold 60 %');
  });
});

describe('the artist', () => {
  // Its process runs a compiled program.
  const artist = createArtist(new URL('../../dist/src/bot/chart/draw-process.js', import.meta.url));
  afterAll(() => artist.close());

  it('draws sharp pictures that are not blank, one after another', async () => {
    const { chart } = drawnOf(pastStatus());

    const [first, second] = await Promise.all([artist.draw(chart), artist.draw({ ...chart, cluster: 'b' })]);

    for (const png of [first, second]) {
      const { width, height, bytes } = readPng(Buffer.from(png));
      expect([width, height]).toEqual([1280, 560]);
      expect(new Set(bytes).size).toBeGreaterThan(100);
      expect(png.length).toBeLessThan(150_000);
    }
  });

  it('begins anew after it rested', async () => {
    const { chart } = drawnOf(pastStatus());
    await artist.close();

    const png = await artist.draw(chart);

    expect(readPng(Buffer.from(png)).width).toBe(1280);
  });

  it('says so when it cannot draw, and still can the next time', async () => {
    const none = createArtist(new URL('file:///nowhere/draw-process.js'));
    const { chart } = drawnOf(pastStatus());

    await expect(none.draw(chart)).rejects.toThrow('the process that draws ended');
    await expect(artist.draw({ ...chart, groups: 'none' } as never)).rejects.toThrow();
    expect(readPng(Buffer.from(await artist.draw(chart))).width).toBe(1280);
  });

  it('uses the moment of reading as now', () => {
    expect(drawnOf(pastStatus()).chart.to).toBe(NOW);
  });
});

/** Size of a PNG image and its filtered rows. */
function readPng(png: Buffer): { width: number; height: number; bytes: Buffer } {
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  return {
    width: png.readUInt32BE(16),
    height: png.readUInt32BE(20),
    bytes: inflateSync(Buffer.concat(parts)),
  };
}
