import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Keys } from '../../../src/jobs/store/keys.ts';
import { Store } from '../../../src/jobs/store/store.ts';
import { holdingsOf } from '../../support/holdings.ts';
import type { Town } from '../../support/town.ts';
import { beganLater, cancel } from './cancel.ts';
import type { Answer } from './cancel.ts';
import { follow } from './follow.ts';
import { compare, holdings, inWords } from './inventory.ts';
import { judge, settled } from './judge.ts';
import type { Expected } from './judge.ts';
import { COMMANDS, damage, live, openFaultyTown } from './life.ts';
import { READS } from './points.ts';
import type { FaultPoint, OperationName } from './points.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { carryOn, rollBack } from './taken-back.ts';
import { messageOf, toldWrongly } from './told.ts';

/** What became of one operation that somebody cancelled. */
export interface Cancelled {
  readonly id: string;
  readonly became:
    | 'rolled back'
    | 'carried on'
    /** It was cancelled while it was only planned. */
    | 'nothing begun'
    /** It had ended already. */
    | 'too late'
    /** It ended without the call, or the step, at which it was to be cancelled. */
    | 'never came'
    | 'wrong';
  /** What is wrong, in words. */
  readonly wrong: readonly string[];
}

export interface CancelsOrder {
  /** Of one life of a cluster. */
  readonly points: readonly FaultPoint[];
  readonly expected: Expected;
  readonly program?: string | undefined;
}

/** The last state of a message comes within this time. */
const TOLD_MS = 20_000;
/** How long nothing may change once all is settled: by then every wait of the product is over and the sweeper came. */
const QUIET_MS = 1_500;

/** Cancels operations of one cluster, one after the other. Stops after the first that is wrong. */
export async function cancelsInTown({
  points,
  expected,
  program,
}: CancelsOrder): Promise<readonly Cancelled[]> {
  let stage: Stage | undefined;
  const town = await openFaultyTown({ program, onLine: (line) => stage?.heard(line) });
  const redis = new Redis(town.redis.url);
  const store = new Store(redis, new Keys());
  const all: Cancelled[] = [];
  try {
    await town.start();
    for (const point of points) {
      await prepare(town, point.operation);
      const open = (strike: () => boolean): Stage => {
        stage = openStage(
          town,
          [point],
          () => 0,
          () => ({ strike }),
        );
        return stage;
      };
      const { became, wrong } = await cancelOnce({ town, store, point, expected, open }).catch(
        (error: unknown) => ({ became: 'wrong' as const, wrong: [String(error)] }),
      );
      all.push({ id: point.id, became: wrong.length > 0 ? 'wrong' : became, wrong });
      if (wrong.length > 0) break;
      if (point.operation === 'repair' && (became === 'rolled back' || became === 'nothing begun'))
        await live(town, COMMANDS.repair, undefined);
    }
    return all;
  } finally {
    redis.disconnect();
    await town.close();
  }
}

/** Brings the cluster to where that operation of a clean life begins. */
async function prepare(town: Town, operation: OperationName): Promise<void> {
  const stands = holdings(town.world).length > 0;
  if (operation === 'create') {
    if (stands) await live(town, COMMANDS.destroy, undefined);
  } else {
    if (!stands) await live(town, COMMANDS.create, undefined);
    const nodes = operation === 'scale' ? 1 : 2;
    if (holdingsOf(town.world, 'live').scalingGroup('edge').desired !== nodes)
      await live(town, `scale edge ${nodes} live`, undefined);
    if (operation === 'repair') await damage(town);
  }
  await town.world.alibaba.cloud.settle();
}

interface Round {
  readonly town: Town;
  readonly store: Store;
  readonly point: FaultPoint;
  readonly expected: Expected;
  /** Lets `strike` happen at the moment of the point. */
  open(strike: () => boolean): Stage;
}

/** Begins the operation of a point, cancels it at its moment, and has it rolled back or carried on. */
async function cancelOnce({
  town,
  store,
  point,
  expected,
  open,
}: Round): Promise<Pick<Cancelled, 'became' | 'wrong'>> {
  const name = point.operation;
  const before = holdings(town.world);
  const writes: string[] = [];
  const listen = ({ action }: { readonly action: string }) =>
    void (READS.test(action) || writes.push(action));
  const unhear = town.world.alibaba.cloud.on('request', listen);
  let answer: Promise<Answer | undefined> | undefined;
  const stage = open(() => {
    answer = cancel(town, store, writes);
    return true;
  });
  stage.begin(name);
  const view = await follow(town, store, () => town.dana.command(COMMANDS[name], { channel: town.channel }));
  stage.end();
  const { id, state, startedAt } = view.operation;
  const answered = await answer;

  if (state === 'succeeded') {
    unhear();
    const message = await town.until(messageOf(town, id), /^Done/);
    const found = await judge(town, name, { message }, expected[name], { stopped: false });
    return { became: answer === undefined ? 'never came' : 'too late', wrong: inWords(found) };
  }
  if (state !== 'cancelled' || answered === undefined)
    return { became: 'wrong', wrong: [`the operation is ${state}, the cancel was not answered`] };
  const settledWith = writes.length;
  await sleep(QUIET_MS);
  const wrong = beganLater(answered, view, writes);
  if (startedAt === undefined) {
    unhear();
    const differences = await settled(() => compare(before, holdings(town.world)));
    return { became: 'nothing begun', wrong: [...wrong, ...writes, ...inWords(differences)] };
  }
  const told = await settled(
    () => ({ lost: toldWrongly(town, view, before), duplicated: [], orphaned: [] }),
    TOLD_MS,
  );
  unhear();
  wrong.push(...told.lost, ...writes.slice(settledWith).map((action) => `${action} after all had settled`));
  if (wrong.length > 0) return { became: 'wrong', wrong };
  const at = { town, view, message: messageOf(town, id) };
  return point.blow === 'cancel-and-retry'
    ? { became: 'carried on', wrong: await carryOn(at, name, expected[name]) }
    : { became: 'rolled back', wrong: await rollBack(at, store, before) };
}
