import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { roleOf } from '../../sandbox/page/client/role.ts';

describe('the picture of the cloud', () => {
  it.each([
    ['live-scaling-group-edge', 'edge'],
    ['live-scaling-group-origin', 'origin'],
    ['edge-eu-scaling-group-origin', 'origin'],
    ['origin-1-scaling-group-edge', 'edge'],
    ['edges', 'other'],
  ])('draws the group %s as %s, whatever the cluster is called', (name, role) => {
    expect(roleOf([name])).toBe(role);
  });
});

const STYLE = readFileSync('sandbox/page/client/style/base.css', 'utf8');
/** Of WCAG 2.2, level AA, for small letters. */
const LEAST_CONTRAST = 4.5;
const PAPERS = ['paper', 'raised', 'cloud', 'only-you'];
/** Letters, and what they stand on. */
const PAIRS = [
  ...['ink', 'soft', 'faint', 'link', 'red', 'amber'].flatMap((ink) => PAPERS.map((paper) => [ink, paper])),
  ...['origin', 'edge', 'database'].map((ink) => [ink, 'paper']),
  ...['accent', 'green', 'alarm'].map((paper) => ['accent-ink', paper]),
  ['side-ink', 'side'],
];

function coloursOf(selector: string): ReadonlyMap<string, string> {
  const from = STYLE.indexOf(`${selector} {`);
  const rule = STYLE.slice(from, STYLE.indexOf('}', from));
  const found = [...rule.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)];
  return new Map(found.map(([, name = '', colour = '']): [string, string] => [name, colour]));
}

/** Relative luminance of `#rrggbb`. */
function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('the colours of the page', () => {
  it.each([
    ['light', ':root'],
    ['dark', ":root[data-theme='dark']"],
  ])('can be read when it is %s', (_theme, selector) => {
    const colours = coloursOf(selector);
    const contrasts = PAIRS.map(([ink = '', paper = '']) => ({
      ink,
      paper,
      contrast: contrastOf(colours.get(ink) ?? '', colours.get(paper) ?? ''),
    }));

    expect(contrasts.filter(({ contrast }) => !(contrast >= LEAST_CONTRAST))).toEqual([]);
  });
});
