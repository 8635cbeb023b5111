import { startProduct } from '../product.ts';
import type { Product } from '../product.ts';

/** How long a killed worker stays away: as long as an orchestrator takes to notice. Real milliseconds. */
const AWAY_MS = 3_000;

/** The product as two processes, bot and worker, looked after as an orchestrator would. */
export interface Crew {
  /** The pace they were started with. */
  readonly timeScale: number;
  readonly worker: 'runs' | 'dead';
  /** The process id of the worker, or of the one that died last. */
  readonly workerPid: number;
  readonly kills: number;
  /** SIGKILL; another worker is started a few seconds later. Nothing happens while there is none. */
  killWorker(): Promise<void>;
  /** Starts both anew with another pace; the old ones end once the new ones are ready. */
  setTimeScale(timeScale: number): Promise<void>;
  /** What the bot and then the worker wrote, those that run now. */
  output(): readonly string[];
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Starts bot and worker. @throws Error with its last output when one of them ends before it is ready */
export async function startCrew(env: Readonly<Record<string, string>>, timeScale: number): Promise<Crew> {
  const listeners = new Set<() => void>();
  const changed = (): void => listeners.forEach((listener) => listener());
  const start = (role: 'bot' | 'worker', scale: number): Promise<Product> =>
    startProduct(role, { ...env, AMS_TIME_SCALE: String(scale) });
  let scale = timeScale;
  let [bot, worker] = await both(start('bot', scale), start('worker', scale));
  let state: Crew['worker'] = 'runs';
  let kills = 0;
  let isClosed = false;
  let back: NodeJS.Timeout | undefined;
  /** Changes come one after the other. */
  let last: Promise<unknown> = Promise.resolve();
  employ(worker);

  /** The worker from now on. One that ends otherwise than by us is missed as a killed one is. */
  function employ(product: Product): void {
    worker = product;
    state = 'runs';
    void product.ended.then(() => {
      if (worker !== product || state === 'dead' || isClosed) return;
      state = 'dead';
      changed();
      startLater();
    });
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  async function comeBack(): Promise<void> {
    // A new pace may have brought one meanwhile.
    if (isClosed || state === 'runs') return;
    try {
      employ(await start('worker', scale));
    } catch {
      return startLater();
    }
    changed();
  }

  /** Also where one ends before it is ready: until one does not. */
  function startLater(): void {
    if (isClosed) return;
    back = setTimeout(() => void inTurn(comeBack), AWAY_MS);
  }

  return {
    get timeScale() {
      return scale;
    },
    get worker() {
      return state;
    },
    get workerPid() {
      return worker.pid;
    },
    get kills() {
      return kills;
    },
    killWorker: () =>
      inTurn(async () => {
        if (state === 'dead' || isClosed) return;
        state = 'dead';
        kills += 1;
        changed();
        await worker.kill();
        startLater();
      }),
    setTimeScale: (next) =>
      inTurn(async () => {
        if (isClosed || next === scale) return;
        const old = [bot, ...(state === 'runs' ? [worker] : [])];
        bot = await start('bot', next);
        // A dead worker comes back by itself, with the new pace.
        if (state === 'runs') employ(await start('worker', next));
        scale = next;
        await Promise.all(old.map((product) => product.stop()));
        changed();
      }),
    output: () => [...bot.output, ...worker.output],
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      isClosed = true;
      clearTimeout(back);
      return inTurn(async () => {
        await Promise.all([bot.stop(), ...(state === 'runs' ? [worker.stop()] : [])]);
      });
    },
  };
}

/** Both of them, or none: when one does not come, the other does not stay. */
async function both(first: Promise<Product>, second: Promise<Product>): Promise<[Product, Product]> {
  try {
    return await Promise.all([first, second]);
  } catch (error) {
    const came = await Promise.allSettled([first, second]);
    for (const one of came) if (one.status === 'fulfilled') await one.value.stop();
    throw error;
  }
}
