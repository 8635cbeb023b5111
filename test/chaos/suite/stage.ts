import type { CallMoment, FaultPlan } from '../../../sandbox/alibaba/faults.ts';
import type { Town } from '../../support/town.ts';
import type { Crew } from './crew.ts';
import { CALL_BLOWS } from './points.ts';
import type { FaultPoint, OperationName } from './points.ts';

/** A call of an operation in the order in which it came. */
export interface SeenCall {
  readonly product: string;
  readonly action: string;
  readonly nth: number;
}

/** Lets faults happen at their moments while a town works, and writes down what it saw. */
export interface Stage {
  /** Counts anew: from now on calls and steps belong to that operation. */
  begin(operation: OperationName): void;
  /** Ends the counting. What did not happen by now will not. */
  end(): { readonly calls: readonly SeenCall[]; readonly steps: number };
  /** To be told each line that a product writes. */
  heard(line: string): void;
  /** Ids of those that really happened. */
  readonly struck: ReadonlySet<string>;
}

/** What a repeated call has in common with its first try. */
const OF_ONE_TRY = /^(Signature|SignatureNonce|Timestamp|AccessKeyId)$/;

export function openStage(
  town: Town,
  points: readonly FaultPoint[],
  random: () => number,
  crew: () => Pick<Crew, 'strike'> | undefined,
): Stage {
  const struck = new Set<string>();
  let waiting: FaultPoint[] = [];
  let calls: SeenCall[] = [];
  let steps = 0;
  let running = false;
  let counts = new Map<string, number>();
  /** By request id, to know a call again when it is answered. */
  const underWay = new Map<string, SeenCall>();
  let repeats: { readonly call: string; left: number }[] = [];
  let timers: NodeJS.Timeout[] = [];

  town.world.alibaba.cloud.faults.decide((moment) => {
    if (!running || moment.params['AccessKeyId'] === 'somebody-else') return undefined;
    const seen = moment.when === 'before' ? arrive(moment) : underWay.get(moment.requestId);
    if (seen === undefined) return undefined;
    return happen((point) => isAt(point, moment, seen), moment) ?? again(moment);
  });

  function arrive(moment: CallMoment): SeenCall {
    const name = `${moment.product}.${moment.action}`;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const seen = { product: moment.product, action: moment.action, nth };
    calls.push(seen);
    underWay.set(moment.requestId, seen);
    return seen;
  }

  function isAt({ moment }: FaultPoint, at: CallMoment, seen: SeenCall): boolean {
    if (moment.at !== 'call' || moment.when !== at.when) return false;
    return moment.action === seen.action && moment.product === seen.product && moment.nth === seen.nth;
  }

  /** Everything that is due; of the faults of a call the first one. */
  function happen(isDue: (point: FaultPoint) => boolean, at?: CallMoment): FaultPlan | undefined {
    let fault: FaultPlan | undefined;
    for (const point of waiting.filter(isDue)) {
      const { blow, moment } = point;
      const isOfCall = CALL_BLOWS.some((one) => one === blow);
      if (isOfCall && fault !== undefined) continue;
      if (!isOfCall && crew()?.strike(blow, random) !== true) continue;
      waiting = waiting.filter((one) => one !== point);
      struck.add(point.id);
      if (!isOfCall || moment.at !== 'call') continue;
      const kind = blow === 'throttled' ? 'throttle' : blow === '503' ? '503' : 'cut';
      fault = { action: moment.action, when: moment.when, kind };
    }
    if (fault?.kind === 'throttle' && at) repeats.push({ call: fingerprint(at), left: 2 });
    return fault;
  }

  /** The second and third time that a call is throttled. */
  function again(moment: CallMoment): FaultPlan | undefined {
    if (moment.when === 'after' || repeats.length === 0) return undefined;
    const call = fingerprint(moment);
    const repeat = repeats.find((one) => one.left > 0 && one.call === call);
    if (repeat === undefined) return undefined;
    repeat.left -= 1;
    return { action: moment.action, when: 'before', kind: 'throttle' };
  }

  return {
    struck,
    begin(operation) {
      counts = new Map();
      underWay.clear();
      calls = [];
      repeats = [];
      steps = 0;
      running = true;
      waiting = points.filter((point) => point.operation === operation);
      timers = waiting.flatMap((point) =>
        point.moment.at === 'ms'
          ? [setTimeout(() => void happen((one) => one === point), point.moment.ms)]
          : [],
      );
    },
    end() {
      running = false;
      for (const timer of timers) clearTimeout(timer);
      waiting = [];
      return { calls, steps };
    },
    heard(line) {
      if (!running || !line.includes('"msg":"step done"')) return;
      steps += 1;
      happen(({ moment }) => moment.at === 'step' && moment.nth === steps);
    },
  };
}

function fingerprint(moment: CallMoment): string {
  const params = Object.entries(moment.params).filter(([name]) => !OF_ONE_TRY.test(name));
  return `${moment.action} ${JSON.stringify(params.toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}
