import type { Faults } from '../alibaba/faults.ts';
import type { World } from '../world.ts';
import type { Crew } from './crew.ts';
import type { Controls } from './wire.ts';

/** A step that has run for less than this is safe from a faster product's shorter deadlines. Real milliseconds. */
const SAFE_MS = 40_000;
/** At this pace and faster, a simulated half hour lasts less than that: no running step is older. */
const SAFE_SCALE = 0.02;

/** One call of so many is refused, as one too many. */
const BETWEEN_REFUSALS = 3;
/** A call that was refused passes so often then. */
const PASSES = 12;

/** A cloud that refuses calls, for as long as it is asked to. */
interface Throttle {
  /** Refused so far. */
  readonly hits: number;
  end(): void;
}

/** The switches of the page. */
export interface ControlDesk {
  now(): Controls;
  /** The answer of the next CreateLoadBalancer gets lost on its way. */
  cut(on: boolean): void;
  /** Every third call is refused as one too many, one and the same not again soon. */
  throttle(on: boolean): void;
  slackDown(on: boolean): void;
  killWorker(): Promise<void>;
  /** Simulated seconds per real second, 1 to 300. @throws RangeError outside, or where the product runs elsewhere */
  speed(speed: number): Promise<void>;
  /** Lets a product catch up with a pace that it could not take at once. */
  tick(): void;
  close(): void;
}

export function createControls(world: World, crew: Crew | undefined): ControlDesk {
  const { faults } = world.alibaba.cloud;
  let lost: ReturnType<typeof faults.plan> | undefined;
  let slow: Throttle | undefined;
  let isDown = false;
  /** Since when the product runs at a pace that makes steps old. */
  let slowSince = Date.now();
  let changing: Promise<void> | undefined;

  function cutNow(): Controls['cut'] {
    if (lost === undefined) return 'off';
    return lost.hits > 0 ? 'struck' : 'armed';
  }

  /** A step's deadline shrinks with the pace: a product gets faster only where none can be overrun by that. */
  function mayFollow(): boolean {
    // A bot that cannot reach Slack does not become ready.
    if (crew === undefined || isDown) return false;
    if (world.timeScale >= crew.timeScale || crew.timeScale <= SAFE_SCALE) return true;
    if (Date.now() - slowSince < SAFE_MS) return true;
    const { slack } = world;
    return !slack.settings.channels.some((channel) =>
      slack.messages(channel.id).some((message) => /^(Running|Starting):/.test(message.text)),
    );
  }

  function follow(): Promise<void> {
    if (crew === undefined || crew.timeScale === world.timeScale || !mayFollow()) return Promise.resolve();
    if (changing !== undefined) return changing;
    if (crew.timeScale <= SAFE_SCALE) slowSince = Date.now();
    changing = crew.setTimeScale(world.timeScale).finally(() => {
      changing = undefined;
    });
    return changing;
  }

  return {
    now: () => ({
      // Slower than the real time may a world be whose product runs elsewhere.
      speed: Math.max(1, Math.round(1 / world.timeScale)),
      speedCanChange: crew !== undefined,
      productFollows: crew !== undefined && crew.timeScale !== world.timeScale && changing === undefined,
      cut: cutNow(),
      throttle: slow !== undefined,
      throttled: slow?.hits ?? 0,
      slackDown: isDown,
      worker: crew?.worker ?? 'elsewhere',
      kills: crew?.kills ?? 0,
    }),
    cut(on) {
      lost?.cancel();
      lost = on ? faults.plan({ action: 'CreateLoadBalancer', when: 'after', kind: 'cut' }) : undefined;
    },
    throttle(on) {
      slow?.end();
      slow = on ? startThrottle(faults) : undefined;
    },
    slackDown(on) {
      isDown = on;
      if (on) world.slack.faults.down();
      else world.slack.faults.up();
    },
    async killWorker() {
      await crew?.killWorker();
    },
    async speed(speed) {
      if (crew === undefined) throw new RangeError('The product runs elsewhere: start it with another pace.');
      if (isDown)
        throw new RangeError('Slack is down, and the bot must start anew for that: bring Slack back first.');
      if (!(speed >= 1 && speed <= 300)) throw new RangeError(`The speed is 1 to 300, not ${speed}.`);
      world.setTimeScale(1 / speed);
      await follow();
    },
    tick: () => void follow().catch(() => undefined),
    close() {
      lost?.cancel();
      slow?.end();
      if (isDown) world.slack.faults.up();
    },
  };
}

/**
 * By number alone, a step that makes three calls each time it looks would lose the same one for ever. So a look at up to
 * {@link PASSES} kinds of things is now and then answered as a whole.
 */
function startThrottle(faults: Faults): Throttle {
  let calls = 0;
  let hits = 0;
  /** How often the call passes yet. */
  const passes = new Map<string, number>();
  const end = faults.decide(({ product, action, when }) => {
    if (when !== 'before') return undefined;
    const call = `${product} ${action}`;
    const left = passes.get(call) ?? 0;
    if (left > 0) {
      passes.set(call, left - 1);
      return undefined;
    }
    calls += 1;
    if (calls % BETWEEN_REFUSALS !== 0) return undefined;
    hits += 1;
    passes.set(call, PASSES);
    return { action, when, kind: 'throttle' };
  });
  return {
    get hits() {
      return hits;
    },
    end,
  };
}
