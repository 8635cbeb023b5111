import { AmsError } from '../cluster/errors.ts';

interface Silence {
  /** A change was on its way to a Redis that was there: it may yet be made. */
  readonly mayBeTaken?: boolean;
  /** What went wrong, when it was more than silence. */
  readonly cause?: unknown;
}

/** Redis does not answer in time. The same request may be sent again without harm. */
class QueueDown extends AmsError {
  readonly code = 'queue_down';

  constructor({ mayBeTaken = false, cause }: Silence) {
    super(
      mayBeTaken
        ? 'My queue did not answer in time, so I cannot tell whether it took this.'
        : 'I cannot reach my queue; nothing was started.',
      {
        hint: `${mayBeTaken ? 'Look with `/ams ops` before you try again' : 'Try again in a minute'}; if it stays, Redis needs a look.`,
        retryable: true,
        cause,
      },
    );
  }
}

/** Redis answers, and takes nothing that needs memory. What a request began with may have been taken all the same. */
class QueueFull extends AmsError {
  readonly code = 'queue_full';

  constructor(cause: unknown) {
    super('My queue takes nothing more: Redis has no memory left.', {
      hint: 'Whoever runs me has to give it more; then look with `/ams ops` before you try again.',
      retryable: true,
      cause,
    });
  }
}

/** How often a wait looks at the clock. */
const TICK_MS = 50;

/**
 * Gives up on `work` after `ms`: for everything that a person waits for. Time in which this process was too busy to
 * hear an answer (loading an SDK takes half a second) does not count, since it says nothing about Redis.
 * @throws QueueDown, QueueFull
 */
export async function within<T>(
  ms: number,
  work: Promise<T>,
  silence: Pick<Silence, 'mayBeTaken'> = {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    let left = ms;
    timer = setInterval(() => {
      left -= TICK_MS;
      if (left <= 0) reject(new QueueDown(silence));
    }, TICK_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof AmsError) throw error;
    throw isFull(error) ? new QueueFull(error) : new QueueDown({ ...silence, cause: error });
  } finally {
    clearInterval(timer);
    work.catch(() => undefined);
  }
}

/** `OOM command not allowed when used memory > 'maxmemory'`; before Redis 7 a script's error has words before that. */
function isFull(error: unknown): boolean {
  return error instanceof Error && /\bOOM command not allowed\b/.test(error.message);
}

/**
 * What a Redis says that takes nothing for now, or from nobody who logs in as we do: one that took a master's place
 * without its users. Before Redis 7 a script's error has words before that.
 */
const TAKES_NOTHING =
  /\b(OOM|MISCONF|READONLY|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|LOADING|BUSY|NOAUTH|WRONGPASS)\b/;

/** Redis went away or takes nothing: what cannot be written down stays as it is until the sweep finds it. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError') return TAKES_NOTHING.test(error.message);
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    /^(Connection is closed|Stream isn't writeable)/.test(error.message)
  );
}
