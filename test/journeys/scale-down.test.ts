import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdingsOf } from '../support/holdings.ts';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** Nodes that Auto Scaling takes away late, or not at all. */
let town: Town;

const LONG = 120_000;
const CREATE = `create-cluster live --origin 1 --origin-min 1 --edge 3 --edge-min 1 ${OUTSIDE}`;

beforeAll(async () => {
  town = await openTown({ timeScale: 0.05, ...QUICK });
  await town.run(CREATE);
}, LONG);

afterAll(() => town?.close());

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

function edge() {
  return holdingsOf(town.world, 'live').scalingGroup('edge');
}

function edgeNodes() {
  return holdingsOf(town.world, 'live').nodes('edge');
}

describe('scaling down', () => {
  it(
    'leaves nodes alone that a scaling rule has asked for meanwhile',
    async () => {
      edge().suspended.add('ScaleIn');
      const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
        if (action !== 'GetListenerHealthStatus') return;
        stop();
        edge().desired = 3;
      });

      const end = await town.run('scale edge 2 live');

      edge().suspended.delete('ScaleIn');
      expect(words(end)).not.toContain('has not taken');
      expect(edgeNodes()).toHaveLength(3);
    },
    LONG,
  );

  it(
    'waits for nodes that still serve at its first look',
    async () => {
      edge().suspended.add('ScaleIn');
      const stop = town.world.alibaba.cloud.on('request', ({ action }) => {
        if (action !== 'GetListenerHealthStatus') return;
        stop();
        edge().suspended.delete('ScaleIn');
      });

      const end = await town.run('scale edge 2 live');

      expect(words(end)).not.toContain('has not taken');
      expect(edgeNodes()).toHaveLength(2);
    },
    LONG,
  );

  it(
    'tells when Auto Scaling may not take nodes away, and does not fail',
    async () => {
      edge().suspended.add('ScaleIn');

      const end = await town.run('scale edge 1 live');

      edge().suspended.delete('ScaleIn');
      expect(words(end)).toMatch(
        /edge: 2 nodes serve, 1 is wanted, and Auto Scaling has not taken the others away\..*ScaleIn is suspended/,
      );
    },
    LONG,
  );

  it(
    'takes nodes that are protected from scale-in for serving, and names them',
    async () => {
      await expect.poll(() => edgeNodes().length, { timeout: LONG }).toBe(1);
      await town.run('scale edge 2 live');
      for (const { member } of edgeNodes()) member.state = 'Protected';

      const end = await town.run('scale edge 1 live');

      expect(words(end)).toContain('edge: 2 nodes serve, 1 is wanted');
      for (const { member } of edgeNodes()) expect(words(end)).toContain(member.instanceId);
    },
    2 * LONG,
  );
});
