import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FaultPlan } from '../../sandbox/alibaba/faults.ts';
import { openTown } from '../support/town.ts';
import type { Town } from '../support/town.ts';
import {
  CREATE,
  DESTROY,
  ENDED,
  expectNothingLeft,
  expectOneMessage,
  expectRightEnd,
  recordOf,
  writes,
} from './right-end.ts';

let town: Town;
/** Everything that a clean create and a clean destroy ask the cloud to change, by recording one: none is left out. */
let create: readonly string[];
let destroy: readonly string[];

beforeAll(async () => {
  town = await openTown();
  await town.run(CREATE);
  const made = writes(town);
  await town.run(DESTROY);
  await expectNothingLeft(town);
  create = [...new Set(made)];
  destroy = [...new Set(writes(town).slice(made.length))];
}, 150_000);

afterAll(() => town.close());

type Trouble = Omit<FaultPlan, 'action'>;

it.each<[string, readonly Trouble[]]>([
  ['the answer lost after the work was done', [{ when: 'after', kind: 'cut' }]],
  ['the answer lost twice in a row', [{ when: 'after', kind: 'cut', times: 2 }]],
  [
    'cut before the work, answered 503 and throttled three times',
    [
      { when: 'before', kind: 'cut' },
      { when: 'before', kind: '503' },
      { when: 'before', kind: 'throttle', times: 3 },
    ],
  ],
])(
  'every call of a create and of a destroy that changes something, %s: one of everything, then nothing',
  async (_what, troubles) => {
    expect(create).toContain('RunInstances');
    expect(destroy).toContain('DeleteVpc');
    const { faults } = town.world.alibaba.cloud;
    const strike = (actions: readonly string[]) =>
      actions.flatMap((action) => troubles.map((trouble) => faults.plan({ action, ...trouble })));
    const missed = (planned: ReturnType<typeof strike>) =>
      planned.filter((fault) => fault.hits === 0).map((fault) => fault.plan.action);

    const early = strike(create);
    await expectRightEnd(town, await town.run(CREATE));
    expect(missed(early)).toEqual([]);

    faults.clear();
    const late = strike(destroy);
    const plan = await town.plan(DESTROY);
    await town.alex.click(plan, 'Approve');
    const gone = await town.until(plan, ENDED);
    expect(gone.text).toBe('Done: remove cluster live.');
    expect(missed(late)).toEqual([]);
    faults.clear();
    await expectNothingLeft(town);
    await expectOneMessage(town, gone);
    const { view, audit } = await recordOf(town, gone);
    const done = audit.filter((entry) => entry.event === 'step done');
    expect(done).toHaveLength(view.operation.plan?.steps.length ?? 0);
  },
  240_000,
);
