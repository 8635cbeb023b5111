import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Chart } from './chart.ts';

/** What the process that draws answers. */
export type Drawn = { readonly png: Uint8Array } | { readonly trouble: string };

/** Draws charts as PNG images. */
export interface Artist {
  /** @throws Error saying why it cannot be drawn */
  draw(chart: Chart): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The libraries take memory, so the process ends when nobody wanted a picture for so long. */
const IDLE_MS = 20_000;
/** The first picture takes half a second of a processor, which a busy machine may not have to spare. */
const PATIENCE_MS = 120_000;

/**
 * Draws in a process of its own, one picture after another: neither the bot's answers nor its memory feel it. The
 * process starts with the first picture, ends when it was idle for a while, and knows no secret: it has no environment.
 */
export function createArtist(program = new URL('./draw-process.js', import.meta.url)): Artist {
  let drawer: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function begin(): ChildProcess {
    const begun = fork(fileURLToPath(program), [], {
      env: {},
      // What draws a few pictures is not worth optimising: that would take three times as long as the drawing.
      execArgv: ['--liftoff-only'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Whoever waits for a picture hears of it; when nobody does, it is no reason for the bot to die.
    begun.on('error', () => undefined);
    begun.on('exit', () => {
      if (drawer === begun) drawer = undefined;
    });
    // Nor does the bot stay alive for it. It ends when the bot does, however that ends.
    begun.unref();
    begun.channel?.unref();
    return begun;
  }

  function end(): void {
    clearTimeout(idle);
    drawer?.kill('SIGKILL');
    drawer = undefined;
  }

  async function drawNow(chart: Chart): Promise<Uint8Array> {
    clearTimeout(idle);
    try {
      const answer = await answerOf((drawer ??= begin()), chart);
      if ('trouble' in answer) throw new Error(answer.trouble);
      idle = setTimeout(end, IDLE_MS);
      idle.unref();
      return answer.png;
    } catch (error) {
      end();
      throw error;
    }
  }

  return {
    draw(chart) {
      const next = last.then(() => drawNow(chart));
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      end();
      await last;
    },
  };
}

function answerOf(drawer: ChildProcess, chart: Chart): Promise<Drawn> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => done(() => reject(new Error('it took too long'))), PATIENCE_MS);
    const onMessage = (answer: unknown): void => done(() => resolve(answer as Drawn));
    const onError = (error: Error): void => done(() => reject(error));
    const onExit = (): void => done(() => reject(new Error('the process that draws ended')));
    function done(then: () => void): void {
      clearTimeout(late);
      drawer.off('message', onMessage).off('error', onError).off('exit', onExit);
      then();
    }
    drawer.on('message', onMessage).on('error', onError).on('exit', onExit);
    drawer.send(chart, (error) => error && onError(error));
  });
}
