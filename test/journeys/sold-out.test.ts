import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { essOf } from '../../sandbox/alibaba/ess/lookup.ts';
import { openTown, OUTSIDE, QUICK } from '../support/town.ts';
import type { Message, Town } from '../support/town.ts';

/** A type that cannot be had: what else can. */
let town: Town;

const LONG = 60_000;
const WITH_DATABASE = 'create-cluster live --edge 1 --edge-min 1';
const CREATE = `${WITH_DATABASE} ${OUTSIDE}`;
/** All types that ams.yaml names for the nodes. */
const NODES = ['ecs.c7', 'ecs.c8i', 'ecs.c6', 'ecs.g7'].map((family) => ({
  instanceType: `${family}.xlarge`,
}));
const DATABASE = ['g7', 'g6e', 'g8i', 'g6'].map((family) => ({ instanceType: `ecs.${family}.large` }));

beforeAll(async () => {
  town = await openTown(QUICK);
}, LONG);

afterAll(() => town?.close());

function words(message: Message): string {
  return town.world.slack.render(message).replace(/\s+/g, ' ');
}

/** From the given call on these are sold out. */
function sellOutAt(action: string, types: readonly { instanceType: string }[]): void {
  const stop = town.world.alibaba.cloud.on('request', (request) => {
    if (request.action !== action) return;
    stop();
    town.world.alibaba.cloud.settings.soldOut = [...types];
  });
}

async function undo(failed: Message): Promise<void> {
  const id = /op-[a-z0-9]+/.exec(JSON.stringify(failed.blocks))?.[0] ?? '';
  town.world.alibaba.cloud.settings.soldOut = [];
  expect((await town.run(`rollback ${id}`)).text).toMatch(/^Done: roll back/);
}

describe('when the types of the nodes are sold out', () => {
  it(
    'a plan is refused with types that are in stock',
    async () => {
      town.world.alibaba.cloud.settings.soldOut = NODES;
      const refused = await town.plan(CREATE);
      town.world.alibaba.cloud.settings.soldOut = [];

      expect(words(refused)).toMatch(
        /has no zone that does.*In stock in eu-central-1a, eu-central-1b: ecs\.g8i\.xlarge, ecs\.g6\.xlarge/,
      );
    },
    LONG,
  );

  it(
    'a create that finds out too late names them too',
    async () => {
      const plan = await town.plan(CREATE);
      sellOutAt('CreateScalingGroup', NODES);
      const failed = await town.approve(plan);

      expect(words(failed)).toMatch(
        /No (origin|edge) node could be started.*In stock in eu-central-1a, eu-central-1b: ecs\.g8i\.xlarge, ecs\.g6\.xlarge/,
      );
      await undo(failed);
    },
    LONG,
  );

  it(
    'a scale that finds out too late names them, and goes on once there are some',
    async () => {
      await town.run(CREATE);
      const plan = await town.plan('scale edge 2 live');
      sellOutAt('ModifyScalingGroup', NODES);
      const failed = await town.approve(plan);

      expect(words(failed)).toMatch(
        /No edge node could be started.*In stock in eu-central-1a, eu-central-1b: ecs\.g8i\.xlarge, ecs\.g6\.xlarge/,
      );
      // Auto Scaling tries again by itself, in vain.
      const activities = () => essOf(town.world.alibaba.cloud).activities.size;
      const before = activities();
      await vi.waitFor(() => expect(activities()).toBeGreaterThan(before), { timeout: 20_000 });
      town.world.alibaba.cloud.settings.soldOut = [];
      await town.alex.click(failed, 'Retry');
      expect((await town.until(plan, /^Done/)).text).toBe('Done: scale edge of live to 2.');
      await town.run('destroy-cluster live --confirm live');
    },
    2 * LONG,
  );
});

describe('when the types of the database are sold out', () => {
  it(
    'a create that finds out too late names others of that size',
    async () => {
      const plan = await town.plan(WITH_DATABASE);
      sellOutAt('CreateVpc', DATABASE);
      const failed = await town.approve(plan);

      expect(words(failed)).toMatch(
        /None of ecs\.g7\.large.* can be had in eu-central-1a.*In stock in eu-central-1a: ecs\.c/,
      );
      await undo(failed);
    },
    LONG,
  );
});
