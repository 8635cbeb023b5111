import { patienceMs } from '../../patience.ts';
import type { StepContext } from '../../resource.ts';
import { ResourceBroken } from '../../resource-errors.ts';
import { databaseTrouble } from '../database/trouble.ts';

/** Under these keys: since when the list was not read, since when its database is known to be broken, and how. */
const UNREAD = 'unread';
const BROKEN = 'broken';
const HOW = 'how';

/** So long the list may stay unread before its database is looked at, unscaled: that comes back after a restart. */
const UNREAD_MS = 120_000;
/** What is wrong with it is no failure before it has been so for so long, unscaled. */
const BROKEN_MS = 60_000;

const UNREAD_WORDS = "the cluster's node list cannot be read on the database host yet";

/**
 * Why the cluster's own node list cannot be read, for people. What keeps it from being read for minutes, and is still
 * seen a while later, mends no wait.
 * @throws ResourceBroken naming it
 */
export async function whyUnread(ctx: StepContext): Promise<string> {
  const { memory, timeScale } = ctx;
  const now = ctx.now();
  const since = Number(memory[UNREAD] ?? 0);
  // A person who presses Retry has it waited for again.
  if (since < ctx.startedAt) {
    await ctx.remember({ [UNREAD]: now, [BROKEN]: 0 });
    return UNREAD_WORDS;
  }
  const brokenAt = Number(memory[BROKEN] ?? 0);
  const isBroken = brokenAt > 0;
  const nextAt = isBroken
    ? brokenAt + patienceMs(BROKEN_MS, timeScale, 2_000)
    : since + patienceMs(UNREAD_MS, timeScale, 4_000);
  if (now < nextAt) return isBroken ? String(memory[HOW]) : UNREAD_WORDS;
  const trouble = await databaseTrouble(ctx);
  if (!trouble) {
    await ctx.remember({ [UNREAD]: now, [BROKEN]: 0 });
    return UNREAD_WORDS;
  }
  if (isBroken) throw new ResourceBroken({ ...trouble, hint: `${trouble.hint} Then press Retry.` });
  await ctx.remember({ [BROKEN]: now, [HOW]: trouble.message });
  return trouble.message;
}

/** The list was read: the next time that it is not counts anew. */
export async function listWasRead(ctx: StepContext): Promise<void> {
  if (Number(ctx.memory[UNREAD] ?? 0) > 0) await ctx.remember({ [UNREAD]: 0 });
}
